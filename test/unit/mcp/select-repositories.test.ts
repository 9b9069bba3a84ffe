import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toCursor } from '../../../src/api/summary-cursor.js';
import { TIERS } from '../../../src/domain/tier.js';
import { CRITERION_IDS } from '../../../src/domain/verdict.js';
import { type Selection, selectRepositories } from '../../../src/mcp/select-repositories.js';
import { summaryOf } from './made-answers.js';

const all = summaryOf(300).map((entry) => ({ ...entry, failing: entry.failing.map(({ id }) => id) }));
const select = (selection: Partial<Selection>) => selectRepositories(all, { filter: {}, ...selection });

describe('the filters', () => {
  it('keep what all of them keep', () => {
    fc.assert(
      fc.property(
        fc.record({
          domain: fc.option(fc.constantFrom('domain-1', 'domain-7', 'nothing'), { nil: undefined }),
          tier: fc.option(fc.constantFrom(...TIERS), { nil: undefined }),
          stale: fc.option(fc.boolean(), { nil: undefined }),
          broken: fc.option(fc.boolean(), { nil: undefined }),
          failing: fc.option(fc.constantFrom(...CRITERION_IDS), { nil: undefined }),
        }),
        (filter) => {
          const expected = all.filter(
            (one) =>
              [undefined, one.domain_slug].includes(filter.domain) &&
              [undefined, one.tier].includes(filter.tier) &&
              [undefined, one.stale].includes(filter.stale) &&
              [undefined, one.broken].includes(filter.broken) &&
              (filter.failing === undefined || one.failing.includes(filter.failing)),
          );
          const slugs = (list: readonly { repo_slug: string }[]) => list.map((one) => one.repo_slug).sort();
          expect(slugs(select({ filter }).matching)).toEqual(slugs(expected));
        },
      ),
    );
  });
});

describe('the pages', () => {
  it('have each repository once, worst first, also where the last one of a page is gone by the next', () => {
    const seen: string[] = [];
    let rest = all;
    let cursor: string | undefined;
    for (;;) {
      const { matching, from } = selectRepositories(rest, { filter: {}, cursor });
      const page = matching.slice(from, from + 25);
      const last = page.at(-1);
      if (last === undefined) break;
      seen.push(...page.map((one) => one.repo_slug));
      cursor = toCursor(last);
      rest = rest.filter((one) => one !== last);
    }
    expect(new Set(seen).size).toBe(300);
    expect(seen).toEqual(select({}).matching.map((one) => one.repo_slug));
  });

  const encoded = (place: unknown) => Buffer.from(JSON.stringify(place)).toString('base64url');
  it.each(['', 'x', 'judged.core.a', encoded([true, 'gold', 'a']), encoded([true, 'core'])])(
    'refuse the cursor %j',
    (cursor) => {
      expect(() => select({ cursor })).toThrow('No page gave this cursor.');
    },
  );
});

describe('the groups', () => {
  it('count the matching repositories, the largest first', () => {
    expect(select({ groupBy: 'tier' }).groups?.map(({ count }) => count)).toEqual([75, 75, 75, 75]);
    expect(select({ groupBy: 'domain', filter: { domain: 'domain-3' } }).groups).toEqual([
      { key: 'domain-3', count: 6 },
    ]);
    const [first] = select({ groupBy: 'criterion' }).groups ?? [];
    expect(first).toEqual({ key: 'C14', count: 300 });
  });

  it('name the repositories without a domain by what the filter takes for them', () => {
    const [one] = all;
    if (one === undefined) throw new Error('There is none.');
    const entries = [{ ...one, domain_slug: null }];
    const { groups } = selectRepositories(entries, { filter: {}, groupBy: 'domain' });
    const filter = { domain: groups?.[0]?.key };
    expect(selectRepositories(entries, { filter: { domain: 'none' } }).matching).toEqual([]);
    expect(selectRepositories(entries, { filter }).matching).toEqual(entries);
  });
});
