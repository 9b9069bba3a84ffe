/** What every command receives: outputs, the environment, and the exit code to set. */

/** A stream to write to; a terminal has a width. */
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
  /** Asks the person at the terminal; undefined, or an answer of undefined, where there is no terminal. */
  readonly ask?: ((question: string) => Promise<string | undefined>) | undefined;
  /** Gets each exit code as soon as it is known: where the reader of the output is gone, the process ends with it at once. */
  readonly onExitCode?: (code: number) => void;
}

/**
 * 0: done, or met. 1: not met, or worse. 2: wrong usage. 3: could not run, or `doi doctor` found a problem. 4: not known,
 * because it is stale, unreachable or not judged.
 */
export const EXIT = { done: 0, below: 1, usage: 2, broken: 3, unknown: 4 } as const;

export interface Context extends Io {
  /** The exit code of the process. Set it before the output is written, whose reader may be gone. */
  exitCode: number;
}
