/** Shows host problems to a person who waits for evaluations: when each begins and when it ends. */
import type { HomeHostProblemAnswer } from '../api/terms.js';
import type { Clock } from '../platform/clock.js';
import { type ReadHostsDeps, readHosts } from '../store/hosts/read-hosts.js';
import { describeHostProblem, describeHostProblemEnd } from './format-hosts.js';
import type { Paint } from './terminal.js';

export interface HostProblemsDeps extends ReadHostsDeps {
  readonly clock: Clock;
  readonly paint: Paint;
  /** Shows a text to the person. */
  readonly say: (text: string) => void;
}

const READ_EVERY_MS = 2000;

/** Does some work, and shows the host problems of that time, those of its last moment included. */
export async function withHostProblems<T>(deps: HostProblemsDeps, work: () => Promise<T>): Promise<T> {
  const watching = watchHostProblems(deps);
  try {
    return await work();
  } finally {
    await watching.end();
  }
}

/** Shows each host problem once, and its end, until `end` is called, which reads the hosts a last time. */
export function watchHostProblems(deps: HostProblemsDeps): { end(): Promise<void> } {
  const ended = new AbortController();
  const shown = new Map<string, HomeHostProblemAnswer>();
  const watch = async () => {
    do {
      await deps.clock.sleep(READ_EVERY_MS, ended.signal);
      // An error of the database is ignored here: the work meets the same error and reports it.
      await showChanges(deps, shown).catch(() => {});
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

async function showChanges(deps: HostProblemsDeps, shown: Map<string, HomeHostProblemAnswer>): Promise<void> {
  const lasting = new Map<string, HomeHostProblemAnswer>();
  for (const { host, trouble: problem } of await readHosts(deps)) {
    if (problem !== null)
      lasting.set(JSON.stringify([host, problem.code, problem.since]), { host, ...problem });
  }
  for (const [key, problem] of shown) {
    if (lasting.has(key)) continue;
    shown.delete(key);
    deps.say(describeHostProblemEnd(problem, deps.paint));
  }
  for (const [key, problem] of lasting) {
    if (!shown.has(key)) deps.say(describeHostProblem(problem, deps.paint).join('\n'));
    shown.set(key, problem);
  }
}
