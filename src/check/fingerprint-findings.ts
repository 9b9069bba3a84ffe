/** Gives each finding a fingerprint, by which a baseline and a forge recognise it in a later check. */
import { createHash } from 'node:crypto';
import { EXIT_CODE_CHECK, type Finding } from '../domain/input.js';

/** A finding, and 32 hexadecimal digits that stay the same when lines above it come or go. */
export type FingerprintedFinding = Finding & { readonly fingerprint: string };

/**
 * The fingerprint covers check, file and message, and the number of the finding among those that are equal in these. A checker
 * that reports by its exit code alone prints what it likes: there the message is left out.
 */
export function fingerprintFindings(findings: readonly Finding[]): readonly FingerprintedFinding[] {
  const equals = new Map<string, number>();
  return findings.map((finding) => {
    const { check, file, message } = finding;
    const subject = JSON.stringify([check, file ?? null, check === EXIT_CODE_CHECK ? '' : message]);
    const number = equals.get(subject) ?? 0;
    equals.set(subject, number + 1);
    const digest = createHash('sha256').update(`${subject}#${number}`).digest('hex');
    return { ...finding, fingerprint: digest.slice(0, 32) };
  });
}
