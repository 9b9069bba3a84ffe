/** Limits on how long to wait for others that do not count the time in which this process itself was late. */

/** Of so many pieces a limit is made: what comes late of one of them begins the next one late, and no more is lost. */
const PIECES = 10;

/**
 * Calls `onOver` after `limitMs` of this process's own time. An answer that has come by then and was not read yet is
 * read before that.
 * @returns ends the limit
 */
export function startLimit(limitMs: number, onOver: () => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let last: NodeJS.Immediate | undefined;
  const wait = (left: number) => {
    timer = setTimeout(() => {
      if (left > 1) wait(left - 1);
      // Timers run before what lies in the sockets is read, and this after it.
      else last = setImmediate(onOver);
    }, limitMs / PIECES);
  };
  wait(PIECES);
  return () => {
    clearTimeout(timer);
    clearImmediate(last);
  };
}
