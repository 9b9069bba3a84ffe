/** Says in a sentence what the consistency check found: how many of each severity, and the first few. */
import type { Finding, Severity } from '../domain/input.js';
import { quote } from './parse/quote.js';

const MAX_NAMED = 3;
const ORDER: readonly Severity[] = ['FAIL', 'WARN', 'INFO'];

/** Such as `2 FAIL, 1 WARN: C-02 workplans/x.md:3 message; …; and 1 more`; FAIL before WARN before INFO. */
export function describeFindings(findings: readonly Finding[]): string {
  const ordered = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const named = ordered.slice(0, MAX_NAMED).map(describe);
  if (ordered.length > MAX_NAMED) named.push(`and ${ordered.length - MAX_NAMED} more`);
  return `${countFindings(findings)}: ${named.join('; ')}`;
}

/** Such as `2 FAIL, 1 WARN`; severities of which there is none are left out. */
export function countFindings(findings: readonly Finding[]): string {
  const counts = ORDER.flatMap((severity) => {
    const count = findings.filter((finding) => finding.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}`];
  });
  return counts.join(', ') || 'no findings';
}

function describe({ check, file, line, message }: Finding): string {
  const where = file === undefined ? '' : ` ${quote(file, 60)}${line === undefined ? '' : `:${line}`}`;
  return `${quote(check, 20)}${where} ${quote(message)}`;
}
