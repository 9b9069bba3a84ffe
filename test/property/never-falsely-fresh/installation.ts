/** What judges some of the repositories: a release of the rules and a checker, each of which a step can change for real. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkWorkplans } from '../../../src/checker/built-in/check-workplans.js';
import { fail } from '../../../src/checker/built-in/finding.js';
import { readWorkplans } from '../../../src/checker/built-in/read-workplans.js';
import { resolveRoot } from '../../../src/checkout/resolve-root.js';
import { CRITERIA } from '../../../src/criteria/index.js';
import { DoiError } from '../../../src/domain/errors.js';
import type { Finding } from '../../../src/domain/input.js';
import type { Release } from '../../../src/domain/release.js';
import type { AnyCriterion } from '../../../src/domain/verdict.js';
import type { CheckerSettings } from '../../../src/platform/config.js';
import { distPath } from '../../../src/platform/process/package-root.js';

const ORIGINAL: readonly AnyCriterion[] = [...CRITERIA];
/** What the built-in checker does, to which each of ours adds a finding of its own. */
const ADDS_TO = 'const findings = checkSteadily(checkout);';
const BROKEN = '// broken\nprocess.exitCode = 70;\n';

export class Installation {
  release: Release = { version: '0.1.0', criteriaDigest: '0', builtAt: new Date(0).toISOString() };
  checker: CheckerSettings;
  readonly #folder: string;
  readonly #name: string;
  /** Whether the checker is really started; else its file only says what is found besides. */
  readonly #isReal: boolean;
  #releases = 0;
  #checkers = 0;
  #file = '';
  #isBroken = false;

  constructor(place: { folder: string; index: number; isReal: boolean }) {
    this.#folder = place.folder;
    this.#name = `checker-${place.index}`;
    this.#isReal = place.isReal;
    this.checker = this.swapChecker('command');
  }

  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** Makes the rules those of another release; one criterion says something else under it. */
  raiseRelease({ sameVersion }: { sameVersion: boolean }): void {
    this.#releases += 1;
    const version = sameVersion ? this.release.version : `0.1.${this.#releases}`;
    const builtAt = new Date(this.#releases).toISOString();
    this.release = { version, criteriaDigest: String(this.#releases), builtAt };
  }

  /** Makes the rules of this installation those by which is judged from now on: there is one list of criteria a process. */
  useRules(): void {
    const changed = this.#releases === 0 ? -1 : this.#releases % ORIGINAL.length;
    const suffix = ` By release ${this.#releases}.`;
    const rules = ORIGINAL.map((criterion, index) =>
      index === changed ? says(criterion, suffix) : criterion,
    );
    (CRITERIA as AnyCriterion[]).splice(0, rules.length, ...rules);
  }

  /** Sets another checker, in a file of its own. */
  swapChecker(kind: CheckerSettings['kind']): CheckerSettings {
    this.#file = join(this.#folder, `${this.#name}-${this.#checkers + 1}.cjs`);
    writeFileSync(this.#file, this.#nextChecker());
    const argv = [process.execPath, this.#file, '{path}', '{slug}'];
    this.checker =
      kind === 'built-in' ? { kind, file: this.#file } : { kind: 'command', argv, output: 'json' };
    return this.checker;
  }

  /** Writes the checker's file again, with one that finds something else, of the same size. */
  editChecker({ byRename }: { byRename: boolean }): void {
    this.#replace(this.#nextChecker(), byRename);
  }

  breakChecker(): void {
    this.#replace(BROKEN, false);
    this.#isBroken = true;
  }

  /** Puts another checker in the place of the one that is set. @returns what puts that one back, the very same file */
  lendChecker(): () => void {
    const kept = `${this.#file}.kept`;
    renameSync(this.#file, kept);
    writeFileSync(this.#file, this.#nextChecker());
    return () => renameSync(kept, this.#file);
  }

  /**
   * Checks by the core of the built-in checker and what the set file adds, without starting anything.
   * @throws {DoiError} `checker_crashed`
   */
  checkInProcess(path: string): Finding[] {
    const [, said = ''] = /^\/\/ (.*)\n/.exec(readFileSync(this.#file, 'utf8')) ?? [];
    const root = resolveRoot(path);
    if (said === 'broken' || root.state !== 'found' || !root.stat.isDirectory()) {
      const message = said === 'broken' ? 'The checker is broken.' : `There is no folder at ${path}.`;
      throw new DoiError('checker_crashed', message, 'Repair it.');
    }
    const read = readWorkplans(root.path);
    const added = JSON.parse(said) as Finding;
    if (read.state === 'rejected') return [fail('C-02', read.reason, { path: 'workplans' }), added];
    return [...checkWorkplans(read.state === 'absent' ? null : read.files), added];
  }

  #replace(text: string, byRename: boolean): void {
    const written = byRename ? `${this.#file}.new` : this.#file;
    writeFileSync(written, text);
    if (byRename) renameSync(written, this.#file);
  }

  #nextChecker(): string {
    this.#checkers += 1;
    this.#isBroken = false;
    // Of one size, so that no size gives it away.
    const message = `found by checker ${String(this.#checkers).padStart(6, '0')}`;
    const added = JSON.stringify({ check: 'C-99', severity: 'WARN', message });
    if (!this.#isReal) return `// ${added}\n`;
    const original = readFileSync(distPath('checker.cjs'), 'utf8');
    const adds = original.replace(ADDS_TO, () => `const findings = [...checkSteadily(checkout), ${added}];`);
    if (adds === original) throw new Error('The built-in checker does not hold what is to be changed in it.');
    return `// ${added}\n${adds}`;
  }
}

/** Makes the rules the real ones again. */
export function restoreRules(): void {
  (CRITERIA as AnyCriterion[]).splice(0, ORIGINAL.length, ...ORIGINAL);
}

function says(criterion: AnyCriterion, suffix: string): AnyCriterion {
  return {
    ...criterion,
    judgeDeclared(values) {
      const verdict = criterion.judgeDeclared(values);
      return { ...verdict, detail: verdict.detail + suffix };
    },
  };
}
