/** Why something is not known: what a server did not say, or what could not be judged. Never the same as "not met". */
import type { DoiError } from './errors.js';
import type { CriterionId } from './verdict.js';

export interface UnknownReason {
  readonly code: string;
  readonly text: string;
  readonly remedy: string;
}

/**
 * The reason that an error of a request to a server gives; undefined for one that says that the command could not run: a
 * mistake of the caller, or an answer of something that is no doi server.
 */
export function unknownBy({ code, kind, message: text, remedy }: DoiError): UnknownReason | undefined {
  const isKnown = code !== 'unknown_repository' && (kind === 'caller' || code === 'server_answer_invalid');
  return isKnown ? undefined : { code, text, remedy };
}

/** The reason where a server has no verdict of a criterion. */
export function noVerdict(id: CriterionId): UnknownReason {
  const remedy = 'Run the same release here as on the server.';
  return { code: 'no_verdict', text: `The server has no verdict of ${id}.`, remedy };
}

/** The code of an answer that a cache between server and client kept for longer than it holds. */
export const KEPT_BY_CACHE = 'kept_by_cache';
export const KEPT_REMEDY =
  'Let no cache between here and the server keep its answers, nor take away the headers Date, DOI-Verified-At and Cache-Status.';
