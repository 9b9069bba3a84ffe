/** Describes an error as what is recorded of it: a failure beside a repository's row, or only a delay. */
import type { PutOff } from '../cache/put-off-request.js';
import type { NewFailure } from '../cache/record-failure.js';
import { cleanText } from '../domain/clean-text.js';
import type { DoiError } from '../domain/errors.js';
import { hideSecrets } from '../domain/hide-secrets.js';
import { retryDelay } from '../domain/request.js';
import { CheckerBroken } from './checker-broken.js';

const MAX_MESSAGE = 2000;

/**
 * @param fingerprint what was observed when it broke; null where that broke
 * @param failedBefore how often in a row it had failed before
 */
export function describeFailure(
  error: DoiError,
  fingerprint: string | null,
  failedBefore: number,
): NewFailure {
  return {
    code: error.code,
    message: describeMessage(error),
    remedy: error.remedy,
    fingerprint,
    retryMs: retryDelay(failedBefore + 1, Math.random()),
  };
}

/** The message of an error, fit to store and to show. */
export function describeMessage({ message }: DoiError): string {
  return cleanText(hideSecrets(message), MAX_MESSAGE);
}

/** @param fingerprint what was observed before the check was refused */
export function describePutOff({ retryMs }: CheckerBroken, fingerprint: string | null): PutOff {
  // Later by up to a tenth, so that what was put off does not return together.
  return { fingerprint, retryMs: Math.round(retryMs * (1 + 0.1 * Math.random())) };
}

/** What is written beside an evaluation whose checker broke, or was not run; the parameters as above. */
export function describeCheckerError(
  error: DoiError | undefined,
  fingerprint: string | null,
  failedBefore: number,
): { readonly failure?: NewFailure; readonly putOff?: PutOff } {
  if (error === undefined) return {};
  if (error instanceof CheckerBroken) return { putOff: describePutOff(error, fingerprint) };
  return { failure: describeFailure(error, fingerprint, failedBefore) };
}
