import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Output } from '../../../src/cli/context.js';
import { printError } from '../../../src/cli/print-error.js';
import { makePaint, showJson, showText } from '../../../src/cli/terminal.js';
import { DoiError } from '../../../src/domain/errors.js';

const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      'a',
      '\n',
      '\u001b',
      '\u007f',
      '\u009b',
      '\u2028',
      '\u202e',
      '\u2066',
      '\ud800',
      '##[',
      '\\',
    ),
  }),
);

describe('text from outside', () => {
  it('is one clean line on the terminal', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(showText(text)).not.toMatch(UNSAFE);
        expect(showText(text)).not.toContain('\n');
      }),
    );
  });

  it('has no command of a build in it, and is otherwise unchanged', () => {
    const marks = fc.constantFrom(
      ':',
      '::',
      '#',
      '##[',
      '##vso[',
      '##VSO[',
      ' ',
      '\n',
      '\t',
      '\u0000',
      'error',
      'a',
    );
    fc.assert(
      fc.property(fc.string({ unit: marks }), (text) => {
        expect(showText(text)).not.toMatch(/##(?:\[|vso\[)|^\s*::/i);
        const clean = text.replaceAll('\u0000', '').replace(/[\n\t]/g, ' ');
        expect(showText(text, 1000).replaceAll('\u200b', '')).toBe(clean);
      }),
    );
    expect(showText('SCOPE.md: a::b # 1 ## 2')).toBe('SCOPE.md: a::b # 1 ## 2');
  });

  it('has the same value in JSON, without a character that a terminal acts on', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const json = showJson({ [text]: [text] });
        expect(json).not.toMatch(UNSAFE);
        expect(json).not.toMatch(/##(?:\[|vso\[)/i);
        expect(JSON.parse(json)).toEqual({ [text]: [text] });
      }),
    );
  });
});

describe('colours', () => {
  it('are used only on a terminal that can show them', () => {
    const paint = (output: Partial<Output>) => makePaint({ write: () => true, ...output })('red', 'x');
    expect(paint({ isTTY: true, hasColors: () => true })).toBe('\u001b[31mx\u001b[39m');
    expect(paint({ isTTY: true, hasColors: () => false })).toBe('x');
    expect(paint({ hasColors: () => true })).toBe('x');
  });
});

describe('an error', () => {
  it('is shown as what was found and what to do, without credentials, and ends with 3', () => {
    const error = new DoiError(
      'file_unreadable',
      'https://me:secret@h/a broke\u001b[2J.',
      'See https://me:secret@h.',
    );
    expect(print(error)).toEqual({ code: 3, text: 'doi: https://***@h/a broke[2J.\n  See https://***@h.\n' });
  });

  it('of the arguments ends with 2', () => {
    expect(print(new DoiError('bad_slug', 'a', 'b')).code).toBe(2);
  });

  it('that is unexpected is shown without its stack unless the log level is debug', () => {
    const error = new TypeError('x is not a function');
    expect(print(error).text).toMatch(/^doi: internal: TypeError: x is not a function\n {2}.*\n$/);
    expect(print(error, { LOG_LEVEL: 'debug' }).text).toContain('show-text.test.ts');
  });
});

function print(error: unknown, env: NodeJS.ProcessEnv = {}): { code: number; text: string } {
  let text = '';
  const stderr = { write: (part: string) => (text += part) };
  const code = printError(error, { stderr, env });
  return { code, text };
}
