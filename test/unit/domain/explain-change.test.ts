import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { explainChange } from '../../../src/domain/explain-change.js';
import { VERSIONED_KEYS, type VersionedKey } from '../../../src/domain/input.js';

const FILE = '1773967639.000000000~1773967640.250000000~42~7';
const key = fc.constantFrom(...VERSIONED_KEYS);
const anyText = fc.string({ unit: 'binary', maxLength: 60 });
const digits = fc.integer({ min: 0, max: 2_000_000_000 });
/** The forms that probes give. */
const real = fc.oneof(
  fc.constantFrom('absent', 'none', '["default","active"]', 'here:/srv/x:absent', 'here:/srv/x#/srv/x#1:2'),
  digits.map((seconds) => `${seconds}.000000000~${seconds}.123456789~42~7`),
  digits.map((count) => `${count}#0123456789abcdef`),
  fc.constantFrom(
    '2026-03-20T10:42:07.123456Z#0123456789abcdef',
    '0.1.0#abc',
    'over-limit#5001',
    `${FILE}@fifo`,
  ),
);

afterEach(() => {
  vi.useRealTimers();
});

describe('the explanation of a change', () => {
  it.each([
    [
      'repo',
      'x#1',
      '2026-03-20T10:42:07.123456Z#2',
      "The repository's row in the registry changed at 2026-03-20T10:42:07.123456Z.",
    ],
    [
      'domain',
      '["d","active"]',
      '["d","archived"]',
      'The domain or its status changed: ["d","active"] is now ["d","archived"].',
    ],
    ['goal', 'none#1', 'none#2', 'The goals of the repository changed.'],
    ['tpsc', 'none#0', 'none#1', 'The snapshots of third-party services changed.'],
    ['checker', 'a', 'b', 'The consistency checker changed.'],
    [
      'criteria',
      '0.1.0#a',
      '0.2.0#b',
      'The rules changed: release 0.1.0 (criteria a) is now 0.2.0 (criteria b).',
    ],
    [
      'criteria',
      '0.1.0#a',
      '0.1.0#b',
      'The rules changed: release 0.1.0 (criteria a) is now 0.1.0 (criteria b).',
    ],
    ['checkout', 'h:/x#/x#1:2', 'h:/x:absent', 'The checkout changed: h:/x#/x#1:2 is now h:/x:absent.'],
    ['SCOPE.md', 'absent', FILE, 'SCOPE.md was added.'],
    ['CLAUDE.md', FILE, 'absent', 'CLAUDE.md was removed.'],
    ['tpsc.yaml', 'x', FILE, 'tpsc.yaml was edited at 2026-03-20T00:47:20.250Z.'],
    ['CLAUDE.md', FILE, `${FILE}@fifo`, 'CLAUDE.md changed.'],
    ['workplans', '1#a', '2#b', 'workplans changed.'],
    ['.claude/rules', 'absent', '2#b', '.claude/rules was added.'],
  ] as const)('of %s from %s to %s is a sentence', (input, was, now, sentence) => {
    expect(explainChange(input, was, now)).toBe(sentence);
  });

  it('exists for any input and any two versions', () => {
    fc.assert(
      fc.property(key, anyText, anyText, (input, was, now) => {
        const sentence = explainChange(input, was, now);
        expect(sentence.length).toBeGreaterThan(10);
        expect(sentence.endsWith('.')).toBe(true);
      }),
    );
  });

  it('holds no relative time', () => {
    fc.assert(
      fc.property(key, real, real, (input, was, now) => {
        const at = (time: string) => {
          vi.useFakeTimers({ now: new Date(time), toFake: ['Date'] });
          return explainChange(input, was, now);
        };
        const sentence = at('2026-03-20T12:00:00Z');
        expect(at('2036-01-01T00:00:00Z')).toBe(sentence);
        expect(sentence).not.toMatch(
          /\b(ago|just now|today|yesterday|recently|seconds?|minutes?|hours?|days?)\b/i,
        );
      }),
    );
  });

  it('names the input for every file and folder', () => {
    for (const input of [
      'SCOPE.md',
      'CLAUDE.md',
      'tpsc.yaml',
      '.claude/rules',
      'workplans',
    ] satisfies VersionedKey[])
      fc.assert(
        fc.property(real, real, (was, now) => {
          expect(explainChange(input, was, now)).toContain(input);
        }),
      );
  });
});
