/** The launcher's process: runs programs for its parent, and ends all of them when the parent is gone. */
import { sendableError } from '../platform/threads/thread-outcome.js';
import type { LaunchReply, LaunchRequest } from './launch-message.js';
import { runSubprocess } from './run-subprocess.js';

const running = new Map<number, AbortController>();

process.on('message', (request: LaunchRequest) => {
  if ('abort' in request) running.get(request.id)?.abort();
  else void launch(request.id, request.options);
});

// Only the end of the channel ends this process: the channel closes however the parent ends. The parent handles signals
// to a whole process group or control group.
process.on('disconnect', () => {
  for (const controller of running.values()) controller.abort();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

async function launch(
  id: number,
  options: Extract<LaunchRequest, { options: unknown }>['options'],
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
  // The parent may be gone; then the channel's end has arrived, or soon does.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
