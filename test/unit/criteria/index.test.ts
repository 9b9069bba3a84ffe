import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CRITERIA } from '../../../src/criteria/index.js';
import type { InputValues, ValueKey } from '../../../src/domain/input.js';
import { MAX_TEXT } from '../../../src/domain/text.js';
import { reachTier, TIER_CRITERIA } from '../../../src/domain/tier.js';
import { CRITERION_IDS } from '../../../src/domain/verdict.js';
import { inputs, repo } from './values.js';

const DECLARED: Record<string, readonly ValueKey[]> = {
  C1: ['repo'],
  C2: ['repo', 'domain'],
  C3: ['repo', 'checkout'],
  C4: ['repo'],
  C5: ['SCOPE.md'],
  C6: ['CLAUDE.md', '.claude/CLAUDE.md'],
  C7: ['findings'],
  C8: ['repo'],
  C9: ['repo', 'tpsc.yaml', 'tpsc'],
  C10: ['repo', 'goal'],
  C11: ['SCOPE.md'],
  C12: ['CLAUDE.md', '.claude/CLAUDE.md', '.claude/rules'],
  C13: ['findings'],
  C14: ['repo'],
};

const LABELS = [
  'Registered',
  'Domain active',
  'Checkout present',
  'Remote set',
  'SCOPE.md',
  'CLAUDE.md',
  'Workplans valid',
  'SBOM ingested',
  'Services declared',
  'Goal active',
  'Capabilities declared',
  'Agents template',
  'Consistency clean',
  'Host paths set',
];

const NO_CHECKOUT = {
  'SCOPE.md': { state: 'no-checkout' },
  'CLAUDE.md': { state: 'no-checkout' },
  'tpsc.yaml': { state: 'no-checkout' },
  '.claude/CLAUDE.md': { state: 'no-checkout' },
  '.claude/rules': { state: 'no-checkout' },
  findings: { state: 'no-checkout' },
} as const;

describe('the list of criteria', () => {
  it('holds the fourteen in order, with their labels', () => {
    expect(CRITERIA.map(({ id }) => id)).toEqual(CRITERION_IDS);
    expect(CRITERIA.map(({ label }) => label)).toEqual(LABELS);
  });

  it('puts each criterion in the tier that counts it', () => {
    for (const { id, tier } of CRITERIA) expect(TIER_CRITERIA[tier]).toContain(id);
  });

  it.each(CRITERIA)('has $id declare the inputs of the design and no others', ({ id, inputs: declared }) => {
    expect(declared).toEqual(DECLARED[id]);
  });

  it('has one file for each criterion, and one row for it in docs/criteria.md', () => {
    const root = join(import.meta.dirname, '../../..');
    const files = readdirSync(join(root, 'src/criteria')).filter((name) => /^c\d\d-/.test(name));
    expect(files).toHaveLength(CRITERIA.length);
    const docs = readFileSync(join(root, 'docs/criteria.md'), 'utf8');
    for (const { id, tier, label } of CRITERIA) expect(docs).toContain(`| ${id} | ${tier} | ${label} |`);
  });
});

describe('every criterion', () => {
  it('passes with good values, which is the tier full', () => {
    const verdicts = CRITERIA.map((criterion) => criterion.judgeDeclared(inputs()));
    expect(verdicts.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(verdicts.every(({ remedy }) => remedy === null)).toBe(true);
    expect(reachTier(verdicts).tier).toBe('full');
  });

  it.each(CRITERIA)('$id gets its declared inputs and no others at run time', (criterion) => {
    const undeclared = (Object.keys(inputs()) as ValueKey[]).filter((key) => !criterion.inputs.includes(key));
    const guarded = { ...inputs() };
    for (const key of undeclared) {
      Object.defineProperty(guarded, key, {
        get() {
          throw new Error(`${criterion.id} read ${key}`);
        },
      });
    }
    expect(criterion.judgeDeclared(guarded).status).toBe('pass');
  });

  it.each(CRITERIA)('$id refuses to be judged without an input that it declares', (criterion) => {
    for (const key of criterion.inputs) {
      const { [key]: _, ...rest } = inputs();
      expect(() => criterion.judgeDeclared(rest)).toThrow(TypeError);
    }
  });

  it('is pure: the same frozen values give the same verdict', () => {
    const values = Object.freeze(inputs(repo({ hostPaths: Object.freeze({}) })));
    for (const criterion of CRITERIA)
      expect(criterion.judgeDeclared(values)).toEqual(criterion.judgeDeclared(values));
  });

  it.each(CRITERIA.filter(({ inputs: keys }) => keys.some((key) => key in NO_CHECKOUT)))(
    '$id is skipped, with a remedy, where there is no checkout',
    (criterion) => {
      const verdict = criterion.judgeDeclared(inputs(NO_CHECKOUT));
      expect(verdict.status).toBe('skip');
      expect(verdict.remedy).toContain('C3 says how');
    },
  );

  it('keeps detail and remedy on one clean, bounded line whatever a repository holds', () => {
    const evil = `\u001b[31m\u202e\u0000${'x'.repeat(5_000)}\n\n${'y'.repeat(5_000)}`;
    const rejected = { state: 'rejected', reason: evil } as const;
    const values: InputValues[] = [
      inputs({
        ...repo({ slug: evil, name: '', remoteUrl: evil, hostPaths: { [evil]: evil }, lastSbomAt: evil }),
        domain: { slug: evil, status: evil },
        checkout: { state: 'absent', host: evil, path: evil },
        'SCOPE.md': rejected,
        'CLAUDE.md': rejected,
        'tpsc.yaml': rejected,
        '.claude/rules': rejected,
        findings: {
          state: 'checked',
          findings: Array(50).fill({ check: evil, severity: 'FAIL', file: evil, line: 1, message: evil }),
        },
      }),
      inputs({
        'SCOPE.md': { state: 'present', text: `\`\`\`capability\n!<${evil}\n\`\`\`` },
        'CLAUDE.md': { state: 'absent' },
        'tpsc.yaml': { state: 'present', text: `services:\n  - slug: "${'x'.repeat(5_000)}"` },
        '.claude/rules': { state: 'present', files: [{ name: evil, text: 'kaizen' }], refused: [] },
        findings: rejected,
      }),
    ];
    for (const value of values) {
      for (const criterion of CRITERIA) {
        const { detail, remedy } = criterion.judgeDeclared(value);
        for (const sentence of [detail, remedy ?? '']) {
          expect(sentence.length).toBeLessThanOrEqual(MAX_TEXT);
          expect(sentence).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
        }
      }
    }
  });
});
