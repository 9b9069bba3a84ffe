/** Lets the event loop turn, so that long work in pieces holds up nothing else. */

/** Resolves when the loop has handled what was waiting. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
