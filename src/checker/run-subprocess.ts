/**
 * Runs a program without a shell. Promise: a run always ends, within limits of time and output, and TERM and then KILL go to
 * the program's whole process group.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { DoiError } from '../domain/errors.js';
import { errnoOf, isExhausted } from '../platform/file-errors.js';
import type { CheckUser } from './check-user.js';
import { AS_USER, childEnvironment, type Environment, type Isolation, isolate } from './isolation.js';
import { type Output, OutputCollector } from './output.js';

export interface RunOptions {
  /** The program and its arguments, without a shell's rules. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** Of this process; the program gets the variables that {@link childEnvironment} keeps. */
  readonly environment: Environment;
  /** Further variables that the program gets, whatever their names. */
  readonly variables?: Readonly<Record<string, string>>;
  /** What it reads on standard input; nothing where this is missing. */
  readonly input?: Uint8Array;
  /** Whether the result holds the bytes of standard output, for a program that prints something else than text. */
  readonly wantsBytes?: boolean;
  readonly isolation: Isolation;
  /** The user as whom it runs; only root may name one. */
  readonly user?: CheckUser | undefined;
  /**
   * Whether it may be the first process of its namespace, which makes its start faster. TERM does not reach it there, so
   * KILL ends it.
   */
  readonly mayBeFirst?: boolean | undefined;
  /** In milliseconds from its start. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** The time from TERM to KILL, in milliseconds. */
  readonly graceMs?: number;
  /** For each of the two streams. */
  readonly maxBytes?: number;
}

/** Why a run ended. `not-started`: its signal was aborted before. */
export type RunEnd = 'exited' | 'timed-out' | 'flooded' | 'aborted' | 'not-started';

export interface RunResult {
  /** Null where a signal ended it, or where it does not end. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly why: RunEnd;
  readonly ms: number;
  readonly stdout: Output;
  readonly stderr: Output;
  /** All of standard output, where it was wanted and is not truncated. */
  readonly bytes?: Uint8Array;
}

const GRACE_MS = 2_000;
const MAX_BYTES = 8 * 1024 * 1024;
// How long a run waits for the pipes to close after the program's end, or after KILL: what still holds them then is a
// process that left the group.
const DRAIN_MS = 500;
const NOTHING: Output = { head: '', tail: '', truncated: false };

/** The result where the signal was aborted before the start. */
export const NOT_STARTED: RunResult = {
  ...{ code: null, signal: null, why: 'not-started', ms: 0 },
  ...{ stdout: NOTHING, stderr: NOTHING },
};

/**
 * Runs a program to its end.
 * @throws {DoiError} `checker_missing` or `host_exhausted` where it could not be started
 */
export async function runSubprocess(options: RunOptions): Promise<RunResult> {
  if (options.signal?.aborted) return NOT_STARTED;
  const { argv, isolation, timeoutMs } = options;
  // Longer than the limit of this function, since it counts only when this process is gone.
  const seconds = Math.ceil(timeoutMs / 1000) + 5;
  const [program = '', ...args] = isolate(isolation, argv, { ...options, seconds });
  const began = performance.now();
  const child = start(program, args, options);
  if (child.pid === undefined) {
    // There may be no streams, and the reason follows as an event.
    const [error] = await once(child, 'error');
    throw startError(program, error);
  }
  feed(child, options.input);
  return new Promise((resolve, reject) => new Run(child, options, began).watch({ program, resolve, reject }));
}

type Child = ChildProcessByStdio<Writable | null, Readable, Readable>;

function start(program: string, args: string[], options: RunOptions): Child {
  const { cwd, environment, variables, isolation, user, input } = options;
  const { uid, gid } = isolation.prefix.includes(AS_USER) ? {} : { uid: user?.uid, gid: user?.gid };
  try {
    const own = {
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
      cwd,
      env: { ...childEnvironment(environment), ...variables },
      detached: true,
    };
    if (input === undefined) return spawn(program, args, { ...own, stdio: ['ignore', 'pipe', 'pipe'] });
    return spawn(program, args, { ...own, stdio: ['pipe', 'pipe', 'pipe'] });
  } catch (error) {
    throw startError(program, error);
  }
}

function feed({ stdin }: Child, input: Uint8Array | undefined): void {
  if (stdin === null) return;
  // A program that ends without reading all of it says why by its exit code.
  stdin.on('error', () => {});
  stdin.end(input);
}

