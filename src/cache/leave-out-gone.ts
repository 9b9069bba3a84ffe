/** Writes for repositories of which one may be unregistered at the same moment: the others' writes must not fail with it. */
import { databaseError } from '../platform/sql.js';

// A foreign key that leads nowhere any more, and a deadlock with who unregisters.
const WENT_MEANWHILE: ReadonlySet<unknown> = new Set(['23503', '40P01']);
/** Each try fails for another repository that went meanwhile. */
const MOST_TRIES = 5;

/**
 * Runs a write that joins `managed_repos`, and runs it again where a row that it had seen is deleted by the time its
 * foreign key is checked: then it sees none, and leaves that repository out.
 * @param write makes its statements anew each time
 * @throws {DoiError} `database_unavailable`
 */
export async function leaveOutGone<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (tries >= MOST_TRIES || !WENT_MEANWHILE.has(code)) throw databaseError(error);
    }
  }
}
