/**
 * Is the launcher's process: runs the programs that the worker sends. Promise: it ends all of them once the worker is gone,
 * however that ended.
 */
import { sendableError } from '../platform/threads/thread-outcome.js';
import type { LaunchMessage, LaunchReply } from './launcher.js';
import { runSubprocess } from './run-subprocess.js';

const running = new Map<number, AbortController>();

process.on('message', (request: LaunchMessage) => {
  if ('abort' in request) running.get(request.id)?.abort();
  else void launch(request.id, request.options);
});

// Only this ends the process, since the channel closes however the worker ends. A signal to a whole process group or control
// group reaches the worker too, which decides what to do.
process.on('disconnect', () => {
  for (const controller of running.values()) controller.abort();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function launch(
  id: number,
  options: Extract<LaunchMessage, { options: unknown }>['options'],
): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    reply({ id, result: await runSubprocess({ ...options, signal: controller.signal }) });
  } catch (error) {
    reply({ id, error: sendableError(error) });
  } finally {
    running.delete(id);
  }
}

function reply(message: LaunchReply): void {
  // The worker may be gone; then the `disconnect` event came or will come.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
