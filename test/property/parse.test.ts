import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkWorkplans } from '../../src/checker/built-in/check-workplans.js';
import { splitFrontMatter } from '../../src/criteria/parse/front-matter.js';
import { readMarkdown } from '../../src/criteria/parse/markdown.js';
import { readScope } from '../../src/criteria/parse/scope.js';
import { readServices } from '../../src/criteria/parse/services.js';
import { splitLines } from '../../src/criteria/parse/text.js';
import { parseYaml } from '../../src/criteria/parse/yaml.js';
import { parseGitRemote } from '../../src/domain/git-remote.js';

const token = fc.constantFrom(
  ...[
    '---',
    '## ',
    '# ',
    '```',
    '~~~~',
    '```task',
    '```capability',
    '\n',
    '\n\n',
    '\r\n',
    ' ',
    '    ',
    '\t',
    ':',
    ': ',
  ],
  ...[
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a',
    '*a',
    '!',
    '"',
    "'",
    '|',
    '>',
    '<!--',
    '-->',
    'id',
    'status',
    'services',
    'none',
  ],
  ...['@', '/', '//', '://', 'https', 'host', '%', '\\', '?', '#', '\u0000', '\ud800', '\u2028', 'é'],
);
/** Any text at all, and texts of the pieces that mean something to a parser. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.array(fc.oneof(token, fc.string({ maxLength: 5 })), { maxLength: 80 }).map((parts) => parts.join('')),
);

describe('every parser', () => {
  it('answers for any text and never throws', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const yaml = parseYaml(text);
        if (!yaml.ok) expect(yaml.reason).not.toBe('');
        const remote = parseGitRemote(text);
        if (!remote.ok) expect(remote.reason).not.toBe('');
        const services = readServices(text);
        if (!services.ok) expect(services.reason).not.toBe('');
        readScope(text);
        checkWorkplans([{ path: 'workplans/A-WP-1-x.md', content: { state: 'present', text } }]);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('parseYaml', () => {
  it('reads back any plain value that JSON can write, which is YAML too', () => {
    const value = fc.dictionary(
      fc.string({ maxLength: 10 }),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string())),
      { maxKeys: 8 },
    );
    fc.assert(
      fc.property(value, (map) => {
        expect(parseYaml(JSON.stringify(map))).toEqual({ ok: true, value: { ...map } });
      }),
    );
  });
});

describe('readMarkdown', () => {
  it('gives each heading and each fence a line of its own, in order and within the text', () => {
    fc.assert(
      fc.property(anyText, fc.nat(100), (text, firstLine) => {
        const count = splitLines(text).length;
        const { headings, fences } = readMarkdown(text, firstLine);
        for (const lines of [headings, fences].map((all) => all.map(({ line }) => line))) {
          expect(new Set(lines).size).toBe(lines.length);
          expect(lines).toEqual(lines.toSorted((one, other) => one - other));
          for (const line of lines) {
            expect(line).toBeGreaterThanOrEqual(firstLine);
            expect(line).toBeLessThan(firstLine + count);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes time in proportion to the text: ten times the text, nowhere near a hundred times the time', () => {
    const time = (text: string) => {
      const runs = Array.from({ length: 5 }, () => {
        const start = performance.now();
        readMarkdown(text);
        return performance.now() - start;
      });
      return Math.min(...runs);
    };
    fc.assert(
      fc.property(fc.array(token, { minLength: 1, maxLength: 4 }), (parts) => {
        const piece = parts.join('');
        const small = time(piece.repeat(Math.ceil(20_000 / piece.length)));
        const large = time(piece.repeat(Math.ceil(200_000 / piece.length)));
        // The constant is for what a small text costs at least, and for the noise of the machine.
        expect(large).toBeLessThan(small * 60 + 100);
      }),
      { numRuns: 60 },
    );
  });
});

describe('splitFrontMatter', () => {
  it('is the inverse of writing front matter', () => {
    const line = fc
      .string({ unit: 'grapheme-ascii', maxLength: 20 })
      .filter((text) => text.trimEnd() !== '---');
    const body = fc.array(fc.string({ unit: 'grapheme-ascii', maxLength: 20 }));
    fc.assert(
      fc.property(fc.array(line), body, (yaml, rest) => {
        const text = ['---', ...yaml, '---', ...rest].join('\n');
        expect(splitFrontMatter(text)).toEqual({
          found: true,
          yaml: yaml.join('\n'),
          yamlLine: 2,
          body: rest.join('\n'),
          bodyLine: yaml.length + 3,
        });
      }),
    );
  });
});

describe('parseGitRemote', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,12}$/);

  it('gives nothing of the user info away, whatever characters that has', () => {
    const secret = fc
      .string({ unit: 'grapheme-ascii', maxLength: 20 })
      .map((noise) => `${noise}S3CRET${noise}`);
    fc.assert(
      fc.property(
        secret,
        word,
        word,
        fc.constantFrom('https://', 'ssh://', 'git+http://', ''),
        (user, host, path, prefix) => {
          const separator = prefix === '' ? ':' : '/';
          const answer = parseGitRemote(`${prefix}u:${user}@${host}${separator}${path}`);
          expect(JSON.stringify(answer)).not.toContain('S3CRET');
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('says the same of what it shows', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          anyText,
          fc.tuple(word, word).map(([host, path]) => `git@${host}:${path}`),
        ),
        (text) => {
          const remote = parseGitRemote(text);
          if (remote.ok && remote.shown !== undefined) expect(parseGitRemote(remote.shown)).toEqual(remote);
        },
      ),
      { numRuns: 2_000, examples: [['host: ?'], ['https://host/ #x'], ['@A://---']] },
    );
  });
});
