/** Quarantine: until when a repository whose evaluation broke is left alone, whoever asks for it meanwhile. Pure. */
import type { FailedBefore } from '../cache/read-last-evaluation.js';
import type { StartedRequest } from '../cache/start-request.js';
import { PRIORITY } from '../domain/request.js';

/**
 * Until when the very inputs that failed before are left alone, as ISO 8601 text: a push, say, changes nothing here
 * until it is pulled. A person does not wait, and neither does what has changed since.
 * @param fingerprint what is observed now; null before anything was looked at
 * @returns undefined where it is to be tried now
 */
export function waitsUntil(
  failed: FailedBefore | null,
  started: Pick<StartedRequest, 'priority'>,
  fingerprint: string | null,
): string | undefined {
  if (failed === null || failed.isDue) return undefined;
  if (started.priority === PRIORITY.person) return undefined;
  // With nothing to compare by, only what ended its worker may not even be looked at.
  const isSame = fingerprint === null ? failed.code === 'worker_killed' : true;
  return isSame && failed.fingerprint === fingerprint ? failed.retryAt : undefined;
}
