/** The code inside an abandonable thread: runs the tasks that it receives, and posts their outcomes. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { attempt, type Outcome, OutOfTime } from './thread-outcome.js';
import { STEPS, TASK } from './thread-progress.js';

/** A task as it is sent to the thread. */
export type SentTask<Task> = readonly [id: number, task: Task, timeoutMs: number];
/** An outcome as it is posted, with the milliseconds that the task took. */
export type PostedOutcome<Answer> = readonly [id: number, outcome: Outcome<Answer>, ms: number];

const FLUSH_MS = 5;
const FLUSH_COUNT = 64;

/**
 * Runs the tasks that are sent to this thread, and posts their outcomes, several at a time.
 * @returns a function that a task calls at each step: it shows progress, and throws when the task's time is over
 */
export function serveTasks<Task, Answer>(handle: (task: Task) => Answer): () => void {
  if (isMainThread || parentPort === null)
    throw new Error('This file is the code of a thread; nothing else runs it.');
  const port = parentPort;
  const { progress } = workerData as { progress: Int32Array };
  let endsAt = Number.POSITIVE_INFINITY;
  port.on('message', (tasks: readonly SentTask<Task>[]) => {
    let done: PostedOutcome<Answer>[] = [];
    let flushed = performance.now();
    const flush = () => {
      if (done.length > 0) port.postMessage(done);
      done = [];
      flushed = performance.now();
    };
    for (const [id, task, timeoutMs] of tasks) {
      Atomics.store(progress, TASK, id);
      const began = performance.now();
      endsAt = began + timeoutMs;
      const outcome = attempt(handle, task);
      done.push([id, outcome, performance.now() - began]);
      if (done.length >= FLUSH_COUNT || performance.now() - flushed >= FLUSH_MS) flush();
    }
    Atomics.store(progress, TASK, 0);
    flush();
  });
  return () => {
    Atomics.add(progress, STEPS, 1);
    if (performance.now() > endsAt) throw new OutOfTime();
  };
}
