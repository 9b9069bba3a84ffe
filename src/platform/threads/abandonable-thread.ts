/** A worker thread that runs tasks one after the other, and is abandoned when one of them hangs. */
import { Worker } from 'node:worker_threads';
import { endsWithin } from '../process/ends-within.js';
import { exitDespiteStuckThreads } from './exit-despite-stuck-threads.js';
import type { PostedOutcome, SentTask } from './serve-tasks.js';
import type { Outcome } from './thread-outcome.js';
import { ThreadProgress } from './thread-progress.js';

/** How long a task may run. */
export interface TaskLimits {
  /** In milliseconds: in all, by the clock of the thread, and without a step, as seen from outside. */
  readonly timeoutMs: number;
  /** Whether the first time without a step ends the task alone, and the thread is given up after another one. */
  readonly isPatient?: boolean;
}

/** Is told how a task ended, by its index, and how long it ran, in milliseconds. */
export type OnOutcome<Answer> = (index: number, outcome: Outcome<Answer>, ms: number) => void;

interface Pending<Task, Answer> extends TaskLimits {
  readonly id: number;
  readonly task: Task;
  readonly settle: (outcome: Outcome<Answer>, ms: number) => void;
}

interface Running {
  readonly worker: Worker;
  readonly progress: ThreadProgress;
  idle: NodeJS.Timeout | undefined;
  /** The task that made no step in time and runs on, though nobody waits for it any more. */
  overdue: { readonly id: number; readonly timeoutMs: number } | undefined;
}

export interface ThreadOptions<Task> {
  /** Asked before tasks are sent, and again after one hung: true ends a task without beginning it. */
  readonly skip?: ((task: Task) => boolean) | undefined;
  /** How long it may be without a task before it is ended, in milliseconds; for ever where that is not said. */
  readonly idleMs?: number | undefined;
}

// Small enough that callers who share the thread take turns, large enough that the round trips cost nothing.
const CHUNK = 64;
// Loading the thread's code on a busy machine; a task's own limit starts only when it runs.
const START_MS = 30_000;
const CLOSE_MS = 1_000;
const CLOSED = 'The thread was closed.';
const IDLE = 'The thread did not take up its work.';

/** Starts its thread with the first task, and keeps the process alive only while a task is open. */
export class AbandonableThread<Task, Answer> {
  readonly #entry: string;
  readonly #skip: (task: Task) => boolean;
  readonly #idleMs: number | undefined;
  readonly #pending = new Map<number, Pending<Task, Answer>>();
  readonly #abandoned = new Set<Worker>();
  #running: Running | undefined;
  #lastId = 0;
  #closed = false;

  /** @param entry a compiled file that calls `serveTasks` */
  constructor(entry: string, { skip = () => false, idleMs }: ThreadOptions<Task> = {}) {
    this.#entry = entry;
    this.#skip = skip;
    this.#idleMs = idleMs;
  }

  /** How many abandoned threads have not ended yet. */
  get stuck(): number {
    return this.#abandoned.size;
  }

  /** Whether there is a thread that was not abandoned. */
  get isStarted(): boolean {
    return this.#running !== undefined;
  }

  /**
   * Runs tasks in their order and tells how each ended.
   * @param limits of each task
   * @param onOutcome is called at once as each ends
   */
  async run(
    tasks: readonly Task[],
    limits: TaskLimits,
    onOutcome: OnOutcome<Answer> = () => {},
  ): Promise<Outcome<Answer>[]> {
    const outcomes: Outcome<Answer>[] = [];
    for (let start = 0; start < tasks.length; start += CHUNK) {
      const chunk = tasks.slice(start, start + CHUNK);
      const settled = await this.#runChunk(chunk, limits, (at, ...end) => onOutcome(start + at, ...end));
      outcomes.push(...settled);
    }
    return outcomes;
  }

