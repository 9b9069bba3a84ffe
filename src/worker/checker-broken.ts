/** The error of a check that is not run: the checker breaks for everybody on this host. */
import { DoiError } from '../domain/errors.js';

const REMEDY =
  'Run the checker by hand and mend it: once it has changed it is tried at once, else again after some minutes.';

/** A check that was refused. It says nothing about the repository, and is no reason to take no other job. */
export class CheckerBroken extends DoiError {
  /** How long until the checker may be tried again, in milliseconds. */
  readonly retryMs: number;

  /** @param first the error that it broke with */
  constructor(first: DoiError, retryMs: number, options?: ErrorOptions) {
    const found =
      'The checker breaks for everybody on this host, so it is not run for now. ' +
      `It broke on one repository after another with ${first.code}: ${first.message}`;
    super('checker_broken', found, REMEDY, options);
    this.retryMs = retryMs;
  }
}
