/** Starts programs from a small process of its own, because a start copies the page tables of the starting process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { DoiError } from '../domain/errors.js';
import { endsWithin } from '../platform/process/ends-within.js';
import { distPath } from '../platform/process/package-root.js';
import { reviveError } from '../platform/threads/thread-outcome.js';
import { childEnvironment, type Environment } from './child-environment.js';
import type { LaunchReply, LaunchRequest } from './launch-message.js';
import { NOT_STARTED, type RunOptions, type RunResult, startError } from './run-subprocess.js';

interface Pending {
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
  readonly watch: NodeJS.Timeout;
}

const LATE_MS = 10_000;
/** How long programs may take to end when the launcher is closed, in milliseconds. */
const CLOSE_MS = 4_000;
const ENTRY = distPath('checker/launcher-process.js');
// A small heap: the less memory the launcher has, the sooner it starts a program.
const FLAGS = ['--max-semi-space-size=1', '--max-old-space-size=256'];

/**
 * A launcher runs programs exactly as `runSubprocess` does. Its process starts with the first of them, and ends with this
 * process however that ends, together with its programs. If it breaks, its runs fail, and the next run starts it again.
 */
export class Launcher {
  readonly #environment: Environment;
  readonly #lateMs: number;
  readonly #pending = new Map<number, Pending>();
  #process: ChildProcess | undefined;
  #lastId = 0;

  /**
   * @param environment this process's; the launcher gets the part that {@link childEnvironment} returns
   * @param lateMs how long after a run's limit the launcher may still report it, in milliseconds
   */
  constructor(environment: Environment, lateMs = LATE_MS) {
    this.#environment = environment;
    this.#lateMs = lateMs;
  }

  /** The id of its process; undefined while it has none. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /**
   * Runs a program to its end, as `runSubprocess` does.
   * @throws {DoiError} what `runSubprocess` throws; `host_exhausted` if the launcher itself cannot be started;
   *   `evaluation_broken` if it broke during the run
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

  /** Ends the launcher and its programs. */
  async close(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.pid === undefined) return;
    const exited = once(child, 'exit');
    if (child.connected) child.disconnect();
    if (!(await endsWithin(exited, CLOSE_MS))) child.kill('SIGKILL');
  }

  #await(id: number, limitMs: number): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      // Its end makes its runs fail.
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
        // Its standard error is this process's.
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
        serialization: 'advanced',
        // Not in the terminal's process group: only this process handles Ctrl-C.
        detached: true,
      });
    } catch (error) {
      // Some exhausted resources, such as memory, are thrown and not reported as an event.
      throw startError(process.execPath, error);
    }
  }

  #send(request: LaunchRequest): void {
    // If the process is gone, its exit event fails the waiting runs.
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

// A break during one run is a failure of that run: as a host problem it would keep all others waiting.
function broke(how: string): DoiError {
  const found = `The process that starts programs ended under this one (${how}).`;
  return new DoiError(
    'evaluation_broken',
    found,
    'See what ended it: was memory short, or did the program do it?',
  );
}
