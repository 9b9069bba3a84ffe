import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearestSlug } from '../../../src/registry/nearest-slug.js';

describe('the nearest slug', () => {
  it.each([
    ['widgt', 'widget'],
    ['wdiget', 'widget'],
    ['gadge', 'gadget'],
    ['hub', 'state-hub'],
    ['zzzzzz', undefined],
    ['', undefined],
  ])('is for %j the slug %j', (asked, near) => {
    expect(nearestSlug(asked, ['gadget', 'state-hub', 'widget'])).toBe(near);
  });

  it('is the slug itself where it is known', () => {
    const slug = fc.stringMatching(/^[a-z]{1,20}$/);
    fc.assert(
      fc.property(slug, fc.array(slug), (asked, others) => {
        expect(nearestSlug(asked, [...others, asked])).toBe(asked);
      }),
    );
  });
});
