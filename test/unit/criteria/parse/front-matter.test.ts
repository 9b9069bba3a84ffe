import { describe, expect, it } from 'vitest';
import { splitFrontMatter } from '../../../../src/criteria/parse/front-matter.js';

describe('splitFrontMatter', () => {
  it('splits at the first two lines of three hyphens', () => {
    expect(splitFrontMatter('---\na: 1\nb: 2\n---\n# T\n---\nx')).toEqual({
      found: true,
      yaml: 'a: 1\nb: 2',
      yamlLine: 2,
      body: '# T\n---\nx',
      bodyLine: 5,
    });
  });

  it('accepts an empty one, other line endings, and blanks behind the hyphens', () => {
    expect(splitFrontMatter('---\n---\n')).toMatchObject({ found: true, yaml: '', bodyLine: 3 });
    expect(splitFrontMatter('--- \r\na: 1\r\n---\t\r\nx')).toMatchObject({ yaml: 'a: 1', body: 'x' });
  });

  it.each([
    '---js\nthrow new Error("was run")\n---\n',
    '---yaml\na: 1\n---\n',
    '----\n---',
    '\n---\n---',
    ' ---\n---',
    '',
    'x',
  ])('does not find any in %o', (text) => {
    expect(splitFrontMatter(text)).toEqual({ found: false, reason: 'the first line is not `---`' });
  });

  it('does not find one that is never closed', () => {
    expect(splitFrontMatter('---\na: 1\n...\n----\n ---\n')).toEqual({
      found: false,
      reason: 'no second `---` line ends the front matter',
    });
  });
});
