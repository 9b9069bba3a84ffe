/** Describes an error as the failure that is recorded beside a repository's row. */
import type { NewFailure } from '../cache/record-failure.js';
import { cleanText } from '../domain/clean-text.js';
import type { DoiError } from '../domain/errors.js';
import { retryDelay } from '../domain/request.js';
import { hideCredentials } from '../platform/log.js';

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
  return cleanText(hideCredentials(message), MAX_MESSAGE);
}
