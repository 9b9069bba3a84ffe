/** Describes the findings of the consistency check for C7 and C13: how many of each severity, the first few, what to do. */
import type { Finding, Severity } from '../domain/input.js';
import { FILL_IN } from './parse/placeholders.js';
import { quote } from './parse/text.js';

const MAX_NAMED = 3;
const ORDER: readonly Severity[] = ['FAIL', 'WARN', 'INFO'];

/** A text such as `2 FAIL, 1 WARN: C-02 workplans/x.md:3 message; …; and 1 more`; FAIL before WARN before INFO. */
export function describeFindings(findings: readonly Finding[]): string {
  const ordered = ORDER.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
  const named = ordered.slice(0, MAX_NAMED).map(describe);
  if (ordered.length > MAX_NAMED) named.push(`and ${ordered.length - MAX_NAMED} more`);
  return `${countFindings(findings)}: ${named.join('; ')}`;
}

/** A text such as `2 FAIL, 1 WARN`, without severities that have no finding. */
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

/** What to do about findings: correct the files named, add the folder, write ids that no hub gives. */
export function describeRemedy(findings: readonly Finding[]): string {
  const has = (checks: readonly string[]) => findings.some(({ check }) => checks.includes(check));
  const isFolder = (finding: Finding) => finding.check === 'C-01' && finding.file === undefined;
  const todo = [
    findings.some(isFolder) &&
      'Add the folder workplans, if only with a README.md, since git keeps no empty folder: `doi init PATH`.',
    findings.some(({ file }) => file !== undefined) && 'Correct the workplans named.',
    has(['C-15']) && `R${FILL_IN.slice(1)}.`,
    has(['C-06', 'C-11']) &&
      'The State Hub gives its ids; without a hub write `none`: `state_hub_workstream_id: none`, and in a task `state_hub_task_id: none`.',
    findings.some((finding) => finding.file === undefined && !isFolder(finding)) &&
      'Do what the checker says.',
    'docs/criteria.md of doi-worker says what each check wants. `doi check PATH` checks again.',
  ];
  return todo.filter(Boolean).join(' ');
}
