/** Watches from outside whether a thread makes progress on its task, without its cooperation. */

/** The cells that the thread writes: the id of the running task, 0 for none; and a count of its steps. */
export const TASK = 0;
export const STEPS = 1;

export interface ProgressOptions {
  /** How long the running task may go without a step, in milliseconds. */
  readonly limitOf: (id: number) => number;
  /** The longest time between two checks of the cells, in milliseconds. */
  readonly checkEvery: () => number;
  /** Called when the task made no step for that long. */
  readonly onStall: (id: number) => void;
}

export class ThreadProgress {
  readonly cells = new Int32Array(new SharedArrayBuffer(8));
  readonly #options: ProgressOptions;
  #timer: NodeJS.Timeout | undefined;
  #seen = { id: 0, steps: 0 };
  #waitedMs = 0;

  constructor(options: ProgressOptions) {
    this.#options = options;
  }

  /** Begins to watch, unless it does already. */
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

  /** The id of the running task, 0 for none. */
  get task(): number {
    return Atomics.load(this.cells, TASK);
  }

  #read() {
    return { id: this.task, steps: Atomics.load(this.cells, STEPS) };
  }

  #waitForNext(): void {
    const left = this.#options.limitOf(this.#seen.id) - this.#waitedMs;
    const planned = Math.max(1, Math.min(left, this.#options.checkEvery()));
    this.#timer = setTimeout(() => this.#check(planned), planned);
  }

  #check(planned: number): void {
    const now = this.#read();
    if (now.id !== this.#seen.id || now.steps !== this.#seen.steps) this.#waitedMs = 0;
    // Only the planned time counts: where this check came late, the whole process was late, and so may the thread have been.
    else this.#waitedMs += planned;
    this.#seen = now;
    if (this.#waitedMs >= this.#options.limitOf(now.id)) {
      this.#waitedMs = 0;
      this.#options.onStall(now.id);
      if (this.#timer === undefined) return;
    }
    this.#waitForNext();
  }
}