  /** Ends the thread, waiting at most a second; open tasks end as not begun. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = this.#running;
    this.#running = undefined;
    this.#settleAll({ unstarted: CLOSED });
    if (running === undefined) return;
    await endsWithin(this.#abandon(running), CLOSE_MS);
  }

  #runChunk(
    tasks: readonly Task[],
    limits: TaskLimits,
    onOutcome: OnOutcome<Answer>,
  ): Promise<Outcome<Answer>[]> {
    const added: Pending<Task, Answer>[] = [];
    const promises = tasks.map(
      (task, index) =>
        new Promise<Outcome<Answer>>((resolve) => {
          const settle = (outcome: Outcome<Answer>, ms: number) => {
            onOutcome(index, outcome, ms);
            resolve(outcome);
          };
          this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
          added.push({ ...limits, id: this.#lastId, task, settle });
        }),
    );
    for (const pending of added) this.#pending.set(pending.id, pending);
    if (this.#closed) this.#settleAll({ unstarted: CLOSED });
    this.#send(added);
    return Promise.all(promises);
  }

  #send(wanted: readonly Pending<Task, Answer>[]): void {
    const open = wanted.filter(({ id }) => this.#pending.has(id));
    for (const { id, task } of open) if (this.#skip(task)) this.#settle(id, { skipped: true });
    const pending = open.filter(({ id }) => this.#pending.has(id));
    if (pending.length === 0) return;
    const running = this.#running ?? this.#start();
    this.#running = running;
    clearTimeout(running.idle);
    running.worker.ref();
    const sent = pending.map(({ id, task, timeoutMs }): SentTask<Task> => [id, task, timeoutMs]);
    running.worker.postMessage(sent);
    running.progress.start();
  }

  #start(): Running {
    const progress = new ThreadProgress({
      limitOf: (id) => this.#limitOf(running, id),
      // A quarter at most, so that a task that starts just after a look is not noticed much too late.
      lookEvery: () => Math.min(START_MS, ...[...this.#pending.values()].map((one) => one.timeoutMs)) / 4,
      onStall: (id) => this.#afterStall(running, id),
    });
    const workerData = { progress: progress.cells };
    const worker = new Worker(this.#entry, { workerData, execArgv: [] });
    const running: Running = { worker, progress, idle: undefined, overdue: undefined };
    worker.on('message', (posted: readonly PostedOutcome<Answer>[]) => {
      if (this.#running === running) this.#receive(running, posted);
    });
    const crashed = (how: string) => this.#running === running && this.#afterCrash(running, how);
    worker.on('error', (error: unknown) => crashed(error instanceof Error ? error.message : String(error)));
    worker.on('messageerror', (error) => crashed(error.message));
    worker.on('exit', (code) => {
      this.#abandoned.delete(worker);
      crashed(`it ended with code ${code}`);
    });
    return running;
  }

  #receive(running: Running, posted: readonly PostedOutcome<Answer>[]): void {
    for (const [id, outcome, ms] of posted) this.#settle(id, outcome, ms);
    if (this.#pending.size > 0) return;
    this.#rest(running);
    if (this.#idleMs !== undefined)
      running.idle = setTimeout(() => this.#endIdle(running), this.#idleMs).unref();
  }

  #endIdle(running: Running): void {
    this.#running = undefined;
    void this.#abandon(running);
  }

  #settle(id: number, outcome: Outcome<Answer>, ms = 0): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.settle(outcome, ms);
  }

  #settleAll(outcome: Outcome<Answer>): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, outcome);
  }

  #rest(running: Running): void {
    running.progress.stop();
    clearTimeout(running.idle);
    running.worker.unref();
  }

  #limitOf({ overdue }: Running, id: number): number {
    return this.#pending.get(id)?.timeoutMs ?? (overdue?.id === id ? overdue.timeoutMs : START_MS);
  }

  #afterStall(running: Running, id: number): void {
    const pending = this.#pending.get(id);
    if (pending?.isPatient) {
      running.overdue = pending;
      this.#settle(id, { hung: true }, pending.timeoutMs);
      if (this.#pending.size === 0) this.#rest(running);
      return;
    }
    void this.#abandon(running);
    this.#endRunning(running, id, { own: { hung: true }, others: { unstarted: IDLE } });
  }

  #afterCrash(running: Running, how: string): void {
    void this.#abandon(running);
    const broke = `The thread broke: ${how}.`;
    // With none under way it broke by itself, and would again.
    const id = running.progress.task;
    this.#endRunning(running, id, { own: { crashed: broke }, others: { unstarted: broke } });
  }

  /** Ends the task that the thread was at; where it was at none, it is of no use for the others either. */
  #endRunning(
    running: Running,
    id: number,
    { own, others }: Record<'own' | 'others', Outcome<Answer>>,
  ): void {
    if (this.#pending.has(id)) this.#settle(id, own, this.#limitOf(running, id));
    else if (running.overdue?.id !== id) this.#settleAll(others);
    this.#running = undefined;
    // What is still open goes to a fresh thread.
    if (this.#pending.size > 0) this.#send([...this.#pending.values()]);
  }

  #abandon(running: Running): Promise<unknown> {
    this.#rest(running);
    const { worker } = running;
    // A thread that has ended already has no id any more, and no 'exit' to come.
    if (worker.threadId !== -1) {
      this.#abandoned.add(worker);
      exitDespiteStuckThreads(this.#abandoned);
    }
    return worker.terminate();
  }
}
