import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanText, MAX_TEXT } from '../../../src/domain/text.js';

const UNWANTED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
const unit = fc.oneof(
  fc.nat(0xffff).map((code) => String.fromCharCode(code)),
  fc.integer({ min: 0xd800, max: 0xdfff }).map((code) => String.fromCharCode(code)),
  fc.constantFrom(
    '\0',
    '\x1b[31m',
    '\x7f',
    '\x9b',
    '\u202e',
    '\u2066',
    '\u061c',
    '\r\n',
    '\t',
    '\u{1f600}',
    'a',
  ),
);
const text = fc.array(unit, { maxLength: 60 }).map((units) => units.join(''));
const length = fc.integer({ min: 1, max: 40 });

describe('clean text', () => {
  it('holds no control character but tab and line feed, no bidirectional control and no lone surrogate', () => {
    fc.assert(
      fc.property(text, length, (dirty, max) => {
        const clean = cleanText(dirty, max);
        expect(clean).not.toMatch(UNWANTED);
        expect(clean.isWellFormed()).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it('is never longer than the limit', () => {
    fc.assert(
      fc.property(text, length, (dirty, max) => {
        expect(cleanText(dirty, max).length).toBeLessThanOrEqual(max);
      }),
    );
  });

  it('stays as it is when cleaned again', () => {
    fc.assert(
      fc.property(text, length, (dirty, max) => {
        const clean = cleanText(dirty, max);
        expect(cleanText(clean, max)).toBe(clean);
      }),
    );
  });

  it('is unchanged if nothing is wrong with it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (good) => {
        fc.pre(!UNWANTED.test(good) && good.isWellFormed());
        expect(cleanText(good)).toBe(good);
      }),
    );
  });

  it.each([
    ['a\0b', 'ab', 'NUL, which PostgreSQL refuses'],
    ['\x1b[31mred\x1b[0m', '[31mred[0m', 'the escape that colours a terminal'],
    ['\x9b31m', '31m', 'the one-character form of that escape'],
    ['a\r\nb\tc', 'a\nb\tc', 'carriage returns, but neither line feeds nor tabs'],
    ['user\u202egpj.exe', 'user\ufffdgpj.exe', 'what reverses the text, visibly'],
    ['\ud83d', '\ufffd', 'half of a surrogate pair, visibly'],
    ['\u{1f600}é', '\u{1f600}é', 'nothing of other scripts and symbols'],
  ])('makes of %j %j: removes %s', (dirty, clean) => {
    expect(cleanText(dirty)).toBe(clean);
  });

  it('is cut at 500 units and then ends with `…`', () => {
    expect(cleanText('x'.repeat(MAX_TEXT))).toHaveLength(500);
    expect(cleanText('x'.repeat(501))).toBe(`${'x'.repeat(499)}…`);
  });

  it('has a replacement character where the cut splits a character', () => {
    expect(cleanText('\u{1f600}'.repeat(10), 4)).toBe('\u{1f600}\ufffd…');
  });

  it('reads at most twice the limit, so that a long text costs no more', () => {
    expect(cleanText(`${'\0'.repeat(19)}x`, 10)).toBe('x');
    expect(cleanText(`${'\0'.repeat(20)}x`, 10)).toBe('');
  });
});
