import fc from 'fast-check';
import MarkdownIt, { type Token } from 'markdown-it';
import { describe, expect, it } from 'vitest';
import { formatMarkdown } from '../../../../src/check/formats/markdown.js';
import { showText } from '../../../../src/domain/shown-text.js';
import { hostileAnswer, sample, UNSAFE } from './answers.js';

// As forges do: HTML is allowed, and addresses become links, but no name such as SCOPE.md does.
const markdown = new MarkdownIt({ html: true, linkify: true });
markdown.linkify.set({ fuzzyLink: false });
const ALLOWED = ['text', 'strong_open', 'strong_close', 'text_special'];

function parse(text: string): { blocks: Token[]; inlines: Token[]; cells: string[] } {
  const blocks = markdown.parse(text, {});
  const inlines = blocks.flatMap(({ children }) => children ?? []);
  const cells = blocks.flatMap(({ type }, index) => {
    if (type !== 'td_open') return [];
    return [(blocks[index + 1]?.children ?? []).map(({ content }) => content).join('')];
  });
  return { blocks, inlines, cells };
}

/** What a reader sees of a text; the spaces without width are not seen. */
const seen = (text: string) => text.replaceAll('\u200b', '').trim();

describe('the Markdown of a check', () => {
  it('is exactly this', async () => {
    await expect(formatMarkdown(sample())).toMatchFileSnapshot('expected/check.md');
  });

  it('is a table with a row for each criterion and finding, whose texts are read and are no markup, whatever they are', () => {
    fc.assert(
      fc.property(hostileAnswer, (answer) => {
        const text = formatMarkdown(answer);
        expect(text).not.toMatch(UNSAFE);
        const { blocks, inlines, cells } = parse(text);
        expect(inlines.filter(({ type }) => !ALLOWED.includes(type))).toEqual([]);
        expect(blocks.filter(({ type }) => /^(?:html|code|fence|hr|.*list|blockquote)/.test(type))).toEqual(
          [],
        );
        expect(blocks.filter(({ type }) => type === 'heading_open')).toHaveLength(
          answer.findings.length > 0 ? 2 : 1,
        );
        const { criteria, findings } = answer;
        expect(cells).toHaveLength(criteria.length * 6 + findings.length * 4);
        for (const [index, { detail }] of criteria.entries())
          expect(seen(cells[index * 6 + 4] ?? '')).toBe(seen(showText(detail)));
        for (const [index, { message }] of findings.entries())
          expect(seen(cells[criteria.length * 6 + index * 4 + 3] ?? '')).toBe(seen(showText(message)));
        // In no place can a forge see a person, an issue, a commit or an address.
        expect(inlines.map(({ content }) => content).join(' ')).not.toMatch(
          /[@#!~$&^%]\w|[A-Za-z]{2}-\d|\/\/|\b[0-9a-f]{7,}\b/i,
        );
        expect(text).not.toMatch(/www\./i);
      }),
    );
  });

  it('writes each character that could be markup as a reference', () => {
    const [verdict] = sample().criteria;
    const criteria = [{ ...verdict!, detail: '&<>"\'\\`*_[]|~$^!' }];
    const references = [38, 60, 62, 34, 39, 92, 96, 42, 95, 91, 93, 124, 126, 36, 94, 33].map(
      (code) => `&#${code};${'&!~$^'.includes(String.fromCharCode(code)) ? '&#8203;' : ''}`,
    );
    expect(formatMarkdown({ ...sample(), criteria })).toContain(`| skip | ${references.join('')} |`);
  });

  it('ends after fifty findings, and says how many there are more', () => {
    const findings = Array.from({ length: 52 }, () => sample().findings[0]!);
    const text = formatMarkdown({ ...sample(), findings });
    expect(text.match(/C-02/g)).toHaveLength(50);
    expect(text).toMatch(/\n\nand 2 more\n$/);
  });
});
