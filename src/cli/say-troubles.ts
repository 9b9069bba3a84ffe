/** Says what troubles the hosts that somebody waits for, as soon as it is known. */
import type { Clock } from '../platform/clock.js';
import { type HostsDependencies, readHosts } from '../reader/read-hosts.js';
import { describeTrouble } from './describe-trouble.js';
import type { Paint } from './paint.js';

export interface SayTroubles extends HostsDependencies {
  readonly clock: Clock;
  readonly paint: Paint;
  readonly say: (text: string) => void;
}

const LOOK_EVERY_MS = 2000;

/** Does some work, and says each trouble once that there is meanwhile or at its end. */
export async function withTroubles<T>(deps: SayTroubles, work: () => Promise<T>): Promise<T> {
  const ended = new AbortController();
  const said = new Set<string>();
  const look = async () => {
    for (const { host, trouble } of await readHosts(deps)) {
      const key = JSON.stringify([host, trouble?.code, trouble?.since]);
      if (trouble === null || said.has(key)) continue;
      said.add(key);
      deps.say(describeTrouble({ host, ...trouble }, deps.paint).join('\n'));
    }
  };
  const watch = async () => {
    do {
      await deps.clock.sleep(LOOK_EVERY_MS, ended.signal);
      // Where the database is away, the work meets the same and says so.
      await look().catch(() => {});
    } while (!ended.signal.aborted);
  };
  const watching = watch();
  try {
    return await work();
  } finally {
    ended.abort();
    await watching;
  }
}
