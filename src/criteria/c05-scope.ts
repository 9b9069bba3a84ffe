/** C5: SCOPE.md exists; missing parts are a warning. */
import { defineCriterion } from '../domain/verdict.js';
import { failAbsent, failRejected, pass, skipWithoutCheckout, warn } from './judgement.js';
import { type NearHeading, readScope, SCOPE_HEADINGS } from './parse/scope.js';
import { quote } from './parse/text.js';

/** How many broken blocks one sentence names. */
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
        remedy: `Add SCOPE.md with these level-2 headings (docs/criteria.md has them to copy): ${SCOPE_HEADINGS.join(', ')}.`,
      });
    const { missing, near, capabilities } = readScope(file.text);
    const broken = capabilities.flatMap(({ line, problem }) => (problem ? [{ line, problem }] : []));
    if (missing.length === 0 && broken.length === 0)
      return pass(`SCOPE.md has all ${SCOPE_HEADINGS.length} sections.`);

    const found: string[] = [];
    const todo: string[] = [];
    if (missing.length > 0) {
      found.push(`lacks the sections ${missing.join(', ')}${describeNear(near)}`);
      todo.push(
        near.length === missing.length
          ? 'write each heading named exactly like the section, at level 2 (`## …`)'
          : 'add each missing section as a level-2 heading (`## …`)',
      );
    }
    if (broken.length > 0) {
      const named = broken.slice(0, MAX_NAMED).map(({ line, problem }) => `line ${line}: ${quote(problem)}`);
      const more = broken.length > MAX_NAMED ? ` and ${broken.length - MAX_NAMED} more` : '';
      found.push(
        `has ${countOf(broken.length, 'capability block')} that cannot be read (${named.join('; ')}${more})`,
      );
      todo.push('correct the YAML of each capability block named (docs/criteria.md shows one)');
    }
    return warn(`SCOPE.md ${found.join(', and ')}.`, capitalise(`${todo.join('; ')}.`));
  },
});

function describeNear(near: readonly NearHeading[]): string {
  if (near.length === 0) return '';
  const named = near.slice(0, MAX_NAMED).map(({ line, found }) => `“${quote(found)}” at line ${line}`);
  const more = near.length > MAX_NAMED ? ` and ${near.length - MAX_NAMED} more` : '';
  return ` (there is ${named.join(', ')}${more})`;
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
