import { describe, expect, it } from 'vitest';
import { checkWorkplans } from '../../../src/checker/built-in/check-workplans.js';
import { c05Scope } from '../../../src/criteria/c05-scope.js';
import { c06ClaudeMd } from '../../../src/criteria/c06-claude-md.js';
import { c09ServicesDeclared } from '../../../src/criteria/c09-services-declared.js';
import { c11CapabilitiesDeclared } from '../../../src/criteria/c11-capabilities-declared.js';
import { c12AgentsTemplate } from '../../../src/criteria/c12-agents-template.js';
import { findPlaceholders, PLACEHOLDER_MARK, parseFile } from '../../../src/criteria/parse/placeholders.js';
import { readScope, SCOPE_HEADINGS } from '../../../src/criteria/parse/scope.js';
import { readServices } from '../../../src/criteria/parse/services.js';
import {
  claudeTemplate,
  scopeTemplate,
  servicesTemplate,
  workplansTemplate,
  workplanTemplate,
} from '../../../src/init/templates.js';
import { judge, text } from '../criteria/values.js';

const ALL = {
  scope: scopeTemplate('widget'),
  claude: claudeTemplate('widget'),
  services: servicesTemplate(),
  workplans: workplansTemplate(),
  workplan: workplanTemplate({ id: 'WIDGET-WP-0001', title: 'Say "hello": a \\ test #1' }),
};

/** What a person makes of a template: each placeholder replaced. */
function fill(template: string, by: string): string {
  return template.replaceAll(new RegExp(`${PLACEHOLDER_MARK.replace(/[()]/g, '\\$&')}.*`, 'g'), by);
}

describe('a template', () => {
  it.each(Object.entries(ALL))(
    'of %s ends with one line feed, and holds no control character',
    (_, template) => {
      expect(template).toMatch(/[^\n]\n$/);
      expect(template).not.toMatch(/[^\n\P{Cc}]/u);
    },
  );
});

describe('the template of SCOPE.md', () => {
  it('has the eleven sections, each with one placeholder and nothing else', () => {
    const scope = readScope(ALL.scope);
    expect(scope).toMatchObject({ missing: [], unfilled: SCOPE_HEADINGS, capabilities: [], saysNone: false });
    expect(scope.placeholders).toHaveLength(SCOPE_HEADINGS.length);
    for (const { text: what } of scope.placeholders) expect(what).toMatch(/^[A-Z].{10,}\.$/);
  });

  it('is a warning of C5 and fails C11 as it is, and passes both once it is filled in', () => {
    expect(judge(c05Scope, { 'SCOPE.md': text(ALL.scope) }).status).toBe('warn');
    expect(judge(c11CapabilitiesDeclared, { 'SCOPE.md': text(ALL.scope) }).status).toBe('fail');
    const filled = text(fill(ALL.scope, 'None.'));
    expect(judge(c05Scope, { 'SCOPE.md': filled }).status).toBe('pass');
    expect(judge(c11CapabilitiesDeclared, { 'SCOPE.md': filled }).status).toBe('pass');
  });
});

describe('the template of CLAUDE.md', () => {
  it('fails C6 as it is, and passes once it is filled in; it takes up the agents template', () => {
    const file = (content: string) => ({ 'CLAUDE.md': text(content) });
    expect(judge(c06ClaudeMd, file(ALL.claude))).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('is still the template'),
    });
    expect(judge(c06ClaudeMd, file(fill(ALL.claude, 'make'))).status).toBe('pass');
    expect(judge(c12AgentsTemplate, file(ALL.claude)).status).toBe('pass');
  });
});

describe('the template of tpsc.yaml', () => {
  it('is valid, and declares nothing while its placeholder is there', () => {
    expect(readServices(ALL.services)).toEqual({ ok: true, count: 0 });
    expect(judge(c09ServicesDeclared, { 'tpsc.yaml': text(ALL.services) }).status).toBe('fail');
    expect(judge(c09ServicesDeclared, { 'tpsc.yaml': text(fill(ALL.services, '')) }).status).toBe('pass');
  });

  it('has an example that is valid once it is no comment', () => {
    const [, example = ''] = ALL.services.split('services: []\n');
    expect(readServices(example.replaceAll(/^# ?/gm, ''))).toEqual({ ok: true, count: 1 });
  });
});

describe('the templates of workplans', () => {
  const check = (content: string) =>
    checkWorkplans([
      { path: 'workplans/README.md', content: { state: 'present', text: ALL.workplans } },
      { path: 'workplans/WIDGET-WP-0001-say-hello.md', content: { state: 'present', text: content } },
    ]);

  it('are valid: the only findings are those of the placeholders, and none once they are filled in', () => {
    expect(check(ALL.workplan).map(({ check: id, severity }) => `${id} ${severity}`)).toEqual([
      'C-15 INFO',
      'C-15 INFO',
    ]);
    expect(check(fill(ALL.workplan, 'Done.'))).toEqual([]);
  });

  it('have a README without a placeholder', () => {
    expect(findPlaceholders(parseFile(ALL.workplans)).placeholders).toEqual([]);
  });
});
