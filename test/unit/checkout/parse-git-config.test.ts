import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGitConfig } from '../../../src/checkout/parse-git-config.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let folder: string;
beforeAll(async () => {
  folder = await makeTempFolder('config');
});
afterAll(() => removeFolder(folder));

const piece = fc.constantFrom(
  '[',
  ']',
  '"',
  '\\',
  '\n',
  '\r\n',
  '=',
  '#',
  ';',
  ' ',
  '\t',
  'a',
  'url',
  'remote',
  '.',
  'ü',
);

describe('the parser of git configuration', () => {
  it('reads sections, subsections, comments, quotes, escapes and continued lines', () => {
    const text = [
      '; a comment',
      '[core] bare = false',
      '[Remote "Ori\\"gin"]',
      '\tURL = https://h/a b  # comment',
      'fetch = "a # b" ; comment',
      'push = one \\',
      '  two\\t"  three "',
      '[alias.Short]',
      'flag',
    ].join('\n');
    expect(parseGitConfig(text)).toEqual([
      { section: 'core', subsection: undefined, key: 'bare', value: 'false' },
      { section: 'remote', subsection: 'Ori"gin', key: 'url', value: 'https://h/a b' },
      { section: 'remote', subsection: 'Ori"gin', key: 'fetch', value: 'a # b' },
      { section: 'remote', subsection: 'Ori"gin', key: 'push', value: 'one   two\t  three ' },
      { section: 'alias', subsection: 'short', key: 'flag', value: 'true' },
    ]);
  });

  it('leaves out a broken line, and every setting under a broken head', () => {
    const text =
      '[remote "a"]\nurl = "open\nurl = good\n[remote "b]\nurl = lost\n[x]\n= 1\n1a = 2\nk = \\q\nk = v';
    expect(parseGitConfig(text).map(({ key, value }) => `${key}=${value}`)).toEqual(['url=good', 'k=v']);
  });

  it('parses any text without throwing', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece, { maxLength: 60 }).map((all) => all.join('')),
    );
    fc.assert(
      fc.property(text, (config) => {
        expect(Array.isArray(parseGitConfig(config))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });

  // Without tabs, which git made spaces until 2.45.
  it('agrees with git on every text that git accepts', () => {
    const value = fc
      .array(fc.constantFrom('a', 'b c', ' ', '"', '\\n', '\\\\', '\\"', '\\\n', '#', ';', '='), {
        maxLength: 8,
      })
      .map((parts) => parts.join(''));
    const file = join(folder, 'config');
    let taken = 0;
    fc.assert(
      fc.property(
        value,
        fc.constantFrom('[remote "x"]', '[remote.X]', '[REMOTE "a\\\\b"]'),
        (written, head) => {
          writeFileSync(file, `${head}\n\turl =${written}\n`);
          const theirs = readByGit(file);
          if (theirs === undefined) return;
          taken += 1;
          const ours = parseGitConfig(`${head}\n\turl =${written}\n`).filter(({ key }) => key === 'url');
          expect(ours.map((each) => `${each.section}.${each.subsection}.url\n${each.value}`)).toEqual(theirs);
        },
      ),
      { numRuns: 150 },
    );
    expect(taken).toBeGreaterThan(20);
  });

  it.each(['[', '"', '\\', '[a "', 'a', '\\\n', 'k="\\', '[a]\n', ' '])(
    'takes linear time for %j repeated',
    (unit) => {
      const time = (length: number) => {
        const text = unit.repeat(length / unit.length);
        const started = performance.now();
        parseGitConfig(text);
        return performance.now() - started;
      };
      time(100_000);
      // Quadratic work on this length takes minutes.
      expect(time(1_000_000)).toBeLessThan(5000);
    },
  );
});

/** What git reads, `section.subsection.key`, newline, value; undefined where it refuses the file. */
function readByGit(file: string): string[] | undefined {
  try {
    const out = execFileSync('git', ['config', '--null', '--file', file, '--list'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return out
      .toString('utf8')
      .split('\0')
      .filter((each) => each.includes('.url'));
  } catch {
    // Git exits with an error for a file that it cannot parse.
    return undefined;
  }
}
