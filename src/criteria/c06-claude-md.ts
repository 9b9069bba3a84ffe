/** C6: CLAUDE.md is there, at the root or in `.claude`, and is more than the template that `doi init` writes. */
import type { TextFile } from '../domain/input.js';
import { defineCriterion, type Judgement } from '../domain/verdict.js';
import { CHECK_AGAIN, fail, failRejected, INIT, pass, skipWithoutCheckout, warn } from './judgement.js';
import { isKaizen } from './parse/kaizen.js';
import {
  FILL_IN,
  type FoundPlaceholders,
  findPlaceholders,
  namePlaceholders,
  type ParsedFile,
  PLACEHOLDER_MARK,
  parseFile,
} from './parse/placeholders.js';
import { writtenLines } from './parse/written.js';

/** More characters than an emptied template has. Longer texts are not parsed, which takes time. */
const MAX_TEMPLATE = 16 * 1024;

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
    if (instead !== undefined) return fail(found, `Rename it: \`mv ${instead} CLAUDE.md\`.`);
    return fail(found, `Add CLAUDE.md with ${INIT}, and fill in what a coding assistant must know here.`);
  },
});

/** The judgement of one file by itself; undefined where it is not there. */
function judgeFile(name: string, where: string, file: TextFile): Judgement | undefined {
  if (file.state !== 'present') return undefined;
  const there = `CLAUDE.md is ${where}`;
  const { text } = file;
  if (text.length > MAX_TEMPLATE && !text.includes(PLACEHOLDER_MARK)) return pass(`${there}.`);
  const parsed = parseFile(text);
  const found = findPlaceholders(parsed);
  const hasPlaceholders = found.count > 0;
  const placeholders = hasPlaceholders ? namePlaceholders(found.placeholders) : 'nothing written in it';
  const todo = hasPlaceholders ? `R${FILL_IN.slice(1)}.` : 'Write what a coding assistant must know here.';
  if (isTemplate(parsed, found))
    return fail(`${name} is still the template, with ${placeholders}.`, `${todo} ${CHECK_AGAIN}`);
  if (!hasPlaceholders) return pass(`${there}.`);
  return warn(`${there}, but has ${placeholders}.`, `${todo} ${CHECK_AGAIN}`);
}

/**
 * Whether nothing was written into the template. Without a placeholder, the paragraph of the template or a second heading shows that
 * it was one: a file that is empty or has only a title is its author's own.
 */
function isTemplate(parsed: ParsedFile, found: FoundPlaceholders): boolean {
  if (writtenLines(parsed, found, isKaizen).size > 0) return false;
  const { headings, blocks } = parsed.markdown;
  const hasParagraph = () => blocks.some(({ kind, content }) => kind === 'paragraph' && isKaizen(content));
  return found.count > 0 || headings.filter(({ title }) => title !== '').length > 1 || hasParagraph();
}
