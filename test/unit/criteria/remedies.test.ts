import { describe, expect, it } from 'vitest';
import { CRITERIA } from '../../../src/criteria/index.js';
import { PLACEHOLDER_MARK } from '../../../src/criteria/parse/placeholders.js';
import type { Finding, InputValues, TextFile, ValueKey } from '../../../src/domain/input.js';
import type { AnyCriterion, CriterionId, Status, Verdict } from '../../../src/domain/verdict.js';
import { inputs, repo, SCOPE, text } from './values.js';

/** A command to copy. */
const COMMAND = /`(?:doi [a-z]+|git (?:remote|clone)|mv|ln -s|chown) [^`]*`/;
const MARK = PLACEHOLDER_MARK;

const file = (name: string, instead: readonly string[], ...texts: string[]): TextFile[] => [
  { state: 'absent' },
  ...instead.map((each) => ({ state: 'absent', instead: each }) as const),
  { state: 'rejected', reason: `${name} is larger than 256 KiB.` },
  { state: 'rejected', reason: 'x'.repeat(600) },
  { state: 'no-checkout' },
  ...texts.map(text),
];
const finding = (check: string, severity: Finding['severity'], path?: string): Finding => ({
  ...{ check, severity, message: 'y'.repeat(500) },
  ...(path === undefined ? {} : { file: path, line: 3 }),
});
const found = (...findings: Finding[]) => ({ state: 'checked', findings }) as const;
const longSlug = 'a'.repeat(100);
const at = { host: 'alpha', path: '/srv/acme/widget' };

/** Of each input, a value for every way in which a criterion judges it. */
const VALUES: { readonly [K in ValueKey]: readonly InputValues[K][] } = {
  repo: [
    inputs().repo,
    ...[{ slug: '' }, { name: '' }, { slug: longSlug, name: '' }, { slug: 'not a slug', name: '' }],
    ...[
      { domainId: null },
      { domainId: null, slug: longSlug },
      { remoteUrl: null },
      { remoteUrl: 'nonsense' },
    ],
    ...[
      { remoteUrl: 'ext::x', slug: longSlug, hostPaths: { alpha: `/${'p'.repeat(199)}` } },
      { hostPaths: {} },
    ],
    ...[{ hostPaths: {}, slug: longSlug }, { lastSbomAt: null }, { lastSbomAt: null, slug: longSlug }],
  ].map((changes) => ({ ...inputs().repo, ...repo(changes).repo })),
  domain: [null, { slug: 'acme', status: 'active' }, { slug: 'd'.repeat(50), status: 'z'.repeat(500) }],
  goal: [{ active: 0 }, { active: 1 }],
  tpsc: [{ snapshots: 0 }, { snapshots: 1 }],
  checkout: [
    ...(['absent', 'not-a-folder', 'foreign-link', 'present'] as const).map((state) => ({ state, ...at })),
    { state: 'present', ...at, branch: 'main' },
    { state: 'unset', host: 'alpha' },
  ],
  'SCOPE.md': [
    ...file(
      'SCOPE.md',
      ['scope.md'],
      SCOPE,
      '',
      '# Scope\n',
      `${SCOPE}${MARK} more\n`,
      '```capability\n- 1\n```\n',
    ),
    text(SCOPE.replace('## Terminology', '## 9. Terminology')),
    text(SCOPE.replaceAll('Text.', `${MARK} say it`).replace(/```[\s\S]*```/, `${MARK} say it`)),
    text(`${SCOPE.replaceAll(/^## .*$/gm, '').replace('api', 'magic')}\n${`${MARK} one\n`.repeat(40)}`),
  ],
  'CLAUDE.md': file(
    'CLAUDE.md',
    ['AGENTS.md', 'Claude.md'],
    'x',
    'kaizen',
    `# A\n${MARK} b\n`,
    `A\n${MARK} b\n`,
  ),
  '.claude/CLAUDE.md': file('.claude/CLAUDE.md', [], 'x', `# A\n${MARK} b\n`, `kaizen\n${MARK} b\n`),
  '.claude/rules': [
    { state: 'absent' },
    { state: 'no-checkout' },
    { state: 'rejected', reason: '.claude/rules is a file, not a folder.' },
    { state: 'present', files: [{ name: 'a.md', text: 'x' }], refused: [] },
    { state: 'present', files: [{ name: 'a.md', text: 'kaizen' }], refused: [] },
    { state: 'present', files: [], refused: ['.claude/rules/b.md is not UTF-8 text.'] },
  ],
  'tpsc.yaml': file(
    'tpsc.yaml',
    ['tpsc.yml'],
    'services: []\n',
    `# ${MARK} x\nservices: []\n`,
    'services: [',
    'a: 1',
  ),
  findings: [
    { state: 'no-checkout' },
    { state: 'rejected', reason: 'workplans has more than 5,000 entries.' },
    found(),
    ...(['WARN', 'FAIL', 'INFO'] as const).flatMap((severity) => [
      found(finding('C-01', severity)),
      found(finding('C-02', severity, 'workplans/x.md')),
      found(finding('C-15', severity, 'workplans/x.md')),
      found(finding('exit-code', severity)),
      found(
        ...['C-01', 'exit-code'].map((check) => finding(check, severity)),
        ...['C-02', 'C-06', 'C-11', 'C-15'].map((check) =>
          finding(check, severity, `workplans/${'x'.repeat(80)}.md`),
        ),
      ),
    ]),
  ],
};

