/** How strongly a host separates the programs that it starts from everything else. */

/** The levels, the strongest first. */
export const ISOLATION_LEVELS = ['namespaces', 'pid-namespace', 'death-signal', 'timeout', 'none'] as const;

/**
 * What is ended with a check, or when what runs it is killed. `namespaces`: everything, whatever it does; its programs
 * see no other process. `pid-namespace`: the same, but they see the others in `/proc`.
 * `death-signal`: the program itself at once; of what it started, what stayed in its process group, by the runner.
 * `timeout`: as the runner does; when that is killed, its process group once its time is up. `none`: only what the
 * runner ends.
 */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];
