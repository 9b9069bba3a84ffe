/** Tests of the order "worst first". */
import { expect, it } from 'vitest';
import { worstFirst } from '../../../src/domain/worst-first.js';

it('worst first is: never evaluated, then the lowest tier, then by slug', () => {
  const ranked = (repo_slug: string, tier: 'none' | 'core' | 'full', checked_at: string | null = 'then') => ({
    ...{ repo_slug, tier, checked_at },
  });
  const inOrder = [
    ...[ranked('b', 'none', null), ranked('z', 'none', null)],
    ...[ranked('y', 'none'), ranked('a', 'core'), ranked('c', 'core'), ranked('0', 'full')],
  ];
  expect(inOrder.toReversed().sort(worstFirst)).toEqual(inOrder);
});
