import { describe, expect, it } from 'vitest';
import { readMarkdown } from '../../../../src/criteria/parse/markdown.js';

const titles = (text: string) =>
  readMarkdown(text).headings.flatMap(({ level, title }) => (level === 2 ? [title] : []));
const fences = (text: string) => readMarkdown(text).fences;

describe('headings', () => {
  it('have their lines and the paragraphs below them, those in lists and quotations too', () => {
    const text = '# T\n\n## One\na\nb\n### Deeper\nc\n## Two\n1. d\n   - e\n\n> f\n# Next\ng';
    const headings = readMarkdown(text).headings.map(({ paragraphs, ...heading }) => ({
      ...heading,
      lines: paragraphs.flatMap(({ content }) => content.split('\n')),
    }));
    expect(headings).toEqual([
      { level: 1, title: 'T', line: 1, lines: [] },
      { level: 2, title: 'One', line: 3, lines: ['a', 'b'] },
      { level: 3, title: 'Deeper', line: 6, lines: ['c'] },
      { level: 2, title: 'Two', line: 8, lines: ['d', 'e', 'f'] },
      { level: 1, title: 'Next', line: 13, lines: ['g'] },
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
    ['A\n---', 'A'],
    ['## A <!-- omit in toc -->', 'A'],
    ['## <!-- 1 --> A <!-- 2', 'A <!-- 2'],
    ['## A\u00a0B', 'A B'],
    ['<details>\n\n## A\n\n</details>', 'A'],
  ])('reads %o as the title %o', (text, title) => {
    expect(titles(text)).toEqual([title]);
  });

  it.each([
    ...['##A', '    ## A', '\t## A', '### A', '# A', '####### A', '> ## A', '- ## A', '\\## A'],
    ...['<pre>\n## A\n</pre>', '<script>\n## A\n</script>', '<details>\n## A\n</details>'],
  ])('does not take %o for one', (text) => {
    expect(titles(text)).toEqual([]);
  });

  it('reads texts with any line ending', () => {
    expect(titles('## A\r\n## B\r## C\n')).toEqual(['A', 'B', 'C']);
  });

  it('ignores HTML comments', () => {
    const text = '## A\n<!--\n## B\n```task\n-->\n<!-- ## C -->\n## D\nx';
    expect(titles(text)).toEqual(['A', 'D']);
    expect(fences(text)).toEqual([]);
  });
});

describe('fenced blocks', () => {
  it('have their info string, line and text', () => {
    expect(fences('x\n``` task  \nid: 1\n\n```\ny')).toEqual([{ info: 'task', line: 2, text: 'id: 1\n' }]);
  });

  it('hide headings', () => {
    expect(titles('## A\n~~~\n## B\n~~~\n## C')).toEqual(['A', 'C']);
  });

  it('end only at a fence of the same character that is at least as long', () => {
    expect(fences('````\n```\n~~~~\n`````\n## x')).toEqual([{ info: '', line: 1, text: '```\n~~~~' }]);
  });

  it('do not end at a fence with text behind it, or indented by four', () => {
    expect(fences('```\n``` x\n    ```\n   ``` \t\n')[0]).toEqual({
      info: '',
      line: 1,
      text: '``` x\n    ```',
    });
  });

  it('run to the end where they are never closed', () => {
    expect(fences('## A\n```task\nid: 1\n## B')).toEqual([{ info: 'task', line: 2, text: 'id: 1\n## B' }]);
    expect(titles('## A\n```task\nid: 1\n## B')).toEqual(['A']);
  });

  it.each([
    ['on the line of a list marker', '- ```sh\n  a\n  ```\n## B', [['sh', 'a']]],
    ['on that of a number', '1. ```sh\n   a\n   ```\n## B', [['sh', 'a']]],
    [
      'indented by four in a list item',
      '1.  x\n\n    ```task\n    id: 1\n    ```\n\n## B',
      [['task', 'id: 1']],
    ],
    ['in a quotation', '> ```task\n> id: 1\n> ```\n\n## B', [['task', 'id: 1']]],
  ])(
    'when one opens %s, then it ends with that list or quotation, and the text after it is read',
    (_where, text, found) => {
      expect(fences(text).map(({ info, text: inside }) => [info, inside])).toEqual(found);
      expect(titles(text)).toEqual(['B']);
    },
  );

  it.each(['``', '    ```', '\t```', '``` a`b'])('do not start with %o', (line) => {
    expect(fences(`${line}\nx`)).toEqual([]);
  });

  it('may start with tildes and a backtick behind them', () => {
    expect(fences('~~~ a`b\nx\n~~~')[0]?.info).toBe('a`b');
  });

  it('lose as much indent as their opening has', () => {
    expect(fences('  ```\n  a: 1\n    b\n c\n  ```')[0]?.text).toBe('a: 1\n  b\nc');
  });

  it('count lines from the given number of the first one', () => {
    expect(readMarkdown('x\n```\n```', 10).fences[0]?.line).toBe(11);
  });
});
