import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import {
  isSlug,
  makeSlug,
  requireDomainSlug,
  requireSlug,
  slugCandidates,
} from '../../../src/registry/slug.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: fc.constantFrom('-', '.', '_', 'a', 'É', ' ', '/', '\u0301', '\ud800'), maxLength: 400 }),
  fc.constantFrom('doi', 'DOI', 'summary', '', '..', '.git'),
);

describe('slugs', () => {
  it('makes a slug of any text, and keeps a valid slug unchanged', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const slug = makeSlug(text);
        expect(isSlug(slug)).toBe(true);
        expect(makeSlug(slug)).toBe(slug);
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['Widget Shop', 'widget-shop'],
    ['Café', 'cafe'],
    ['.dotfiles', 'dotfiles'],
    ['my_lib.v2', 'my_lib.v2'],
    ['--x--', 'x'],
    ['日本', 'repository'],
    ['doi', 'doi-repository'],
  ])('makes of %j the slug %j', (text, slug) => {
    expect(makeSlug(text)).toBe(slug);
  });

  it('makes a slug of a long run of separators in linear time', () => {
    const started = performance.now();
    for (let round = 0; round < 100; round += 1) makeSlug(`a${'-'.repeat(1_000_000)}b`);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('offers the name first, then with its parent, then numbered; all are slugs, and all differ', () => {
    fc.assert(
      fc.property(anyText, anyText, (name, parent) => {
        const offered: string[] = [];
        for (const slug of slugCandidates(name, parent)) {
          offered.push(slug);
          if (offered.length === 12) break;
        }
        expect(offered.every(isSlug)).toBe(true);
        expect(new Set(offered).size).toBe(12);
      }),
    );
    const offered = slugCandidates('widget', 'acme');
    expect([1, 2, 3, 4].map(() => offered.next().value)).toEqual([
      'widget',
      'acme-widget',
      'acme-widget-2',
      'acme-widget-3',
    ]);
  });

  it.each(['doi', 'Widget', '', '-x', 'a/b', 'a'.repeat(101), 'a\n'])(
    'refuses %j and offers a slug',
    (text) => {
      const thrown = catchError(() => requireSlug(text));
      expect(thrown.code).toBe('bad_slug');
      expect(thrown.remedy).toContain(makeSlug(text));
    },
  );

  it('allows a domain called doi, and none with more than 50 characters', () => {
    expect(requireDomainSlug('doi')).toBe('doi');
    expect(catchError(() => requireDomainSlug('d'.repeat(51))).code).toBe('bad_slug');
  });
});

function catchError(call: () => unknown): DoiError {
  try {
    call();
  } catch (error) {
    if (error instanceof DoiError) return error;
    throw error;
  }
  throw new Error('Nothing was thrown.');
}
