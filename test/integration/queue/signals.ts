/** Signals that a test waits for instead of sleeping. */

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** Something that is waited for until the test opens it. */
export function makeGate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Resolves when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
