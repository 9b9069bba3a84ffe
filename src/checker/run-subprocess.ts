/** Runs a program without a shell, within limits of time and output, and ends all its processes. The promise always ends. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { DoiError } from '../domain/errors.js';
import { errnoOf, isExhausted } from '../platform/file-errors.js';
import type { CheckUser } from './check-user.js';
import { childEnvironment, type Environment } from './child-environment.js';
import { AS_USER, type Isolation, isolate } from './isolation.js';
import { type Output, OutputCollector } from './output.js';

export interface RunOptions {
  /** The program and its arguments, passed on unchanged. */
  readonly argv: readonly string[];
  readonly cwd: string;
  /** This process's environment; the program gets the part that {@link childEnvironment} returns. */
  readonly environment: Environment;
  readonly isolation: Isolation;
  /** The user to run it as; only root may name another user. */
  readonly user?: CheckUser | undefined;
  /**
   * Whether it may be the first process of its namespace, which starts it sooner. TERM does not reach it there, so KILL
   * ends it.
   */
  readonly mayBeFirst?: boolean | undefined;
  /** In milliseconds, from the spawn. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** From TERM to KILL, in milliseconds. */
  readonly graceMs?: number;
  /** For each of the two streams. */
  readonly maxBytes?: number;
}

/** Why a run ended. `not-started`: its signal was aborted before it began. */
export type RunEnd = 'exited' | 'timed-out' | 'flooded' | 'aborted' | 'not-started';

export interface RunResult {
  /** Null where it was ended by a signal, or does not end. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly why: RunEnd;
  readonly ms: number;
  readonly stdout: Output;
  readonly stderr: Output;
}

const GRACE_MS = 2_000;
const MAX_BYTES = 8 * 1024 * 1024;
// From the end of the program, or from KILL, until its pipes are closed: a process that still holds them left its group.
const DRAIN_MS = 500;
const NOTHING: Output = { head: '', tail: '', truncated: false };

/** A run that did not begin, because its signal was aborted before. */
export const NOT_STARTED: RunResult = {
  ...{ code: null, signal: null, why: 'not-started', ms: 0 },
  ...{ stdout: NOTHING, stderr: NOTHING },
};

/**
 * Runs a program to its end. However it ends, TERM and then KILL go to its whole process group.
 * @throws {DoiError} `checker_missing` or `host_exhausted` if it could not be started
 */
export async function runSubprocess(options: RunOptions): Promise<RunResult> {
  if (options.signal?.aborted) return NOT_STARTED;
  const { argv, isolation, timeoutMs } = options;
  // Longer than the runner's own limit: it is for the case that the runner is gone.
  const seconds = Math.ceil(timeoutMs / 1000) + 5;
  const [program = '', ...args] = isolate(isolation, argv, { ...options, seconds });
  const began = performance.now();
  const child = start(program, args, options);
  if (child.pid === undefined) {
    // Without a process there may be no streams either; the reason follows as an event.
    const [error] = await once(child, 'error');
    throw startError(program, error);
  }
  return new Promise((resolve, reject) => new Run(child, options, began).watch({ program, resolve, reject }));
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function start(program: string, args: string[], { cwd, environment, isolation, user }: RunOptions): Child {
  const { uid, gid } = isolation.prefix.includes(AS_USER) ? {} : { uid: user?.uid, gid: user?.gid };
  try {
    return spawn(program, args, {
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
      cwd,
      env: childEnvironment(environment),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
  } catch (error) {
    throw startError(program, error);
  }
}

/** The error of a program that could not be started; one of the catalogue if it fits. */
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

interface Settling {
  readonly program: string;
  readonly resolve: (result: RunResult) => void;
  readonly reject: (error: unknown) => void;
}

/** One run: every reason to end it calls `#stop`, and its end calls `#finish`. */
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

  /** Reports the end, once, when no more output can come. */
  watch({ program, resolve, reject }: Settling): void {
    const { signal, timeoutMs } = this.#options;
    const aborted = () => this.#stop('aborted');
    let hasEnded = false;
    const end = (report: () => void) => {
      if (hasEnded) return;
      hasEnded = true;
      this.#clearTimers();
      signal?.removeEventListener('abort', aborted);
      // A pipe that another process still holds would keep this process alive.
      this.#child.stdout.destroy();
      this.#child.stderr.destroy();
      this.#child.unref();
      report();
    };
    this.#finish = () => end(() => resolve(this.#result()));
    signal?.addEventListener('abort', aborted, { once: true });
    // If this process was busy, the timer fires before the events of that time: an exit within the limit counts.
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
    // The first reason counts. After its exit only the rest in the pipes can be too much.
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
      // ESRCH: no process is left. EPERM: the rest belongs to another user, or is a zombie.
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
    return { ...this.#exit, why: this.#why, ms, stdout: this.#stdout.read(), stderr: this.#stderr.read() };
  }
}
