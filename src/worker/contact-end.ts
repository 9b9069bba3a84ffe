/** What a job asks of a contact with the remote of its mirror, and how that ends. */
import { DoiError, ERRORS, type ErrorCode } from '../domain/errors.js';
import type { ContactProblem } from '../store/mirrors/contacts.js';

/** The job that needs a contact. */
export interface ContactingJob {
  /** Of its request: what was contacted for it is not contacted for it again. */
  readonly seq: string;
  /** A person waits, and no reader of reports: then earlier failures do not hold the contact back. */
  readonly isPerson: boolean;
  /** Whether the mirror is to be made again. */
  readonly isDamaged: boolean;
  readonly signal: AbortSignal;
}

/**
 * How a contact ended. `left-alone`: the server refused, limited or did not answer before, and its time has not come; then the mirror is contacted
 * without a job.
 * `under-way`: it takes longer than a job may wait; when it ends, the job's request is resumed.
 */
export type ContactEnd =
  | { readonly state: 'none' | 'left-alone' | 'under-way' }
  | { readonly state: 'reached'; readonly moved: boolean }
  | { readonly state: 'failed'; readonly error: DoiError };

/** The failure that the last contact recorded: its time to be tried again has not come. */
export function failedBefore(failure: ContactProblem | null): ContactEnd {
  const { code = 'remote_failed', message = 'The last contact failed.', remedy = '' } = failure ?? {};
  return { state: 'failed', error: new DoiError(isCode(code) ? code : 'remote_failed', message, remedy) };
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
