/** The levels of isolation with which a host runs the programs that it starts. */

/** The levels, the strongest first. */
export const ISOLATION_LEVELS = ['namespaces', 'pid-namespace', 'death-signal', 'timeout', 'none'] as const;

/**
 * Which processes end with a check, and when its runner is killed. `namespaces`: all that the check started, whatever they
 * do; they see no other process. `pid-namespace`: the same, but they see others in `/proc`. `death-signal`: the program
 * itself at once; of what it started, the runner ends those that stayed in its process group. `timeout`: those that the
 * runner ends; if the runner is killed, the process group ends when the time limit is over. `none`: only those that the
 * runner ends.
 */
export type IsolationLevel = (typeof ISOLATION_LEVELS)[number];
