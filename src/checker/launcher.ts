/**
 * Starts programs from a small process of its own. Promise: starting a program stays cheap however large the worker grows,
 * since a start copies the page tables of the process that does it; and no program outlives the worker.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DoiError } from '../domain/errors.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { distPath } from '../platform/process/package-root.js';
import { reviveError, type ThreadError } from '../platform/threads/thread-outcome.js';
import { childEnvironment, type Environment } from './isolation.js';
import { NOT_STARTED, type RunOptions, type RunResult, startError } from './run-subprocess.js';

/** What the worker sends to the launcher: run this, or abort the run of that id. */
export type LaunchMessage =
  | { readonly id: number; readonly options: Omit<RunOptions, 'signal'> }
  | { readonly id: number; readonly abort: true };

/** What the launcher answers: how the run ended. */
export type LaunchReply =
  | { readonly id: number; readonly result: RunResult }
  | { readonly id: number; readonly error: ThreadError };

interface Pending {
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
  readonly watch: NodeJS.Timeout;
}

const LATE_MS = 10_000;
/** How long the programs may take to end when the launcher is closed, in milliseconds. */
const CLOSE_MS = 4_000;
const ENTRY = distPath('checker/launcher-process.js');
// A small heap is enough for it, and the less memory it has the sooner it starts a program.
const FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=256'];

/**
 * Runs programs exactly as `runSubprocess` does. The launcher's process starts with the first program. However this process
 * ends, the launcher ends too, with all programs that it runs. Where the launcher breaks, its runs fail, and the next run
 * starts a new one.
 */
export class Launcher {
  readonly #environment: Environment;
  readonly #lateMs: number;
  readonly #pending = new Map<number, Pending>();
  #process: ChildProcess | undefined;
  #lastId = 0;

  /**
   * @param environment of this process; the launcher gets the variables that {@link childEnvironment} keeps
   * @param lateMs how long after a run's time limit the launcher may take to answer, in milliseconds
   */
  constructor(environment: Environment, lateMs = LATE_MS) {
    this.#environment = environment;
    this.#lateMs = lateMs;
  }

  /** The id of the launcher's process; undefined while there is none. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Runs a program to its end, as `runSubprocess` does.
   * @throws {DoiError} what `runSubprocess` throws; `host_exhausted` where the launcher itself cannot be started;
   *   `evaluation_broken` where it broke during the run
   */
  readonly run = async ({ signal, ...options }: RunOptions): Promise<RunResult> => {
    if (signal?.aborted) return NOT_STARTED;
    this.#process ??= this.#start();
    this.#lastId += 1;
    const id = this.#lastId;
    const ended = this.#await(id, options.timeoutMs + this.#lateMs);
    const environment = childEnvironment(options.environment);
    this.#send({ id, options: { ...options, environment } });
    const abort = () => this.#send({ id, abort: true });
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await ended;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  };

  /** Ends the launcher, and all programs that it runs. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.pid === undefined) return;
    const exited = once(child, 'exit');
    if (child.connected) child.disconnect();
    if (!(await endsWithin(exited, CLOSE_MS))) child.kill('SIGKILL');
  }

  #await(id: number, limitMs: number): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      // The end of the launcher fails all its runs.
      const watch = setTimeout(() => this.#process?.kill('SIGKILL'), limitMs);
      this.#pending.set(id, { resolve, reject, watch });
      this.#process?.ref();
      this.#process?.channel?.ref();
    });
  }

  #start(): ChildProcess {
    const child = this.#spawn();
    child.on('message', (message) => this.#complete(message as LaunchReply));
    child.on('error', (error) => this.#end(child, startError(process.execPath, error)));
    child.on('exit', (code, by) => this.#end(child, broke(by ?? `code ${code}`)));
    return child;
  }

  #spawn(): ChildProcess {
    try {
      return spawn(process.execPath, [...FLAGS, ENTRY], {
        env: childEnvironment(this.#environment),
        // Its errors appear where those of this process do.
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        serialization: 'advanced',
        // It leaves the terminal's process group, since this process is the one that handles Ctrl-C.
        detached: true,
      });
    } catch (error) {
      // Node throws some shortages of a host, such as of memory, instead of reporting them by an event.
      throw startError(process.execPath, error);
    }
  }

  #send(request: LaunchMessage): void {
    // Where the launcher is gone, its exit event fails the runs that wait.
    if (this.#process?.connected) this.#process.send(request, undefined, undefined, () => {});
  }

  #complete(reply: LaunchReply): void {
    const pending = this.#take(reply.id);
    if ('result' in reply) pending?.resolve(reply.result);
    else pending?.reject(reviveError(reply.error));
  }

  #take(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(pending?.watch);
    if (this.#pending.size === 0) {
      this.#process?.unref();
      this.#process?.channel?.unref();
    }
    return pending;
  }

  #end(child: ChildProcess, error: unknown): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    for (const id of [...this.#pending.keys()]) this.#take(id)?.reject(error);
  }
}

// A failure of the repository whose program ran, and no host problem: that would keep every other repository waiting.
function broke(how: string): DoiError {
  const found = `The process that starts programs ended under this one (${how}).`;
  return new DoiError(
    'evaluation_broken',
    found,
    "Read the system's log: memory may have run out, or the program may have ended it.",
  );
}