/** The error to throw for a program that could not be started: a {@link DoiError} where the system refused. */
export function startError(program: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (isExhausted(error)) {
    const found = `${program} could not be started: this host has run out of processes, files or memory (${errno}).`;
    return new DoiError('host_exhausted', found, 'Raise the limits, or lower DOI_CONCURRENCY.', {
      cause: error,
    });
  }
  if (errno === undefined) return error;
  const remedy = 'See that it is installed and may be run, and that the working folder exists.';
  return new DoiError('checker_missing', `${program} could not be started (${errno}).`, remedy, {
    cause: error,
  });
}

interface RunCallbacks {
  readonly program: string;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
}

/** One run. Whatever is to end the program calls `#stop`; the run itself ends by `#finish`. */
class Run {
  readonly #child: Child;
  readonly #options: RunOptions;
  readonly #began: number;
  readonly #stdout: OutputCollector;
  readonly #stderr: OutputCollector;
  readonly #timers = new Set<NodeJS.Timeout>();
  #why: RunEnd = 'exited';
  #finish: () => void = () => {};
  #exit: { code: number | null; signal: string | null } = { code: null, signal: null };

  constructor(child: Child, options: RunOptions, began: number) {
    this.#child = child;
    this.#options = options;
    this.#began = began;
    const maxBytes = options.maxBytes ?? MAX_BYTES;
    const flooded = () => this.#stop('flooded');
    this.#stdout = new OutputCollector(child.stdout, maxBytes, flooded);
    this.#stderr = new OutputCollector(child.stderr, maxBytes, flooded);
  }

  /** Calls `resolve` or `reject`, once, when the program and its output have ended. */
  watch({ program, resolve, reject }: RunCallbacks): void {
    const { signal, timeoutMs } = this.#options;
    const aborted = () => this.#stop('aborted');
    let isOver = false;
    const end = (report: () => void) => {
      if (isOver) return;
      isOver = true;
      this.#clearTimers();
      signal?.removeEventListener('abort', aborted);
      // A pipe that another process still holds would keep this process alive.
      this.#child.stdin?.destroy();
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
      this.#child.unref();
      report();
    };
    this.#finish = () => end(() => resolve(this.#result()));
    signal?.addEventListener('abort', aborted, { once: true });
    // Where this process was busy, the timer fires before the events of that time, so it lets them pass first: an exit
    // within the limit counts.
    this.#after(timeoutMs, () => setImmediate(() => this.#stop('timed-out')));
    this.#child.on('error', (error) => end(() => reject(startError(program, error))));
    this.#child.on('exit', (code, by) => {
      this.#exit = { code, signal: by };
      this.#clearTimers();
      this.#kill('SIGKILL');
      this.#after(DRAIN_MS, this.#finish);
    });
    this.#child.on('close', this.#finish);
  }

  #stop(why: RunEnd): void {
    // The first reason counts. After its exit, the program can only have printed too much: the pipes may still hold output.
    if (this.#why !== 'exited' || (this.#hasExited() && why !== 'flooded')) return;
    this.#why = why;
    if (this.#hasExited()) return;
    this.#clearTimers();
    this.#kill('SIGTERM');
    this.#after(this.#options.graceMs ?? GRACE_MS, () => {
      this.#kill('SIGKILL');
      this.#after(DRAIN_MS, this.#finish);
    });
  }

  #hasExited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #kill(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch (error) {
      // ESRCH: no process is left. EPERM: those left belong to another user now, or have ended and wait to be collected.
      if (!['ESRCH', 'EPERM'].includes(errnoOf(error) ?? '')) throw error;
    }
  }

  #after(ms: number, act: () => void): void {
    this.#timers.add(setTimeout(act, ms));
  }

  #clearTimers(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #result(): RunResult {
    const ms = performance.now() - this.#began;
    const bytes = this.#options.wantsBytes ? this.#stdout.bytes() : undefined;
    // The bytes need not be text.
    const stdout = bytes === undefined ? this.#stdout.read() : NOTHING;
    const ended = { ...this.#exit, why: this.#why, ms, stdout, stderr: this.#stderr.read() };
    return bytes === undefined ? ended : { ...ended, bytes };
  }
}
