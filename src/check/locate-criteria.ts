/** Finds for each criterion the file that it is about, so that a forge or an editor shows the verdict there. */

import { readScope } from '../criteria/parse/scope.js';
import { readServices } from '../criteria/parse/services.js';
import { countsFor } from '../domain/counted-findings.js';
import type { Finding, InputValues, TextFile } from '../domain/input.js';
import type { CriterionId, Verdict } from '../domain/verdict.js';

/** A file, by its path within the checkout, and the line where it is known. It need not exist: a criterion may miss it. */
export interface Location {
  readonly file: string;
  readonly line: number | null;
}

/** The location of each criterion; null for one that is about the checkout as a whole, or about the registry. */
export type Locations = Readonly<Record<CriterionId, Location | null>>;

/** Git keeps no empty folder, so this is the file that a checkout without workplans lacks. */
export const WORKPLANS_FILE = 'workplans/README.md';

type Values = Pick<
  InputValues,
  'SCOPE.md' | 'CLAUDE.md' | '.claude/CLAUDE.md' | 'tpsc.yaml' | 'findings' | 'checkout'
>;

/** Locates all criteria. The line is that of the first fault, and null for a criterion that passes. */
export function locateCriteria(values: Values, verdicts: readonly Verdict[]): Locations {
  const passed = new Set(verdicts.filter(({ status }) => status === 'pass').map(({ id }) => id));
  const lineOf = (id: CriterionId, find: () => number | undefined) =>
    passed.has(id) ? null : (find() ?? null);
  const instructions = instructionsFile(values['CLAUDE.md'], values['.claude/CLAUDE.md']);
  return {
    C1: null,
    C2: null,
    C3: null,
    C4: null,
    C5: { file: 'SCOPE.md', line: lineOf('C5', () => scopeLine(values['SCOPE.md'])) },
    C6: { file: instructions, line: null },
    C7: passed.has('C7') ? { file: WORKPLANS_FILE, line: null } : firstFinding(values, 'C7'),
    C8: null,
    C9: { file: 'tpsc.yaml', line: lineOf('C9', () => servicesLine(values['tpsc.yaml'])) },
    C10: null,
    C11: { file: 'SCOPE.md', line: null },
    C12: { file: instructions, line: null },
    C13: passed.has('C13') ? { file: WORKPLANS_FILE, line: null } : firstFinding(values, 'C13'),
    C14: null,
  };
}

/**
 * The finding with its file by the path within the checkout, since a checker may print the whole path, by which the same
 * finding would have another fingerprint in another folder.
 */
export function relativeFinding(finding: Finding, checkout: string): Finding {
  const root = checkout.endsWith('/') ? checkout : `${checkout}/`;
  if (finding.file === undefined || !finding.file.startsWith(root)) return finding;
  return { ...finding, file: finding.file.slice(root.length) };
}

function instructionsFile(root: TextFile, inFolder: TextFile): string {
  return root.state === 'absent' && inFolder.state !== 'absent' ? '.claude/CLAUDE.md' : 'CLAUDE.md';
}

function scopeLine(file: TextFile): number | undefined {
  if (file.state !== 'present') return undefined;
  const { near, capabilities } = readScope(file.text);
  const broken = capabilities.filter(({ problem }) => problem !== undefined);
  return [...near, ...broken].map(({ line }) => line).sort((one, other) => one - other)[0];
}

function servicesLine(file: TextFile): number | undefined {
  if (file.state !== 'present') return undefined;
  const read = readServices(file.text);
  return read.ok ? undefined : read.line;
}

/** The first finding with a file that counts for the criterion, of the first severity that has one. */
function firstFinding({ findings, checkout }: Values, id: CriterionId): Location {
  const all = findings.state === 'checked' ? findings.findings.filter((one) => countsFor(id, one)) : [];
  const path = checkout.state === 'present' ? checkout.path : '/';
  for (const severity of ['FAIL', 'WARN'])
    for (const finding of all) {
      const { file, line } = relativeFinding(finding, path);
      if (finding.severity === severity && file !== undefined) return { file, line: line ?? null };
    }
  return { file: WORKPLANS_FILE, line: null };
}
