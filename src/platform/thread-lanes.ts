/** Abandonable threads side by side, so that what hangs in one place holds up only what is asked of the same place. */
import { AbandonableThread, type ThreadOptions } from './abandonable-thread.js';
import type { Outcome } from './thread-outcome.js';

interface Lane<Task, Answer> {
  readonly thread: AbandonableThread<Task, Answer>;
  /** The tasks that were given to it and have not ended. */
  open: number;
}

/** The lane of a place while anything is open there. */
interface Binding<Task, Answer> {
  readonly lane: Lane<Task, Answer>;
  runs: number;
}

// Each costs some megabytes, and more than a few places do not hang at once.
const MOST = 8;
const IDLE_MS = 60_000;

/**
 * A lane belongs to a place while something is open there, and to nobody else then, as long as there are enough. So
 * places asked one after the other need one thread, however many there are.
 */
export class ThreadLanes<Task, Answer> {
  readonly #entry: string;
  readonly #skip: (task: Task) => boolean;
  readonly #lanes: Lane<Task, Answer>[] = [];
  readonly #bindings = new Map<string, Binding<Task, Answer>>();
  #closed = false;

  /** @param entry a compiled file that calls `serveTasks` */
  constructor(entry: string, { skip = () => false }: Pick<ThreadOptions<Task>, 'skip'> = {}) {
    this.#entry = entry;
    this.#skip = skip;
  }

  /** How many abandoned threads have not ended yet. */
  get stuck(): number {
    return this.#lanes.reduce((sum, { thread }) => sum + thread.stuck, 0);
  }

  /** How many threads there are besides the abandoned ones. */
  get threads(): number {
    return this.#lanes.filter(({ thread }) => thread.isStarted).length;
  }

  /**
   * Runs tasks of one place in their order, beside those of other places.
   * @param options `timeoutMs`: how long one task may run; `onOutcome` is called at once as each ends, with its index
   */
  async run(
    place: string,
    tasks: readonly Task[],
    options: {
      readonly timeoutMs: number;
      readonly onOutcome: (index: number, outcome: Outcome<Answer>) => void;
    },
  ): Promise<void> {
    const binding = this.#bindings.get(place) ?? { lane: this.#laneForAnother(), runs: 0 };
    this.#bindings.set(place, binding);
    const { lane } = binding;
    binding.runs += 1;
    lane.open += tasks.length;
    try {
      await lane.thread.run(tasks, options.timeoutMs, options.onOutcome);
    } finally {
      lane.open -= tasks.length;
      binding.runs -= 1;
      if (binding.runs === 0) this.#bindings.delete(place);
    }
  }

  /** Ends the threads, waiting at most a second; open tasks end as not begun. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#lanes.map(({ thread }) => thread.close()));
  }

  /** A free one, else a new one, else the one with the least to do. */
  #laneForAnother(): Lane<Task, Answer> {
    const free = this.#lanes.find(({ open }) => open === 0);
    if (free !== undefined) return free;
    if (this.#lanes.length < MOST) return this.#addLane();
    return this.#lanes.reduce((least, lane) => (lane.open < least.open ? lane : least));
  }

  #addLane(): Lane<Task, Answer> {
    // The first is in use again and again, and starting one takes longer than most answers.
    const idleMs = this.#lanes.length === 0 ? undefined : IDLE_MS;
    const thread = new AbandonableThread<Task, Answer>(this.#entry, { skip: this.#skip, idleMs });
    if (this.#closed) void thread.close();
    const lane = { thread, open: 0 };
    this.#lanes.push(lane);
    return lane;
  }
}
