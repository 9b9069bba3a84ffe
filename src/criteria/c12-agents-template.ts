/** C12: the instructions for coding assistants take up the template; its name `kaizen` in their text shows it. */
import type { TextFile, TextFolder } from '../domain/input.js';
import { defineCriterion } from '../domain/verdict.js';
import { CHECK_AGAIN, fail, failRejected, INIT, pass, skipWithoutCheckout } from './judgement.js';
import { findPlaceholders, PLACEHOLDER_MARK, parseFile, withoutPlaceholders } from './parse/placeholders.js';
import { quote } from './parse/text.js';

export const c12AgentsTemplate = defineCriterion({
  id: 'C12',
  label: 'Agents template',
  tier: 'full',
  inputs: ['CLAUDE.md', '.claude/CLAUDE.md', '.claude/rules'],
  judge: ({ 'CLAUDE.md': root, '.claude/CLAUDE.md': inFolder, '.claude/rules': rules }) => {
    if (root.state === 'no-checkout' || inFolder.state === 'no-checkout' || rules.state === 'no-checkout')
      return skipWithoutCheckout('CLAUDE.md with .claude/rules');
    const files = [
      ...textsOf('CLAUDE.md', root),
      ...textsOf('.claude/CLAUDE.md', inFolder),
      ...(rules.state === 'present' ? rules.files : []).map((it) => ({
        ...it,
        name: `.claude/rules/${it.name}`,
      })),
    ];
    const match = files.find(({ text }) => namesTemplate(text));
    if (match !== undefined) return pass(`${quote(match.name)} names kaizen.`);
    // A file that was rejected may hold the name too, so its owner must correct that before the name can be missed.
    const refused = firstRefused({
      'CLAUDE.md': root,
      '.claude/CLAUDE.md': inFolder,
      '.claude/rules': rules,
    });
    if (refused !== undefined) return failRejected(refused.what, refused.reason);
    const canInit = root.state === 'absent' && root.instead === undefined && inFolder.state === 'absent';
    const start = canInit ? `${INIT} writes a CLAUDE.md that has it. ` : '';
    return fail(describeMissing(files.map(({ name }) => name)), `${start}${REMEDY} ${CHECK_AGAIN}`);
  },
});

const REMEDY =
  'Take up the kaizen template for agents, a paragraph to copy from docs/criteria.md of doi-worker, in CLAUDE.md or in a Markdown file of .claude/rules.';

function firstRefused(all: Readonly<Record<string, TextFile | TextFolder>>) {
  for (const [what, it] of Object.entries(all)) {
    if (it.state === 'rejected') return { what, reason: it.reason };
    const [reason] = 'refused' in it ? it.refused : [];
    if (reason !== undefined) return { what, reason };
  }
  return undefined;
}

function textsOf(name: string, file: TextFile): { name: string; text: string }[] {
  return file.state === 'present' ? [{ name, text: file.text }] : [];
}

function describeMissing(names: readonly string[]): string {
  const [only, ...others] = names;
  if (only === undefined) return 'There is no CLAUDE.md, and there are no rules in .claude/rules.';
  if (others.length === 0) return `${quote(only)} does not name kaizen.`;
  const shown = names.slice(0, 3).map((name) => quote(name));
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  return `None of ${shown.join(', ')}${more} names kaizen.`;
}

function namesTemplate(text: string): boolean {
  const written = text.includes(PLACEHOLDER_MARK)
    ? withoutPlaceholders(text, 1, findPlaceholders(parseFile(text)))
    : text;
  return written.toLowerCase().includes('kaizen');
}
