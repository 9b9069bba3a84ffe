/** Watches from outside whether a thread gets on with its task, without asking it. */

/** The cells that the thread writes: the id of the task that runs, 0 while there is none; and a count of its steps. */
export const TASK = 0;
export const STEPS = 1;

export interface ProgressSettings {
  /** How long the task that runs may go without a step, in milliseconds. */
  readonly limitOf: (id: number) => number;
  /** How long to wait at most from one look at the cells to the next, in milliseconds. */
  readonly lookEvery: () => number;
  /** The task made no step for that long. */
  readonly onStall: (id: number) => void;
}

export class ThreadProgress {
  readonly cells = new Int32Array(new SharedArrayBuffer(8));
  readonly #settings: ProgressSettings;
  #timer: NodeJS.Timeout | undefined;
  #seen = { id: 0, steps: 0 };
  #waitedMs = 0;

  constructor(settings: ProgressSettings) {
    this.#settings = settings;
  }

  /** Begins to watch; nothing where it does already. */
  start(): void {
    if (this.#timer !== undefined) return;
    this.#waitedMs = 0;
    this.#seen = this.#read();
    this.#waitForNext();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The id of the task that runs, 0 while there is none. */
  get task(): number {
    return Atomics.load(this.cells, TASK);
  }

  #read() {
    return { id: this.task, steps: Atomics.load(this.cells, STEPS) };
  }

  #waitForNext(): void {
    const left = this.#settings.limitOf(this.#seen.id) - this.#waitedMs;
    const planned = Math.max(1, Math.min(left, this.#settings.lookEvery()));
    this.#timer = setTimeout(() => this.#look(planned), planned);
  }

  #look(planned: number): void {
    const now = this.#read();
    if (now.id !== this.#seen.id || now.steps !== this.#seen.steps) this.#waitedMs = 0;
    // Where this look came late, this process was late itself, and so may the thread have been: that does not count.
    else this.#waitedMs += planned;
    this.#seen = now;
    if (this.#waitedMs >= this.#settings.limitOf(now.id)) {
      this.#waitedMs = 0;
      this.#settings.onStall(now.id);
      if (this.#timer === undefined) return;
    }
    this.#waitForNext();
  }
}
