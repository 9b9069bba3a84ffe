/** The code of a thread: runs the tasks that an abandonable thread sends, and posts how they ended. */
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { attempt, type Outcome } from './thread-outcome.js';

const FLUSH_MS = 5;
const FLUSH_COUNT = 64;

/** In a thread: runs the tasks that are sent to it, and posts how they ended, several at a time. */
export function serveTasks<Task, Answer>(handle: (task: Task) => Answer): void {
  if (isMainThread || parentPort === null)
    throw new Error('This file is the code of a thread; nothing else runs it.');
  const port = parentPort;
  const { progress } = workerData as { progress: Int32Array };
  port.on('message', (tasks: readonly (readonly [id: number, task: Task])[]) => {
    let done: [number, Outcome<Answer>][] = [];
    let flushed = performance.now();
    const flush = () => {
      if (done.length > 0) port.postMessage(done);
      done = [];
      flushed = performance.now();
    };
    for (const [id, task] of tasks) {
      Atomics.store(progress, 0, id);
      done.push([id, attempt(handle, task)]);
      if (done.length >= FLUSH_COUNT || performance.now() - flushed >= FLUSH_MS) flush();
    }
    Atomics.store(progress, 0, 0);
    flush();
  });
}
