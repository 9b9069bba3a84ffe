/** Quarantine: how long a repository whose evaluation broke is left alone, whoever asks for it meanwhile. Pure. */
import type { FailedBefore } from '../cache/read-last-evaluation.js';
import type { StartedRequest } from '../cache/start-request.js';
import { PRIORITY } from '../domain/request.js';

/**
 * How long the very inputs that failed before are left alone, in milliseconds: a push, say, changes nothing here until
 * it is pulled. A person does not wait, and neither does what has changed since.
 * @param fingerprint what is observed now; null before anything was looked at
 * @returns undefined where it is to be tried now
 */
export function waitBeforeRetry(
  failed: FailedBefore | null,
  started: Pick<StartedRequest, 'priority'>,
  fingerprint: string | null,
): number | undefined {
  if (failed === null || failed.retryMs <= 0) return undefined;
  if (started.priority === PRIORITY.person) return undefined;
  // The same inputs were judged beside it: what is left is the update, which has a time of its own.
  if (failed.code === 'update_failed') return undefined;
  // With nothing to compare by, only what ended its worker may not even be looked at.
  const isSame = fingerprint === null ? failed.code === 'worker_killed' : true;
  return isSame && failed.fingerprint === fingerprint ? failed.retryMs : undefined;
}
