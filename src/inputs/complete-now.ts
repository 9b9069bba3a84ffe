/** The versions of now where this host knows all of them, which an evaluation needs; else the error that says why not. */
import { DoiError } from '../domain/errors.js';
import type { Versions } from '../domain/fingerprint.js';
import { type FinishedProbe, knownVersions, type Now } from './now.js';
import type { CheckoutProbe } from './probe/probe-checkout.js';

/** Every version is known, by a probe of this host. */
export interface CompleteNow extends Now {
  readonly known: Versions;
  readonly fingerprint: string;
  readonly probe: FinishedProbe & { readonly checkout: NonNullable<CheckoutProbe['checkout']> };
}

/** @throws {DoiError} the first of its problems */
export function requireComplete(now: Now): CompleteNow {
  const { probe, fingerprint } = now;
  const known = knownVersions(now.versions);
  if (known === undefined || fingerprint === null || probe === null || probe.checkout === null)
    throw problemOf(now);
  return { ...now, known, fingerprint, probe: { ...probe, checkout: probe.checkout } };
}

/** The first of its problems, to be thrown. */
export function problemOf({ problems: [first] }: Now): DoiError {
  return first ?? unreadable('file_unreadable', 'The checkout could not be read.');
}

/** The error of an input that could not be read. */
export function unreadable(code: DoiError['code'], found: string): DoiError {
  return new DoiError(code, found, 'Let the user that runs the worker read the checkout.');
}
