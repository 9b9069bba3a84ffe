import { expect, it } from 'vitest';
import { formatCounts, formatGroup } from '../../../src/cli/format-doctor.js';
import { plain } from '../../../src/cli/terminal.js';
import { countStates, ok, problem, toDoctorAnswer, warning } from '../../../src/doctor/check.js';

const GROUP = {
  name: 'Redis',
  checks: [
    ok('server', 'Redis 7.0.15 at 127.0.0.1:6379'),
    warning('persistence', 'None.', 'Run it with appendonly yes.'),
    problem('maxmemory-policy', 'allkeys-lru', 'Set noeviction.'),
  ],
};

it('shows a line for each check with its state as a word, and a remedy below each that is not ok', () => {
  expect(formatGroup(GROUP, { paint: plain, width: 100 })).toBe(
    [
      'Redis',
      '  ok       server            Redis 7.0.15 at 127.0.0.1:6379',
      '  warning  persistence       None.',
      '                             → Run it with appendonly yes.',
      '  problem  maxmemory-policy  allkeys-lru',
      '                             → Set noeviction.',
      '',
    ].join('\n'),
  );
});

it.each([
  [40, 60],
  [80, 80],
  [100, 100],
  [120, 120],
  [300, 120],
  [undefined, 100],
])('wraps for a terminal of %s columns at %i', (width, expected) => {
  const text = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ');
  const shown = formatGroup({ name: 'x', checks: [problem('y', text, text)] }, { paint: plain, width });
  const lengths = shown.split('\n').map((line) => line.length);
  expect(Math.max(...lengths)).toBeLessThanOrEqual(expected);
  expect(Math.max(...lengths)).toBeGreaterThan(expected - 10);
  expect(shown.replace(/\s+/g, ' ')).toContain(text);
});

it('keeps a word that is wider than a line whole, so that it can be copied', () => {
  const path = `/${'long/'.repeat(60)}`;
  expect(
    formatGroup({ name: 'x', checks: [ok('y', `at ${path} there`)] }, { paint: plain, width: 80 }),
  ).toContain(`\n${' '.repeat(14)}${path}\n`);
});

it('shows no escape sequence of what was found or of a remedy', () => {
  const evil = '\u001b[31mred\u009b2J\nnew\u202eline';
  const shown = formatGroup({ name: 'x', checks: [problem('y', evil, evil)] }, { paint: plain, width: 80 });
  expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  expect(shown.split('\n')).toHaveLength(4);
});

it('counts the states, as text and in JSON, where the worst state stands too', () => {
  const groups = [GROUP, { name: 'Host', checks: [ok('a', 'b')] }];
  const counts = countStates(groups);
  expect(formatCounts(counts, plain)).toBe('2 ok, 1 warning, 1 problem\n');
  expect(formatCounts({ ok: 0, warning: 2, problem: 0 }, plain)).toBe('0 ok, 2 warnings, 0 problems\n');
  expect(toDoctorAnswer(groups)).toMatchObject({
    state: 'problem',
    counts: { ok: 2, warning: 1, problem: 1 },
  });
  expect(toDoctorAnswer(groups).checks[3]).toEqual({ group: 'Host', ...ok('a', 'b') });
  const warned = { name: 'x', checks: [ok('a', 'b'), warning('a', 'b', 'c')] };
  expect(toDoctorAnswer([warned]).state).toBe('warning');
  expect(toDoctorAnswer([{ name: 'x', checks: [ok('a', 'b')] }]).state).toBe('ok');
});
