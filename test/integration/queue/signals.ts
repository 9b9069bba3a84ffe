/** Signals that a test waits for instead of sleeping. */

export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

/** A promise that the test resolves. */
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

/** A sweep that has nothing to do, and shows when it ran and how often. */
export function countRuns(): {
  readonly ran: Promise<void>;
  readonly count: () => number;
  sweep(): Promise<'done'>;
} {
  let count = 0;
  const gate = makeGate();
  const sweep = async () => {
    count += 1;
    gate.open();
    return 'done' as const;
  };
  return { ran: gate.opened, count: () => count, sweep };
}
