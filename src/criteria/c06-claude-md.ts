/** C6: CLAUDE.md is there, at the root or in `.claude`, and is more than the template that `doi init` writes. */
import type { TextFile } from '../domain/input.js';
import { defineCriterion, type Judgement } from '../domain/verdict.js';
import { CHECK_AGAIN, fail, failRejected, INIT, pass, skipWithoutCheckout, warn } from './judgement.js';
import { KAIZEN_LINES } from './parse/kaizen.js';
import { readMarkdown } from './parse/markdown.js';
import { FILL_IN, isUnfilled, linesOf, namePlaceholders, withoutPlaceholders } from './parse/placeholders.js';

export const c06ClaudeMd = defineCriterion({
  id: 'C6',
  label: 'CLAUDE.md',
  tier: 'standard',
  inputs: ['CLAUDE.md', '.claude/CLAUDE.md'],
  judge: ({ 'CLAUDE.md': root, '.claude/CLAUDE.md': inFolder }) => {
    if (root.state === 'no-checkout' || inFolder.state === 'no-checkout')
      return skipWithoutCheckout('CLAUDE.md');
    const judged = [
      judgeFile('CLAUDE.md', 'at the root', root),
      judgeFile('.claude/CLAUDE.md', 'in .claude', inFolder),
    ];
    // A file that is still the template does not hide the other one.
    const best = ['pass', 'warn', 'fail'].flatMap((status) =>
      judged.filter((it) => it?.status === status),
    )[0];
    if (best !== undefined) return best;
    if (root.state === 'rejected') return failRejected('CLAUDE.md', root.reason);
    if (inFolder.state === 'rejected') return failRejected('.claude/CLAUDE.md', inFolder.reason);
    const instead = root.state === 'absent' ? root.instead : undefined;
    const found = `There is no CLAUDE.md at the root or in .claude${instead ? `, but ${instead}` : ''}.`;
    if (instead === 'AGENTS.md')
      return fail(found, 'Let CLAUDE.md be a link to it: `ln -s AGENTS.md CLAUDE.md`.');
    if (instead !== undefined) return fail(found, `Rename it: \`git mv ${instead} CLAUDE.md\`.`);
    return fail(found, `Add CLAUDE.md with ${INIT}, and fill in what a coding assistant must know here.`);
  },
});

/** The judgement of one file by itself; undefined where it is not there. */
function judgeFile(name: string, where: string, file: TextFile): Judgement | undefined {
  if (file.state !== 'present') return undefined;
  const filled = withoutPlaceholders(file.text);
  if (filled.placeholders.length === 0) return pass(`CLAUDE.md is ${where}.`);
  const placeholders = namePlaceholders(filled.placeholders);
  const todo = `R${FILL_IN.slice(1)}. ${CHECK_AGAIN}`;
  const lines = linesOf(filled, readMarkdown(filled.text).headings, KAIZEN_LINES);
  if (isUnfilled(lines, { from: 1, to: Number.MAX_SAFE_INTEGER }))
    return fail(`${name} is still the template, with ${placeholders}.`, todo);
  return warn(`CLAUDE.md is ${where}, but has ${placeholders}.`, todo);
}
