import { describe, expect, it } from 'vitest';
import { c12AgentsTemplate } from '../../../src/criteria/c12-agents-template.js';
import type { InputValues } from '../../../src/domain/input.js';
import { judge, text } from './values.js';

const rules = (...texts: string[]): InputValues['.claude/rules'] => ({
  state: 'present',
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

  it('passes where a rule names it, even without CLAUDE.md', () => {
    const passes = { status: 'pass', detail: '.claude/rules/rule-1.md names kaizen.' };
    expect(template(text('thin'), rules('x', 'Kaizen'))).toMatchObject(passes);
    expect(template({ state: 'absent' }, rules('x', 'Kaizen'))).toMatchObject(passes);
  });

  it('fails where neither names it', () => {
    expect(template(text('kai zen'), rules('x', 'y'))).toMatchObject({
      status: 'fail',
      detail: 'CLAUDE.md does not name kaizen, and none of the 2 rules in .claude/rules names it.',
    });
    expect(template({ state: 'absent' }, { state: 'absent' })).toMatchObject({
      status: 'fail',
      detail: 'There is no CLAUDE.md, and there are no rules in .claude/rules.',
    });
  });

  it('fails where either is unsafe, with its reason, whatever the other says', () => {
    const rejected = (reason: string) => ({ state: 'rejected', reason }) as const;
    expect(template(rejected('CLAUDE.md is a folder, not a file.'), rules('kaizen'))).toMatchObject({
      status: 'fail',
      detail: 'CLAUDE.md is a folder, not a file.',
    });
    expect(template(text('kaizen'), rejected('over a limit'))).toMatchObject({
      status: 'fail',
      detail: '.claude/rules cannot be accepted: over a limit.',
    });
  });
});
