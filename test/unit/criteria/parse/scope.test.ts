import { describe, expect, it } from 'vitest';
import { readScope, SCOPE_HEADINGS } from '../../../../src/criteria/parse/scope.js';

const block = (yaml: string) => readScope(`\`\`\`capability\n${yaml}\n\`\`\``).capabilities;
const none = (body: string) => readScope(`## Provided Capabilities\n${body}`).saysNone;

describe('sections', () => {
  it('are the eleven', () => {
    expect(SCOPE_HEADINGS).toHaveLength(11);
    expect(readScope('').missing).toEqual(SCOPE_HEADINGS);
  });

  it('count at level 2 only, and without case', () => {
    const { missing } = readScope('# One-liner\n## CORE IDEA\n### In Scope\n## related / overlapping\n');
    expect(missing).toEqual(
      SCOPE_HEADINGS.filter((name) => !['Core Idea', 'Related / Overlapping'].includes(name)),
    );
  });
});

describe('a section that is there under another heading', () => {
  it.each([
    ['# One-liner', '# One-liner'],
    ['### One-liner', '### One-liner'],
    ['## 1. One-liner', '## 1. One-liner'],
    ['## 🎯 One-liner', '## 🎯 One-liner'],
    ['## One-liner:', '## One-liner:'],
    ['## One liner', '## One liner'],
  ])('is named with its line: %s', (heading, found) => {
    expect(readScope(`x\n\n${heading}\n`).near).toEqual([{ section: 'One-liner', line: 3, found }]);
  });

  it('is the section itself where only white space and comments differ', () => {
    const { missing } = readScope('##  Core\u00a0Idea  <!-- omit in toc -->\n');
    expect(missing).not.toContain('Core Idea');
  });
});

it('front matter is no heading', () => {
  expect(readScope('---\n## Terminology\ntitle: x\n---\n\n## Core Idea\n').missing).toContain('Terminology');
});

describe('capability blocks', () => {
  it('can be read with type and title, and may have description and keywords', () => {
    expect(block('type: data\ntitle: T')).toEqual([{ line: 1 }]);
    expect(block('type: other\ntitle: T\ndescription: D\nkeywords: [a, b]')).toEqual([{ line: 1 }]);
  });

  it.each([
    ['type: [', /flow collection/],
    ['- a', /not a map/],
    ['title: T', /`type` is none of infrastructure, api/],
    ['type: API\ntitle: T', /`type` is none of/],
    ['type: api', /`title` is missing/],
    ['type: api\ntitle: 7', /`title` is missing or not a text/],
    ['type: api\ntitle: T\ndescription: [x]', /`description` is not a text/],
    ['type: api\ntitle: T\nkeywords: a', /`keywords` is not a list of texts/],
    ['type: api\ntitle: T\nkeywords: [1]', /`keywords` is not a list of texts/],
    ['type: &a api\ntitle: *a', /aliases/],
    ['', /empty/],
  ])('cannot be read as %o', (yaml, problem) => {
    expect(block(yaml)[0]?.problem).toMatch(problem);
  });

  it('name the line of the file with their fault', () => {
    const text = '# T\n\n```capability\ntype: api\ntype: api\n```\n\n```capability\ntitle: T\n```';
    expect(readScope(text).capabilities.map(({ line }) => line)).toEqual([5, 8]);
  });

  it('are only fences with exactly this info string', () => {
    expect(readScope('```yaml\ntype: api\n```\n```capability-x\n```').capabilities).toEqual([]);
  });

  it('are read up to a number', () => {
    const { capabilities } = readScope('```capability\ntype: api\ntitle: T\n```\n'.repeat(300));
    expect(capabilities).toHaveLength(201);
    expect(capabilities[200]?.problem).toBe('more than 200 capability blocks');
  });
});

describe('the section that says none', () => {
  it.each([
    'None',
    'none.',
    '- none',
    '* None',
    '_None_',
    '**None.**',
    'No capabilities',
    'No capabilities provided.',
    'n/a',
    'N/A.',
    'Not applicable.',
    'None yet.',
    'None. This repository only consumes.',
    'None — it only consumes.',
    'None (for now)',
    ...[
      '(none)',
      'None at this time.',
      'No capabilities yet.',
      'None so far.',
      'Currently none.',
      '1. None',
      'There are none.',
    ],
    '\n\nThis repository provides:\n\n- None\n',
  ])('is recognised as %o', (body) => {
    expect(none(body)).toBe(true);
  });

  it.each([
    '',
    'TBD',
    'None of the capabilities is stable',
    'nonesuch',
    'Authentication: none',
    '### Gaps\n\nNone.',
    '```\nNone\n```',
    '<!-- None -->',
    '# Next\nNone',
  ])('is not recognised in %o', (body) => {
    expect(none(body)).toBe(false);
  });

  it('is no other section', () => {
    expect(readScope('## Terminology\nNone.').saysNone).toBe(false);
  });
});
