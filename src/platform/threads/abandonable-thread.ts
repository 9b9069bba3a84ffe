/**
 * A worker thread that runs tasks one after the other, and is abandoned when one of them hangs. A promise rests on it: a file
 * system that never answers delays a caller by a bounded time, and takes no other task with it.
 */
import { Worker } from 'node:worker_threads';
import { endsWithin } from '../process/ends-within.js';
import { exitDespiteStuckThreads } from './exit-despite-stuck-threads.js';
import type { PostedOutcome, SentTask } from './serve-tasks.js';
import type { Outcome } from './thread-outcome.js';
import { ThreadProgress } from './thread-progress.js';

/** How long a task may run. */
export interface TaskLimits {
  /** In milliseconds, for two limits: the whole task, by the thread's clock; and the time without a step, as seen from outside. */
  readonly timeoutMs: number;
  /** Whether the first such time without a step ends only the task, and only a second one abandons the thread. */
  readonly isPatient?: boolean;
}

/** Called with the index of a task that ended, its outcome, and how long it ran, in milliseconds. */
export type OnOutcome<Answer> = (index: number, outcome: Outcome<Answer>, ms: number) => void;

interface Pending<Task, Answer> extends TaskLimits {
  readonly id: number;
  readonly task: Task;
  readonly end: (outcome: Outcome<Answer>, ms: number) => void;
}

interface Running {
  readonly worker: Worker;
  readonly progress: ThreadProgress;
  idle: NodeJS.Timeout | undefined;
  /** The task that made no step in time and still runs, though its caller has its outcome already. */
  overdue: { readonly id: number; readonly timeoutMs: number } | undefined;
}

export interface ThreadOptions<Task> {
  /** Called before tasks are sent, and again after one hung: true ends a task without running it. */
  readonly skip?: ((task: Task) => boolean) | undefined;
  /** How long the thread may be idle before it ends, in milliseconds; undefined for ever. */
  readonly idleMs?: number | undefined;
}

// Small enough that callers who share the thread take turns, large enough that round trips cost little.
const CHUNK = 64;
// For loading the thread's code on a busy machine; a task's own limit starts when the task runs.
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
   * Runs tasks in their order.
   * @param limits of each task
   * @param onOutcome called as soon as each ends
   * @returns the outcome of each
   */
  async run(
    tasks: readonly Task[],
    limits: TaskLimits,
    onOutcome: OnOutcome<Answer> = () => {},
  ): Promise<Outcome<Answer>[]> {
    const outcomes: Outcome<Answer>[] = [];
    for (let start = 0; start < tasks.length; start += CHUNK) {
      const chunk = tasks.slice(start, start + CHUNK);
      const ended = await this.#runChunk(chunk, limits, (at, ...outcome) =>
        onOutcome(start + at, ...outcome),
      );
      outcomes.push(...ended);
    }
    return outcomes;
  }

  /** Ends the thread, waiting at most a second; open tasks end as `unstarted`. */
  async close(): Promise<void> {
    this.#closed = true;
    const running = this.#running;
    this.#running = undefined;
    this.#endAll({ unstarted: CLOSED });
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
          const end = (outcome: Outcome<Answer>, ms: number) => {
            onOutcome(index, outcome, ms);
            resolve(outcome);
          };
          this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
          added.push({ ...limits, id: this.#lastId, task, end });
        }),
    );
    for (const pending of added) this.#pending.set(pending.id, pending);
    if (this.#closed) this.#endAll({ unstarted: CLOSED });
    this.#send(added);
    return Promise.all(promises);
  }

  #send(wanted: readonly Pending<Task, Answer>[]): void {
    const open = wanted.filter(({ id }) => this.#pending.has(id));
    for (const { id, task } of open) if (this.#skip(task)) this.#end(id, { skipped: true });
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
      // At most a quarter, so that a task that starts just after a check is not noticed much too late.
      checkEvery: () => Math.min(START_MS, ...[...this.#pending.values()].map((one) => one.timeoutMs)) / 4,
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
    for (const [id, outcome, ms] of posted) this.#end(id, outcome, ms);
    if (this.#pending.size > 0) return;
    this.#rest(running);
    if (this.#idleMs !== undefined)
      running.idle = setTimeout(() => this.#endIdle(running), this.#idleMs).unref();
  }

  #endIdle(running: Running): void {
    this.#running = undefined;
    void this.#abandon(running);
  }

  #end(id: number, outcome: Outcome<Answer>, ms = 0): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.end(outcome, ms);
  }

  #endAll(outcome: Outcome<Answer>): void {
    for (const id of [...this.#pending.keys()]) this.#end(id, outcome);
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
      this.#end(id, { hung: true }, pending.timeoutMs);
      if (this.#pending.size === 0) this.#rest(running);
      return;
    }
    void this.#abandon(running);
    this.#endRunning(running, id, { own: { hung: true }, others: { unstarted: IDLE } });
  }

  #afterCrash(running: Running, how: string): void {
    void this.#abandon(running);
    const broke = `The thread broke: ${how}.`;
    // Without a task under way the thread broke by itself, and a new one would too.
    const id = running.progress.task;
    this.#endRunning(running, id, { own: { crashed: broke }, others: { unstarted: broke } });
  }

  /** Ends the task that the thread was running. If it was running none, the other tasks end too. */
  #endRunning(
    running: Running,
    id: number,
    { own, others }: Record<'own' | 'others', Outcome<Answer>>,
  ): void {
    if (this.#pending.has(id)) this.#end(id, own, this.#limitOf(running, id));
    else if (running.overdue?.id !== id) this.#endAll(others);
    this.#running = undefined;
    // Tasks that are still open go to a new thread.
    if (this.#pending.size > 0) this.#send([...this.#pending.values()]);
  }

  #abandon(running: Running): Promise<unknown> {
    this.#rest(running);
    const { worker } = running;
    // A thread that has ended already has the id -1, and emits no 'exit' any more.
    if (worker.threadId !== -1) {
      this.#abandoned.add(worker);
      exitDespiteStuckThreads(this.#abandoned);
    }
    return worker.terminate();
  }
}
