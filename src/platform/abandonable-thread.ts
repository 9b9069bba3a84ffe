/** A worker thread that runs tasks one after the other, and is abandoned when one of them hangs. */
import { Worker } from 'node:worker_threads';
import { leaveInSpite } from './leave-in-spite.js';
import type { Outcome } from './thread-outcome.js';

interface Pending<Task, Answer> {
  readonly id: number;
  readonly task: Task;
  readonly timeoutMs: number;
  readonly settle: (outcome: Outcome<Answer>) => void;
}

interface Running {
  readonly worker: Worker;
  /** One cell: the id of the task that runs, 0 while there is none. Read without asking the thread. */
  readonly progress: Int32Array;
  watch: NodeJS.Timeout | undefined;
  idle: NodeJS.Timeout | undefined;
  seen: number;
  since: number;
}

export interface ThreadOptions<Task> {
  /** Asked before tasks are sent, and again after one hung: true ends a task without beginning it. */
  readonly skip?: (task: Task) => boolean;
  /** How long it may be without a task before it is ended, in milliseconds; for ever where that is not said. */
  readonly idleMs?: number | undefined;
}

type Posted<Answer> = readonly (readonly [id: number, outcome: Outcome<Answer>])[];

// Small enough that callers who share the thread take turns, large enough that the round trips cost nothing.
const CHUNK = 64;
// Loading the thread's code on a busy machine; a task's own limit starts only when it runs.
const START_MS = 30_000;
const CLOSE_MS = 1_000;
const CLOSED = 'The thread was closed.';

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
   * @param timeoutMs how long one task may run
   * @param onOutcome is called at once as each ends, with its index
   */
  async run(
    tasks: readonly Task[],
    timeoutMs: number,
    onOutcome: (index: number, outcome: Outcome<Answer>) => void = () => {},
  ): Promise<Outcome<Answer>[]> {
    const outcomes: Outcome<Answer>[] = [];
    for (let start = 0; start < tasks.length; start += CHUNK) {
      const chunk = tasks.slice(start, start + CHUNK);
      const settled = await this.#runChunk(chunk, timeoutMs, (at, outcome) => onOutcome(start + at, outcome));
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
    const ended = this.#abandon(running);
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, CLOSE_MS);
    });
    await Promise.race([ended, limit]);
    clearTimeout(timer);
  }

  #runChunk(
    tasks: readonly Task[],
    timeoutMs: number,
    onOutcome: (index: number, outcome: Outcome<Answer>) => void,
  ): Promise<Outcome<Answer>[]> {
    const added: Pending<Task, Answer>[] = [];
    const promises = tasks.map(
      (task, index) =>
        new Promise<Outcome<Answer>>((resolve) => {
          const settle = (outcome: Outcome<Answer>) => {
            onOutcome(index, outcome);
            resolve(outcome);
          };
          this.#lastId = (this.#lastId % 0x7fff_ffff) + 1;
          added.push({ id: this.#lastId, task, timeoutMs, settle });
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
    running.worker.postMessage(pending.map(({ id, task }) => [id, task]));
    if (running.watch === undefined) {
      running.seen = Atomics.load(running.progress, 0);
      running.since = performance.now();
      this.#watch(running);
    }
  }

  #start(): Running {
    const progress = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(this.#entry, { workerData: { progress }, execArgv: [] });
    const timers = { watch: undefined, idle: undefined };
    const running: Running = { worker, progress, ...timers, seen: 0, since: performance.now() };
    worker.on('message', (posted: Posted<Answer>) => {
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

  #receive(running: Running, posted: Posted<Answer>): void {
    for (const [id, outcome] of posted) this.#settle(id, outcome);
    if (this.#pending.size > 0) return;
    this.#rest(running);
    if (this.#idleMs !== undefined)
      running.idle = setTimeout(() => this.#endIdle(running), this.#idleMs).unref();
  }

  #endIdle(running: Running): void {
    this.#running = undefined;
    void this.#abandon(running);
  }

  #settle(id: number, outcome: Outcome<Answer>): void {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.settle(outcome);
  }

  #settleAll(outcome: Outcome<Answer>): void {
    for (const id of [...this.#pending.keys()]) this.#settle(id, outcome);
  }

  #rest(running: Running): void {
    clearTimeout(running.watch);
    clearTimeout(running.idle);
    running.watch = undefined;
    running.worker.unref();
  }

  /** Looks again and again whether the thread gets on, until nothing is open. */
  #watch(running: Running): void {
    const id = Atomics.load(running.progress, 0);
    const now = performance.now();
    if (id !== running.seen) {
      running.seen = id;
      running.since = now;
    }
    const limit = this.#pending.get(id)?.timeoutMs ?? START_MS;
    const left = running.since + limit - now;
    if (left <= 0) {
      this.#afterHang(running, id);
      return;
    }
    // A quarter at most, so that a task that starts just after a look is not noticed much too late.
    const quarter = Math.min(...[...this.#pending.values()].map(({ timeoutMs }) => timeoutMs)) / 4;
    running.watch = setTimeout(() => this.#watch(running), Math.max(1, Math.min(left, quarter)));
  }

  #afterHang(running: Running, id: number): void {
    void this.#abandon(running);
    if (this.#pending.has(id)) this.#settle(id, { hung: true });
    else this.#settleAll({ unstarted: 'The thread did not take up its work.' });
    this.#resume();
  }

  #afterCrash(running: Running, how: string): void {
    const id = Atomics.load(running.progress, 0);
    void this.#abandon(running);
    const broke = `The thread broke: ${how}.`;
    // With none under way it broke by itself, and would again.
    if (this.#pending.has(id)) this.#settle(id, { crashed: broke });
    else this.#settleAll({ unstarted: broke });
    this.#resume();
  }

  /** Hands what is still open to a fresh thread. */
  #resume(): void {
    this.#running = undefined;
    if (this.#pending.size > 0) this.#send([...this.#pending.values()]);
  }

  #abandon(running: Running): Promise<unknown> {
    this.#rest(running);
    const { worker } = running;
    // A thread that has ended already has no id any more, and no 'exit' to come.
    if (worker.threadId !== -1) {
      this.#abandoned.add(worker);
      leaveInSpite(this.#abandoned);
    }
    return worker.terminate();
  }
}
