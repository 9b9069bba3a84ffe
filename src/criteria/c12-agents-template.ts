/** C12: the instructions for coding assistants take up the template, which its name `kaizen` shows. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, failRejected, pass, skipWithoutCheckout } from './judgement.js';
import { quote } from './parse/quote.js';

export const c12AgentsTemplate = defineCriterion({
  id: 'C12',
  label: 'Agents template',
  tier: 'full',
  inputs: ['CLAUDE.md', '.claude/rules'],
  judge: ({ 'CLAUDE.md': file, '.claude/rules': rules }) => {
    if (file.state === 'no-checkout' || rules.state === 'no-checkout')
      return skipWithoutCheckout('CLAUDE.md with .claude/rules');
    if (file.state === 'rejected') return failRejected('CLAUDE.md', file.reason);
    if (rules.state === 'rejected') return failRejected('.claude/rules', rules.reason);
    if (file.state === 'present' && namesTemplate(file.text)) return pass('CLAUDE.md names kaizen.');
    const rule = rules.state === 'present' ? rules.files.find(({ text }) => namesTemplate(text)) : undefined;
    if (rule !== undefined) return pass(`.claude/rules/${quote(rule.name)} names kaizen.`);
    const looked = file.state === 'present' ? 'CLAUDE.md does not name kaizen' : 'There is no CLAUDE.md';
    const count = rules.state === 'present' ? rules.files.length : 0;
    return fail(
      `${looked}, and ${count === 0 ? 'there are no rules in .claude/rules' : `none of the ${count} rules in .claude/rules names it`}.`,
      'Take up the kaizen template for agents in CLAUDE.md, or in a Markdown file of .claude/rules.',
    );
  },
});

function namesTemplate(text: string): boolean {
  return text.toLowerCase().includes('kaizen');
}
