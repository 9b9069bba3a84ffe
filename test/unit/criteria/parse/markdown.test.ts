import { describe, expect, it } from 'vitest';
import { scanMarkdown } from '../../../../src/criteria/parse/markdown.js';

const titles = (text: string) => scanMarkdown(text).sections.map(({ title }) => title);
const fences = (text: string) => scanMarkdown(text).fences;

describe('headings', () => {
  it('finds those of level 2, with their lines and what is below them', () => {
    const text = '# T\n\n## One\na\n### Deeper\nb\n## Two\nc\n# Next\nd';
    expect(scanMarkdown(text).sections).toEqual([
      { title: 'One', line: 3, lines: ['a', '### Deeper', 'b'] },
      { title: 'Two', line: 7, lines: ['c'] },
    ]);
  });

  it.each([
    ['## A', 'A'],
    ['   ## A', 'A'],
    ['##\tA', 'A'],
    ['##   A   ', 'A'],
    ['## A ##', 'A'],
    ['## A ####### ', 'A'],
    ['## C#', 'C#'],
    ['## A \\#', 'A \\#'],
    ['##', ''],
    ['## ##', ''],
  ])('reads %o as the title %o', (text, title) => {
    expect(titles(text)).toEqual([title]);
  });

  it.each(['##A', '    ## A', '\t## A', '### A', '# A', '####### A', '> ## A', '- ## A', '\\## A'])(
    'does not take %o for one',
    (text) => {
      expect(titles(text)).toEqual([]);
    },
  );

  it('reads texts with any line ending', () => {
    expect(titles('## A\r\n## B\r## C\n')).toEqual(['A', 'B', 'C']);
  });

  it('passes over HTML comments', () => {
    const text = '## A\n<!--\n## B\n```task\n-->\n<!-- ## C -->\n## D\nx';
    expect(titles(text)).toEqual(['A', 'D']);
    expect(fences(text)).toEqual([]);
  });
});

describe('fenced blocks', () => {
  it('have their info string, line and text', () => {
    expect(fences('x\n``` task  \nid: 1\n\n```\ny')).toEqual([
      { info: 'task', line: 2, text: 'id: 1\n', closed: true },
    ]);
  });

  it('hide headings', () => {
    expect(titles('## A\n~~~\n## B\n~~~\n## C')).toEqual(['A', 'C']);
  });

  it('end only at a fence of the same character that is at least as long', () => {
    expect(fences('````\n```\n~~~~\n`````\n## x')).toEqual([
      { info: '', line: 1, text: '```\n~~~~', closed: true },
    ]);
  });

  it('do not end at a fence with text behind it, or indented by four', () => {
    expect(fences('```\n``` x\n    ```\n   ``` \t\n')[0]).toEqual({
      info: '',
      line: 1,
      text: '``` x\n    ```',
      closed: true,
    });
  });

  it('run to the end where they are never closed', () => {
    expect(fences('## A\n```task\nid: 1\n## B')).toEqual([
      { info: 'task', line: 2, text: 'id: 1\n## B', closed: false },
    ]);
    expect(titles('## A\n```task\nid: 1\n## B')).toEqual(['A']);
  });

  it.each(['``', '    ```', '\t```', '``` a`b', '> ```'])('do not start with %o', (line) => {
    expect(fences(`${line}\nx`)).toEqual([]);
  });

  it('may start with tildes and a backtick behind them', () => {
    expect(fences('~~~ a`b\nx\n~~~')[0]?.info).toBe('a`b');
  });

  it('lose as much indent as their opening has', () => {
    expect(fences('  ```\n  a: 1\n    b\n c\n  ```')[0]?.text).toBe('a: 1\n  b\nc');
  });

  it('count lines from the number that the first one has', () => {
    expect(scanMarkdown('x\n```\n```', 10).fences[0]?.line).toBe(11);
  });
});
