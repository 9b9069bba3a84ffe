/** Shows what troubles a host. */
import type { HomeHostProblemAnswer } from '../api/terms.js';
import type { Clock } from '../platform/clock.js';
import { type HostsDependencies, readHosts } from '../store/hosts/read-hosts.js';
import { type Paint, showText } from './terminal.js';

/** The trouble, and what to do about it. */
export function describeHostProblem(trouble: HomeHostProblemAnswer, paint: Paint): string[] {
  const { host, code, message, remedy, since } = trouble;
  const what = `Trouble on ${showText(host)} (since ${showText(since)}, ${showText(code)})`;
  return [paint('red', `${what}: ${showText(message)}`), `  → ${showText(remedy)}`];
}

/** That a trouble which was shown is over. */
export function describeHostProblemOver({ host, code }: HomeHostProblemAnswer, paint: Paint): string {
  return paint('green', `The trouble on ${showText(host)} is over (${showText(code)}).`);
}

/* Says what troubles the hosts that somebody waits for, as soon as it is known, and when it is over. */

export interface ShowHostProblems extends HostsDependencies {
  readonly clock: Clock;
  readonly paint: Paint;
  readonly say: (text: string) => void;
}

const LOOK_EVERY_MS = 2000;

/** Does some work, and says each trouble once that there is meanwhile or at its end, and that it is over. */
export async function withHostProblems<T>(deps: ShowHostProblems, work: () => Promise<T>): Promise<T> {
  const watching = watchHostProblems(deps);
  try {
    return await work();
  } finally {
    await watching.end();
  }
}

/** Says troubles until it is ended, which it is after a last look. */
export function watchHostProblems(deps: ShowHostProblems): { end(): Promise<void> } {
  const ended = new AbortController();
  const said = new Map<string, HomeHostProblemAnswer>();
  const watch = async () => {
    do {
      await deps.clock.sleep(LOOK_EVERY_MS, ended.signal);
      // Where the database is away, the work meets the same and says so.
      await look(deps, said).catch(() => {});
    } while (!ended.signal.aborted);
  };
  const watching = watch();
  return {
    end() {
      ended.abort();
      return watching;
    },
  };
}

async function look(deps: ShowHostProblems, said: Map<string, HomeHostProblemAnswer>): Promise<void> {
  const lasting = new Map<string, HomeHostProblemAnswer>();
  for (const { host, trouble } of await readHosts(deps)) {
    if (trouble !== null)
      lasting.set(JSON.stringify([host, trouble.code, trouble.since]), { host, ...trouble });
  }
  for (const [key, trouble] of said) {
    if (lasting.has(key)) continue;
    said.delete(key);
    deps.say(describeHostProblemOver(trouble, deps.paint));
  }
  for (const [key, trouble] of lasting) {
    if (!said.has(key)) deps.say(describeHostProblem(trouble, deps.paint).join('\n'));
    said.set(key, trouble);
  }
}
