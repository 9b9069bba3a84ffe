/** Gives each finding a fingerprint, by which a baseline and a forge recognise it in a later check. */
import { createHash } from 'node:crypto';
import type { Finding } from '../domain/input.js';

/** A finding, and 32 hexadecimal digits that stay the same when lines above it come or go. */
export type FingerprintedFinding = Finding & { readonly fingerprint: string };

/** The fingerprint covers check, file and message, and the number of the finding among those that are equal in these. */
export function fingerprintFindings(findings: readonly Finding[]): readonly FingerprintedFinding[] {
  const equals = new Map<string, number>();
  return findings.map((finding) => {
    const { check, file, message } = finding;
    const subject = JSON.stringify([check, file ?? null, message]);
    const number = equals.get(subject) ?? 0;
    equals.set(subject, number + 1);
    const digest = createHash('sha256').update(`${subject}#${number}`).digest('hex');
    return { ...finding, fingerprint: digest.slice(0, 32) };
  });
}
