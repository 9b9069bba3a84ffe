/** Texts of 100 kB on which careless parsers take quadratic or exponential time. */

const SIZE = 100_000;

/** What such texts are made of. */
export const EVIL_PIECES: readonly string[] = [
  '#',
  '# ',
  '## ',
  '##\n',
  '`',
  '```',
  '```\n',
  '~~~\n',
  '~',
  '-',
  '- ',
  '---\n',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\t',
  ' \t',
  '<!--',
  '-->',
  '<!--\n',
  '[',
  '{',
  '[{',
  ': ',
  'a: ',
  'a:\n ',
  'a: b\n',
  '? ',
  '&a ',
  '*a ',
  '&a [*a,',
  '!',
  '!<',
  '"',
  "'",
  '|\n',
  '>\n ',
  '\\',
  '@',
  ':',
  '/',
  '//',
  '?',
  '%',
  '%41',
  'a@',
  'a:',
  '://',
  'git+',
  '\u2028',
  '\u0000',
  '\ud800',
  'é',
  '- none\n',
];

// A dot of a regular expression does not match it, so that `.*$` is tried again from every place before it.
const MARKERS_BEFORE_SEPARATOR = ['`', '~', '#'].map(
  (piece) => [`${JSON.stringify(piece)} before U+2028`, `${piece.repeat(SIZE)}\u2028`] as const,
);

/** Each piece over and over, alone and between a start and an end that make it matter. */
export const EVIL_TEXTS: readonly (readonly [string, string])[] = EVIL_PIECES.flatMap((piece) => {
  const long = piece.repeat(Math.ceil(SIZE / piece.length));
  return [
    [JSON.stringify(piece), long],
    [`heading of ${JSON.stringify(piece)}`, `## ${long}x`],
    [`fence of ${JSON.stringify(piece)}`, `\`\`\`capability\n${long}x\n\`\`\``],
    [`front matter of ${JSON.stringify(piece)}`, `---\n${long}x\n---\n`],
    [`remote of ${JSON.stringify(piece)}`, `https://${long}x`],
    [`section of ${JSON.stringify(piece)}`, `## Provided Capabilities\n${long}x`],
  ] as (readonly [string, string])[];
}).concat(MARKERS_BEFORE_SEPARATOR);

/** The longest that one text of 100 kB may take, in milliseconds; far above what linear work needs. */
export const LIMIT_MS = 1_000;
