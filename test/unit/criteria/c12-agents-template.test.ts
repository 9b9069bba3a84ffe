import { describe, expect, it } from 'vitest';
import { c12AgentsTemplate } from '../../../src/criteria/c12-agents-template.js';
import type { InputValues } from '../../../src/domain/input.js';
import { judge, text } from './values.js';

const rules = (...texts: string[]) => ({
  state: 'present' as const,
  refused: [],
  files: texts.map((content, index) => ({ name: `rule-${index}.md`, text: content })),
});
const template = (file: InputValues['CLAUDE.md'], folder: InputValues['.claude/rules']) =>
  judge(c12AgentsTemplate, { 'CLAUDE.md': file, '.claude/rules': folder });

describe('C12 Agents template', () => {
  it.each(['kaizen', 'KAIZEN', 'the Kaizen-way'])('passes where CLAUDE.md says “%s”', (content) => {
    expect(template(text(content), { state: 'absent' })).toMatchObject({
      status: 'pass',
      detail: 'CLAUDE.md names kaizen.',
    });
  });

  it('passes where a rule names the template, even without CLAUDE.md', () => {
    const passes = { status: 'pass', detail: '.claude/rules/rule-1.md names kaizen.' };
    expect(template(text('thin'), rules('x', 'Kaizen'))).toMatchObject(passes);
    expect(template({ state: 'absent' }, rules('x', 'Kaizen'))).toMatchObject(passes);
  });

  it('fails where no file names the template', () => {
    expect(template(text('kai zen'), rules('x', 'y'))).toMatchObject({
      status: 'fail',
      detail: 'None of CLAUDE.md, .claude/rules/rule-0.md, .claude/rules/rule-1.md names kaizen.',
    });
    expect(template({ state: 'absent' }, { state: 'absent' })).toMatchObject({
      status: 'fail',
      detail: 'There is no CLAUDE.md, and there are no rules in .claude/rules.',
    });
  });

  it('when a file is rejected, then C12 fails with the reason, unless another file names the template', () => {
    const rejected = (reason: string) => ({ state: 'rejected', reason }) as const;
    const folder = rejected('CLAUDE.md is a folder, not a file.');
    expect(template(folder, rules('x'))).toMatchObject({ status: 'fail', detail: folder.reason });
    expect(template(folder, rules('kaizen')).status).toBe('pass');
    const reason = '.claude/rules/a.md is a link that leads out of the checkout.';
    const partly = (...texts: string[]) => ({ ...rules(...texts), refused: [reason] });
    expect(template(text('thin'), partly('x'))).toMatchObject({ status: 'fail', detail: reason });
    expect(template(text('thin'), partly('kaizen')).status).toBe('pass');
    expect(template(text('kaizen'), rejected('over a limit')).status).toBe('pass');
    expect(template(text('thin'), rejected('over a limit')).detail).toBe(
      '.claude/rules cannot be accepted: over a limit.',
    );
  });

  it('passes where .claude/CLAUDE.md names the template', () => {
    const inFolder = text('kaizen');
    expect(
      judge(c12AgentsTemplate, { 'CLAUDE.md': { state: 'absent' }, '.claude/CLAUDE.md': inFolder }),
    ).toMatchObject({ status: 'pass', detail: '.claude/CLAUDE.md names kaizen.' });
  });
});
