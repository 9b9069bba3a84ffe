/** The launcher's own process: runs what it is told to, and ends all of it when the one that tells is gone. */
import { sendableError } from '../platform/threads/thread-outcome.js';
import type { LaunchReply, LaunchRequest } from './launch-message.js';
import { runSubprocess } from './run-subprocess.js';

const running = new Map<number, AbortController>();

process.on('message', (request: LaunchRequest) => {
  if ('abort' in request) running.get(request.id)?.abort();
  else void launch(request.id, request.options);
});

// By this alone it ends: the channel closes whatever becomes of the other side. Signals to a whole group or control
// group are the other side's to act on.
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
  // Nobody may be there any more; then the channel's end has been heard, or soon is.
  if (process.connected) process.send?.(message, undefined, undefined, () => {});
}
