/** What a client wants of a report's age, by the headers of its HTTP request. */
import { describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { readRequestedFreshness } from '../../../src/reader/requested-freshness.js';

const read = (text: string, others = {}) => readRequestedFreshness({ 'cache-control': text, ...others });

describe('Cache-Control of an HTTP request', () => {
  it.each([
    ['no-cache', undefined, false],
    ['', undefined, false],
    ['max-age=60', 60_000, false],
    ['MAX-AGE = "60" , No-Store', 60_000, false],
    ['max-age=60, only-if-cached', 60_000, true],
    ['only-if-cached', undefined, true],
    ['max-age=90, max-age=30', 30_000, false],
    ['max-age=0', 0, false],
    ['foo="max-age=1, only-if-cached", max-age=5', 5000, false],
    ['x-max-age=1, max-ages=2', undefined, false],
    ['max-age=99999999999999999999', 999_999_999_999_999_000, false],
  ])('%s: at most %s ms, only what is known: %s', (text, maxAgeMs, onlyIfCached) => {
    expect(read(text)).toEqual({ maxAgeMs, onlyIfCached });
  });

  it.each(['max-age', 'max-age=', 'max-age=-1', 'max-age=1.5', 'max-age=soon', 'max-age="1 2"'])(
    'when it is %s, then it is a bad request',
    (text) => {
      expect(() => read(text)).toThrow(DoiError);
    },
  );

  it('when a browser adds max-age=0 by itself, then that wants nothing more than a validation', () => {
    const browser = { 'sec-fetch-site': 'none' };
    expect(read('max-age=0', browser)).toEqual({ maxAgeMs: undefined, onlyIfCached: false });
    expect(read('max-age=1', browser)).toEqual({ maxAgeMs: 1000, onlyIfCached: false });
  });
});
