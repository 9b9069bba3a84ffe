import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { history } from '../../../src/api/history.js';
import { hosts } from '../../../src/api/hosts.js';
import { lenient } from '../../../src/api/lenient.js';
import { report } from '../../../src/api/report.js';
import { historyWith, hostsWith, reportWith } from '../mcp/made-answers.js';

/** The value with another field in each object of it. */
function withMore(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMore);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => [name, withMore(field)]);
  return { ...Object.fromEntries(fields), of_a_later_release: { x: 1 } };
}

describe('a lenient schema', () => {
  it.each([
    ['a report', report, { ...reportWith('x'), evaluation: null }],
    ['a history', history, historyWith('x')],
    ['hosts', hosts, hostsWith(2, 'x')],
  ] as [string, z.ZodType, unknown][])(
    'leaves out what a later release added to %s, at any depth',
    (_what, schema, value) => {
      expect(schema.safeParse(withMore(value)).success).toBe(false);
      expect(lenient(schema).parse(withMore(value))).toEqual(value);
    },
  );

  it('reads codes, inputs and kinds of checkouts that it does not know, and no other type or tier', () => {
    const [reason] = reportWith('x').stale_reasons;
    const later = { ...reportWith('x'), stale_reasons: [{ ...reason, input: 'LATER.md', code: 'later' }] };
    const checkout = reportWith('x').checkout;
    expect(checkout).not.toBeNull();
    const kind = { ...later, checkout: { ...checkout, kind: 'later' } };
    expect(lenient(report).parse(kind)).toMatchObject({ checkout: { kind: 'later' } });
    expect(lenient(report).parse(later).stale_reasons).toEqual(later.stale_reasons);
    for (const wrong of [
      { tier: 'gold' },
      { criteria: {} },
      { checked_at: 3 },
      { stale_reasons: [{ code: 'x' }] },
    ])
      expect(lenient(report).safeParse({ ...later, ...wrong }).success, JSON.stringify(wrong)).toBe(false);
  });
});
