/** C5: SCOPE.md is there; a missing section, nothing written, a broken capability block or a placeholder is a warning. */
import { capitalise } from '../domain/text.js';
import { defineCriterion } from '../domain/verdict.js';
import { CHECK_AGAIN, failAbsent, failRejected, INIT, pass, skipWithoutCheckout, warn } from './judgement.js';
import { FILL_IN, namePlaceholders } from './parse/placeholders.js';
import { type NearHeading, readScope, SCOPE_HEADINGS, type Scope } from './parse/scope.js';
import { quote } from './parse/text.js';

/** How many broken blocks, and how many near headings, one sentence names. */
const MAX_NAMED = 3;

export const c05Scope = defineCriterion({
  id: 'C5',
  label: 'SCOPE.md',
  tier: 'standard',
  inputs: ['SCOPE.md'],
  judge: ({ 'SCOPE.md': file }) => {
    if (file.state === 'no-checkout') return skipWithoutCheckout('SCOPE.md');
    if (file.state === 'rejected') return failRejected('SCOPE.md', file.reason);
    if (file.state === 'absent')
      return failAbsent('SCOPE.md', {
        instead: file.instead,
        remedy: `Add SCOPE.md with ${INIT}, and fill in these sections: ${SCOPE_HEADINGS.join(', ')}.`,
      });
    const scope = readScope(file.text);
    const faults = [
      ...findMissing(scope),
      ...findEmpty(scope),
      ...findPlaceholders(scope),
      ...findBroken(scope),
    ];
    if (faults.length === 0) return pass(`SCOPE.md has all ${SCOPE_HEADINGS.length} sections.`);
    const todo = faults.map((fault) => fault.todo).join('; ');
    return warn(
      `SCOPE.md ${faults.map(({ found }) => found).join(', and ')}.`,
      `${capitalise(todo)}. ${CHECK_AGAIN}`,
    );
  },
});

interface Fault {
  readonly found: string;
  readonly todo: string;
}

function findMissing({ missing, near }: Scope): Fault[] {
  if (missing.length === 0) return [];
  const found = `lacks the sections ${missing.join(', ')}${describeNear(near)}`;
  const todo =
    near.length === missing.length
      ? 'write each heading named exactly like the section, at level 2 (`## …`)'
      : 'add each missing section as a level-2 heading (`## …`)';
  return [{ found, todo }];
}

function findEmpty({ isEmpty }: Scope): Fault[] {
  if (!isEmpty) return [];
  return [{ found: 'has nothing written in any section', todo: 'write what belongs in each section' }];
}

function findPlaceholders({ placeholders, unfilled }: Scope): Fault[] {
  if (placeholders.length === 0) return [];
  const alone = unfilled.length === 0 ? '' : `, and nothing else in the sections ${unfilled.join(', ')}`;
  return [{ found: `has ${namePlaceholders(placeholders)}${alone}`, todo: FILL_IN }];
}

function findBroken({ capabilities }: Scope): Fault[] {
  const broken = capabilities.flatMap(({ line, problem }) => (problem ? [{ line, problem }] : []));
  if (broken.length === 0) return [];
  const named = broken.slice(0, MAX_NAMED).map(({ line, problem }) => `line ${line}: ${quote(problem)}`);
  const more = broken.length > MAX_NAMED ? ` and ${broken.length - MAX_NAMED} more` : '';
  const blocks = countOf(broken.length, 'capability block');
  return [
    {
      found: `has ${blocks} that cannot be read (${named.join('; ')}${more})`,
      todo: 'correct the YAML of each capability block named (docs/criteria.md of doi-worker shows one)',
    },
  ];
}

function describeNear(near: readonly NearHeading[]): string {
  if (near.length === 0) return '';
  const named = near.slice(0, MAX_NAMED).map(({ line, found }) => `“${quote(found)}” at line ${line}`);
  const more = near.length > MAX_NAMED ? ` and ${near.length - MAX_NAMED} more` : '';
  return ` (there is ${named.join(', ')}${more})`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
