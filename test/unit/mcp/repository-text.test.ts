import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repositoryText } from '../../../src/mcp/repository-text.js';

describe('a text that may quote a repository', () => {
  it.each([
    ...[0x00ad, 0x034f, 0x115f, 0x1160, 0x17b4, 0x17b5, 0x180e, 0x200b, 0x2060, 0x2064, 0x2800, 0x3164],
    ...[0xfe0f, 0xffa0, 0x1d173, 0xe0001, 0xe0041, 0xe01ef, 0xe000],
  ])('has no character %i, which no person sees', (code) => {
    expect(repositoryText(`a${String.fromCodePoint(code)}b`, 100)).toBe('⟦ab⟧');
  });

  it('has nothing invisible in it, whatever it is, and one pair of marks', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (text, max) => {
          const made = repositoryText(text, max);
          expect(made).toMatch(/^⟦[^⟦⟧]*⟧$/);
          expect(made).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u);
        },
      ),
    );
  });
});
