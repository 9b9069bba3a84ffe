/** What a command is given: where to write, the environment, and the exit code to set. */

/** A place to write to; a terminal says so, and how wide it is. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  /** Whether colours may be used, `NO_COLOR` considered. */
  hasColors?(): boolean;
}

export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  /** Asks the person at the terminal; undefined, or an answer of undefined, where there is none. */
  readonly ask?: ((question: string) => Promise<string | undefined>) | undefined;
}

/** 0: as asked. 1: below the tier asked for. 2: wrong usage. 3: could not run, or `doi doctor` found a problem. */
export const EXIT = { done: 0, below: 1, usage: 2, broken: 3 } as const;

export interface Context extends Io {
  /** What the process ends with. */
  exitCode: number;
}
