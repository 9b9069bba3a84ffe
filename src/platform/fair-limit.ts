/** Limits how long to wait for another process, without counting time in which this process itself was late. */

/** A limit consists of so many timers in a row: if one fires late, the next begins late, so that late time does not count. */
const PIECES = 10;

/**
 * Calls `onOver` after `limitMs` of this process's own time. An answer that has arrived by then is read first.
 * @returns a function that cancels the limit
 */
export function startLimit(limitMs: number, onOver: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Immediate | undefined;
  const wait = (left: number) => {
    timer = setTimeout(() => {
      if (left > 1) wait(left - 1);
      // Timers run before sockets are read, and immediates after that.
      else last = setImmediate(onOver);
    }, limitMs / PIECES);
  };
  wait(PIECES);
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}
