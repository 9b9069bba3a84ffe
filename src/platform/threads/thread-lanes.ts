/**
 * Abandonable threads side by side, a lane for each device. A promise rests on it: a file system that hangs delays only the
 * tasks on that file system.
 */
import {
  AbandonableThread,
  type OnOutcome,
  type TaskLimits,
  type ThreadOptions,
} from './abandonable-thread.js';

export interface LaneOptions<Task> extends Pick<ThreadOptions<Task>, 'skip'> {
  /** The name of a task, by which the lanes remember whether it was slow the last time. */
  readonly nameOf: (task: Task) => string;
}

interface Lane<Task, Answer> {
  readonly thread: AbandonableThread<Task, Answer>;
  /** How many of its tasks have not ended. */
  open: number;
}

/** The lane of a place while a task is open there. */
interface Binding<Task, Answer> {
  readonly lane: Lane<Task, Answer>;
  runs: number;
}

// Each costs some megabytes, and no more than a few places hang at once.
const MOST = 8;
const IDLE_MS = 60_000;
/** A task that took longer than this the last time, in milliseconds, runs apart, and delays only other slow ones. */
const SLOW_MS = 50;

/**
 * A lane belongs to one place alone while a task is open there, as long as there are enough lanes. So places that are used
 * one after the other need one thread, however many there are. A place has a second lane for its slow tasks.
 */
export class ThreadLanes<Task, Answer> {
  readonly #entry: string;
  readonly #options: LaneOptions<Task>;
  /** The names of tasks that took long the last time. */
  readonly #slow = new Set<string>();
  readonly #lanes: Lane<Task, Answer>[] = [];
  readonly #bindings = new Map<string, Binding<Task, Answer>>();
  #closed = false;

  /** @param entry a compiled file that calls `serveTasks` */
  constructor(entry: string, options: LaneOptions<Task>) {
    this.#entry = entry;
    this.#options = options;
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
   * Runs tasks of one place in their order, except those that were slow the last time, and beside tasks of other places.
   * @param limits of each task
   * @param onOutcome called as soon as each ends
   */
  async run(
    place: string,
    tasks: readonly Task[],
    { limits, onOutcome }: { readonly limits: TaskLimits; readonly onOutcome: OnOutcome<Answer> },
  ): Promise<void> {
    const [quick, slow]: [number[], number[]] = [[], []];
    for (const [index, task] of tasks.entries()) (this.#isSlow(task) ? slow : quick).push(index);
    const runPart = async (lane: string, indexes: readonly number[]) => {
      const part = indexes.flatMap((index) => tasks[index] ?? []);
      await this.#runIn(lane, part, {
        limits,
        onOutcome: (at, ...outcome) => onOutcome(indexes[at] ?? -1, ...outcome),
      });
    };
    await Promise.all([
      ...(quick.length > 0 ? [runPart(place, quick)] : []),
      ...(slow.length > 0 ? [runPart(`${place} slow`, slow)] : []),
    ]);
  }

  async #runIn(
    place: string,
    tasks: readonly Task[],
    { limits, onOutcome }: { readonly limits: TaskLimits; readonly onOutcome: OnOutcome<Answer> },
  ): Promise<void> {
    const binding = this.#bindings.get(place) ?? { lane: this.#laneForAnother(), runs: 0 };
    this.#bindings.set(place, binding);
    const { lane } = binding;
    binding.runs += 1;
    lane.open += tasks.length;
    try {
      await lane.thread.run(tasks, limits, (index, outcome, ms) => {
        if (!('skipped' in outcome || 'unstarted' in outcome)) this.#note(tasks[index], ms);
        onOutcome(index, outcome, ms);
      });
    } finally {
      lane.open -= tasks.length;
      binding.runs -= 1;
      if (binding.runs === 0) this.#bindings.delete(place);
    }
  }

  #isSlow(task: Task): boolean {
    return this.#slow.size > 0 && this.#slow.has(this.#options.nameOf(task));
  }

  #note(task: Task | undefined, ms: number): void {
    if (task === undefined || (ms <= SLOW_MS && this.#slow.size === 0)) return;
    if (ms > SLOW_MS) this.#slow.add(this.#options.nameOf(task));
    else this.#slow.delete(this.#options.nameOf(task));
  }

  /** Ends the threads, waiting at most a second; open tasks end as `unstarted`. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#lanes.map(({ thread }) => thread.close()));
  }

  /** A free lane, else a new one, else the one with the fewest open tasks. */
  #laneForAnother(): Lane<Task, Answer> {
    const free = this.#lanes.find(({ open }) => open === 0);
    if (free !== undefined) return free;
    if (this.#lanes.length < MOST) return this.#addLane();
    return this.#lanes.reduce((least, lane) => (lane.open < least.open ? lane : least));
  }

  #addLane(): Lane<Task, Answer> {
    // The first lane never ends for being idle: it is used again and again, and to start one takes longer than most tasks.
    const idleMs = this.#lanes.length === 0 ? undefined : IDLE_MS;
    const thread = new AbandonableThread<Task, Answer>(this.#entry, { skip: this.#options.skip, idleMs });
    if (this.#closed) void thread.close();
    const lane = { thread, open: 0 };
    this.#lanes.push(lane);
    return lane;
  }
}