/** The verdicts of a criterion for every combination of the values of its inputs. */
function judgeAll(criterion: AnyCriterion): Verdict[] {
  let combinations: Partial<InputValues>[] = [{}];
  for (const key of criterion.inputs)
    combinations = combinations.flatMap((each) => VALUES[key].map((value) => ({ ...each, [key]: value })));
  return combinations.map((values) => criterion.judgeDeclared(values));
}

const STATUSES: Readonly<Partial<Record<CriterionId, readonly Status[]>>> = {
  C5: ['fail', 'pass', 'skip', 'warn'],
  C6: ['fail', 'pass', 'skip', 'warn'],
  C7: ['fail', 'pass', 'skip'],
  C9: ['fail', 'pass', 'skip'],
  C11: ['fail', 'pass', 'skip'],
  C12: ['fail', 'pass', 'skip'],
  C13: ['fail', 'pass', 'skip'],
};

describe('a remedy', () => {
  it.each(CRITERIA)('of $id names a command to copy, whatever the outcome, and is not cut', (criterion) => {
    const verdicts = judgeAll(criterion);
    const statuses = new Set(verdicts.map(({ status }) => status));
    expect([...statuses].sort()).toEqual(STATUSES[criterion.id] ?? ['fail', 'pass']);
    for (const { status, detail, remedy } of verdicts) {
      if (status === 'pass') continue;
      expect(remedy, detail).toMatch(COMMAND);
      expect(remedy).toMatch(/[.)`]$/);
      expect(detail).not.toMatch(/…$/);
    }
  });

  it.each([
    ['C5', 'SCOPE.md'],
    ['C6', 'CLAUDE.md'],
    ['C9', 'tpsc.yaml'],
    ['C11', 'SCOPE.md'],
  ] as const)('of %s where %s is absent names `doi init PATH`', (id, key) => {
    const verdict = CRITERIA.find((each) => each.id === id)?.judgeDeclared(
      inputs({ [key]: { state: 'absent' } }),
    );
    expect(verdict?.remedy).toContain('`doi init PATH`');
  });

  it.each(['C13'] as const)('of %s without a folder of workplans names `doi init PATH`', (id) => {
    const findings = found(finding('C-01', 'WARN'));
    const verdict = CRITERIA.find((each) => each.id === id)?.judgeDeclared(inputs({ findings }));
    expect(verdict?.remedy).toContain('`doi init PATH`');
  });
});
