import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkWorkplans } from '../../../src/checker/built-in/check-workplans.js';
import { readMarkdown } from '../../../src/criteria/parse/markdown.js';
import { readScope, SCOPE_HEADINGS } from '../../../src/criteria/parse/scope.js';
import { readServices } from '../../../src/criteria/parse/services.js';

const docs = readFileSync(join(import.meta.dirname, '../../../docs/criteria.md'), 'utf8');
const examples = readMarkdown(docs).fences;
const example = (start: string) => examples.find(({ text }) => text.startsWith(start))?.text ?? '';

describe('docs/criteria.md', () => {
  it('names the eleven headings of SCOPE.md', () => {
    expect(docs.replaceAll('\n', ' ')).toContain(`${SCOPE_HEADINGS.join(', ')}.`);
  });

  it('shows a capability block that can be read', () => {
    expect(readScope(example('## Provided')).capabilities).toEqual([{ line: 3 }]);
  });

  it('shows a tpsc.yaml that is valid', () => {
    expect(readServices(example('services:'))).toEqual({ ok: true, count: 1 });
  });

  it('shows how a tpsc.yaml names its schema, by a server and by the package', () => {
    const named = examples.filter(({ text }) => text.startsWith('# yaml-language-server: $schema='));
    expect(named.map(({ text }) => /\S+\/schemas\/tpsc\.json$/m.exec(text)?.[0])).toEqual([
      '$schema=https://doi.example/schemas/tpsc.json',
      '$schema=./node_modules/doi-worker/bundle/schemas/tpsc.json',
    ]);
    for (const { text } of named) expect(readServices(text)).toEqual({ ok: true, count: 0 });
  });

  it('shows a workplan in which only the one it depends on is missing', () => {
    const text = example('---\nid:');
    const path = 'workplans/CUST-WP-0024-repo-doi-gate.md';
    expect(checkWorkplans([{ path, content: { state: 'present', text } }])).toEqual([
      {
        check: 'C-03',
        severity: 'WARN',
        file: path,
        line: 8,
        message: expect.stringContaining('CUST-WP-0019'),
      },
    ]);
  });
});
