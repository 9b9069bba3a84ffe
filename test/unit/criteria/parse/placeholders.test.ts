import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkWorkplans } from '../../../../src/checker/built-in/check-workplans.js';
import { c05Scope } from '../../../../src/criteria/c05-scope.js';
import { c06ClaudeMd } from '../../../../src/criteria/c06-claude-md.js';
import { c09ServicesDeclared } from '../../../../src/criteria/c09-services-declared.js';
import { c11CapabilitiesDeclared } from '../../../../src/criteria/c11-capabilities-declared.js';
import { c12AgentsTemplate } from '../../../../src/criteria/c12-agents-template.js';
import { KAIZEN_LINES } from '../../../../src/criteria/parse/kaizen.js';
import {
  findPlaceholders,
  findYamlPlaceholders,
  namePlaceholders,
  PLACEHOLDER_MARK,
  parseFile,
} from '../../../../src/criteria/parse/placeholders.js';
import { readScope } from '../../../../src/criteria/parse/scope.js';
import { claudeTemplate } from '../../../../src/init/templates.js';
import { judge, SCOPE, text } from '../values.js';

const MARK = PLACEHOLDER_MARK;
const lineOf = (content: string, part: string) =>
  content.split('\n').findIndex((line) => line.includes(part)) + 1;

/** The placeholders of a Markdown file. */
const find = (content: string, limit?: number) => findPlaceholders(parseFile(content), limit);
const linesOf = (content: string) => find(content).placeholders.map(({ line }) => line);

describe('a line with the mark', () => {
  it('is found wherever it begins a line, whichever line ending there is, and no other line is', () => {
    const line = fc.oneof(
      fc.stringMatching(/^[a-z .:]{0,12}$/),
      fc.stringMatching(/^[ \t#>*+_-]{0,9}$/).map((each) => `${each}${MARK} x`),
    );
    fc.assert(
      fc.property(fc.array(line), fc.constantFrom('\n', '\r\n', '\r'), (each, end) => {
        // An empty line after each, since the rest of a paragraph belongs to its placeholder.
        const lines = each.flatMap((one) => [one, '']);
        const marked = lines.flatMap((one, at) => (one.includes(MARK) ? [at + 1] : []));
        expect(linesOf(lines.join(end))).toEqual(marked);
        expect([...find(lines.join(end)).covered]).toEqual(marked);
      }),
    );
  });

  it('says what belongs in its place', () => {
    expect(find(`a\n\n<!-- ${MARK} the aim\u001b -->\n`).placeholders).toEqual([
      { line: 3, text: 'the aim -->' },
    ]);
  });

  it.each([
    ...[
      '',
      '  ',
      '- ',
      '1. ',
      '* [ ] ',
      '# ',
      '    # ',
      '// ',
      '/* ',
      '> > ',
      '<!-- ',
      '**',
      '- **',
      '_',
      '`',
    ],
    ...['| ', '"', '“', '• ', 'a) ', '<p>', '<td class="x"> ', '\u200b', '--> '],
  ])('counts after %j', (before) => {
    expect(find(`${before}${MARK} x`).count).toBe(1);
  });

  it.each([
    ...['Makes `', 'The ', 'a: ', 'See "', '10 ', '| Build | ', 'a < b '].map(
      (before) => `${before}${MARK} x`,
    ),
    ...[
      `\`${MARK}\` lines are what nobody has written.`,
      `| \`${MARK}\` | not written |`,
      `"${MARK}" is a mark`,
    ],
  ])('does not count where it is only spoken of: %j', (line) => {
    expect(find(line)).toMatchObject({ placeholders: [], count: 0 });
  });

  it('covers the rest of its paragraph or comment, and nothing that begins a block', () => {
    const covered = (content: string) => [...find(content).covered];
    expect(covered(`${MARK} a\nb\n\nc`)).toEqual([1, 2]);
    expect(covered(`> ${MARK} a\n> b\n\nc`)).toEqual([1, 2]);
    expect(covered(`# ${MARK} a\nb`)).toEqual([1]);
    expect(covered(`<!-- ${MARK} a\n\nb --> c\nd`)).toEqual([1, 2, 3]);
    expect(covered(`<div>\n<!-- ${MARK} a -->\nb\n</div>`)).toEqual([2]);
    expect(covered(`\`\`\`sh\n${MARK} a\nmake\n\`\`\`\n`)).toEqual([2]);
    for (const block of ['# b', '- b', '1. b', '> b', '```', '~~~', '<p>'])
      expect(covered(`${MARK} a\n${block}`)).toEqual([1]);
  });

  it.each([
    ['front matter', `---\ntitle: "${MARK} x"\n---\n`],
    ['a task block', `\`\`\`task\nstatus: todo # ${MARK} x\n\`\`\`\n`],
    ['a capability block in a list', `- a\n  ~~~ capability\n  title: ${MARK} x\n  ~~~\n`],
  ])('counts at the beginning of a value or comment of %s, and of that block alone', (_, content) => {
    expect(linesOf(`${content}Speaks of # ${MARK} x\n`)).toEqual([lineOf(content, MARK)]);
  });

  it.each([
    ...[
      `# ${MARK} x`,
      `a: "${MARK} x"`,
      `a: # ${MARK} x`,
      `- ${MARK} x`,
      `a: [${MARK} x]`,
      `a: >-\n  ${MARK} x`,
    ],
  ])('counts in the YAML %j', (yaml) => {
    expect(findYamlPlaceholders(yaml).count).toBe(1);
  });

  it('does not count in YAML that speaks of it', () => {
    expect(findYamlPlaceholders(`# We have filled in every ${MARK} of the template.\na: 1`).count).toBe(0);
  });

  it('is collected up to a limit, and counted beyond it', () => {
    const { placeholders, count, covered } = find(`${MARK} x\n\n`.repeat(9), 2);
    expect({ lines: placeholders.map(({ line }) => line), count, covered: covered.size }).toEqual({
      ...{ lines: [1, 3], count: 9, covered: 9 },
    });
  });

  it('of white space and markers is read in linear time', () => {
    const began = performance.now();
    for (const piece of ['- ', '#', '1. ', '<!--', ' ', '<a>', '<a', 'a) ', '> ', ': ', '-"'])
      for (const content of [`${piece.repeat(200_000 / piece.length)}x ${MARK}`]) {
        find(content);
        findYamlPlaceholders(content);
      }
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('needs the whole mark, in its case', () => {
    for (const other of ['TODO: x', 'todo(doi): x', 'TODO(doi) x', 'TODO(other): x'])
      expect(find(other).placeholders).toEqual([]);
  });
});

it('placeholders are named by their lines, fifteen at most', () => {
  const of = (count: number) => Array.from({ length: count }, (_, at) => ({ line: at + 1, text: '' }));
  expect(namePlaceholders(of(1))).toBe('a placeholder at line 1');
  expect(namePlaceholders(of(3))).toBe('placeholders at lines 1, 2 and 3');
  expect(namePlaceholders(of(17))).toBe(
    'placeholders at lines 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 and 2 more',
  );
});

describe('SCOPE.md', () => {
  const scope = (content: string) => judge(c05Scope, { 'SCOPE.md': text(content) });

  it('with a placeholder beside what is written is warned of by C5, which names the line', () => {
    const content = SCOPE.replace('## Terminology\n', `## Terminology\n${MARK} more words\n`);
    expect(scope(content)).toMatchObject({
      status: 'warn',
      detail: `SCOPE.md has a placeholder at line ${lineOf(content, MARK)}.`,
      remedy: `Replace each line with \`${MARK}\` by what it asks for. Then check it: \`doi check PATH\`.`,
    });
  });

  it('lacks a section that holds nothing but placeholders and further headings', () => {
    const content = SCOPE.replace(
      '## Terminology\n\nText.\n',
      `## Terminology\n\n### Words\n\n${MARK} words\n`,
    );
    expect(scope(content)).toMatchObject({
      status: 'warn',
      detail: `SCOPE.md has a placeholder at line ${lineOf(content, MARK)}, and nothing else in the sections Terminology.`,
    });
    expect(scope(content.replace('### Words', 'Words'))).toMatchObject({
      detail: `SCOPE.md has a placeholder at line ${lineOf(content, MARK)}.`,
    });
  });

  it('lacks a section whose heading is a placeholder', () => {
    expect(scope(SCOPE.replace('## Terminology', `## ${MARK} Terminology`)).detail).toContain(
      'lacks the sections Terminology',
    );
  });

  it('is warned of by C5 once its placeholders are deleted and no section has anything', () => {
    const emptied = SCOPE.replaceAll('Text.\n', '').replace(/```[\s\S]*```\n/, '');
    expect(scope(emptied)).toMatchObject({
      status: 'warn',
      detail: 'SCOPE.md has nothing written in any section.',
      remedy: 'Write what belongs in each section. Then check it: `doi check PATH`.',
    });
    expect(scope(`${emptied}\nNone.\n`).status).toBe('pass');
  });

  it('declares no capabilities for C11 while a placeholder is in their section or in a block', () => {
    const judged = (content: string) => judge(c11CapabilitiesDeclared, { 'SCOPE.md': text(content) });
    const inSection = SCOPE.replace(
      '## Provided Capabilities\n',
      `## Provided Capabilities\n${MARK} none?\n`,
    );
    expect(judged(inSection)).toMatchObject({
      status: 'fail',
      detail: `SCOPE.md declares no capabilities yet: where they belong, it has a placeholder at line ${lineOf(inSection, MARK)}.`,
    });
    expect(judged(`## Provided Capabilities\nNone.\n### Later\n${MARK} which\n`).status).toBe('fail');
    expect(judged(`\`\`\`capability\ntype: api\n# ${MARK} title\n\`\`\`\n`).status).toBe('fail');
    const example = '## Provided Capabilities\nNone.\n\n```md\n';
    expect(judged(`${example}${MARK} x\n\`\`\`\n`).status).toBe('pass');
    expect(judged(`# A\n${MARK} x\n## Provided Capabilities\nNone.\n## More\n${MARK} y\n`).status).toBe(
      'pass',
    );
  });

  it('of many headings, blocks and placeholders is read in linear time', () => {
    const content =
      `## Provided Capabilities\n${MARK} x\n`.repeat(5_800) + '```capability\n```\n'.repeat(100);
    expect(Buffer.byteLength(content)).toBeLessThan(256 * 1024);
    const began = performance.now();
    expect(readScope(content).undeclared).toHaveLength(5_800);
    for (const block of ['\n'.repeat(250_000), `${MARK}\n`.repeat(12_000)])
      readScope(`## Provided Capabilities\n\n${MARK} x\n\n~~~\n${block}~~~\n`);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

describe('CLAUDE.md', () => {
  const TEMPLATE = `# Working here\n\n## Build\n\n${MARK} how\n\nSetext\n------\n\n${KAIZEN_LINES.join('\n')}\n`;

  it('with nothing but headings, placeholders and the paragraph of the template fails C6', () => {
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': text(TEMPLATE) })).toMatchObject({
      status: 'fail',
      detail: 'CLAUDE.md is still the template, with a placeholder at line 5.',
    });
  });

  it('is still the template however it is wrapped, and with comments and empty code blocks', () => {
    const wrapped = claudeTemplate('acme-widget').replace(/(?=.{81})(.{0,80}) /g, '$1 \n');
    expect(wrapped.split('\n').length).toBeGreaterThan(claudeTemplate('acme-widget').split('\n').length);
    const variants = [
      wrapped,
      `${TEMPLATE}\n<!-- ${MARK} a\nb -->\n`,
      `${TEMPLATE}\n<!--\n${MARK} a\n\nb\n-->\n`,
      `${TEMPLATE}\n<!-- a\n\nb -->\n`,
      `${TEMPLATE}\n\`\`\`sh\n${MARK} make\n\`\`\`\n`,
      `${TEMPLATE}\n- ${MARK} a\n  b\n> ${MARK} c\n`,
    ];
    for (const content of variants)
      expect(judge(c06ClaudeMd, { 'CLAUDE.md': text(content) }).status, content).toBe('fail');
    const filled = ['<!-- a --> b', '```sh\nmake\n```', '```html\n<!-- Copyright ACME -->\n```'];
    for (const content of [
      ...filled.map((each) => `${TEMPLATE}\n${each}\n`),
      `# ${MARK} name\nThis builds the billing service.\n`,
    ])
      expect(judge(c06ClaudeMd, { 'CLAUDE.md': text(content) }).status, content).toBe('warn');
  });

  it('with something written and a placeholder is warned of by C6', () => {
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': text(`${TEMPLATE}Run make.\n`) })).toMatchObject({
      status: 'warn',
      detail: 'CLAUDE.md is at the root, but has a placeholder at line 5.',
    });
  });

  it('fails C6 once its placeholders are deleted, and passes once something is written', () => {
    const deleted = TEMPLATE.replace(`${MARK} how\n`, '');
    for (const content of [deleted, deleted.replace(KAIZEN_LINES.join('\n'), '')])
      expect(judge(c06ClaudeMd, { 'CLAUDE.md': text(content) })).toMatchObject({
        status: 'fail',
        detail: 'CLAUDE.md is still the template, with nothing written in it.',
        remedy: 'Write what a coding assistant must know here. Then check it: `doi check PATH`.',
      });
    expect(judge(c06ClaudeMd, { 'CLAUDE.md': text(`${deleted}\nRun make.\n`) }).status).toBe('pass');
  });

  it('without a placeholder passes, whatever it says', () => {
    const licence = '# A\n\n## Header of each file\n\n```html\n<!-- Copyright ACME -->\n```\n';
    for (const content of ['# Working here\n', licence, '---\na: b\nc: d\n---\n# A\n\n## B\n'])
      expect(judge(c06ClaudeMd, { 'CLAUDE.md': text(content) }).status, content).toBe('pass');
  });

  it('that is still the template does not hide .claude/CLAUDE.md', () => {
    const files = { 'CLAUDE.md': text(TEMPLATE), '.claude/CLAUDE.md': text('Run make.') };
    expect(judge(c06ClaudeMd, files)).toMatchObject({ status: 'pass', detail: 'CLAUDE.md is in .claude.' });
  });

  it('names kaizen for C12 only outside of placeholders', () => {
    expect(judge(c12AgentsTemplate, { 'CLAUDE.md': text(`${MARK} take up kaizen\n`) }).status).toBe('fail');
    const comment = `<!-- ${MARK} take up the agents template\n(kaizen) here -->\n`;
    expect(judge(c12AgentsTemplate, { 'CLAUDE.md': text(comment) }).status).toBe('fail');
    expect(judge(c12AgentsTemplate, { 'CLAUDE.md': text(TEMPLATE) }).status).toBe('pass');
  });
});

describe('tpsc.yaml', () => {
  it('with a placeholder declares nothing, though what is left is valid', () => {
    expect(
      judge(c09ServicesDeclared, { 'tpsc.yaml': text(`# ${MARK} which\nservices: []\n`) }),
    ).toMatchObject({
      status: 'fail',
      detail: 'tpsc.yaml declares nothing yet: it has a placeholder at line 1.',
    });
  });

  it.each([
    `services:\n  - slug: mail\n    # ${MARK} purpose\n    auth: none\n`,
    `services:\n  - ${MARK} x\n`,
    `services:\n  - slug: a\n    purpose: x\n    auth: unknown # ${MARK} say how\n`,
    `services: [] # ${MARK} list them\n`,
  ])('with a placeholder is said to have that before what else is wrong with it: %j', (content) => {
    expect(judge(c09ServicesDeclared, { 'tpsc.yaml': text(content) }).detail).toBe(
      `tpsc.yaml declares nothing yet: it has a placeholder at line ${lineOf(content, MARK)}.`,
    );
  });
});

describe('a workplan', () => {
  const path = 'workplans/A-WP-0001-x.md';
  const check = (body: string) =>
    checkWorkplans([{ path, content: text(`---\nid: A-WP-0001\n---\n${body}`) }]);
  const TASK = '```task\nid: T01\nstatus: nonsense\n```\n';

  // Each of them is what CommonMark ends before the task block, with the mark as without it.
  it.each([
    `<!--\n${MARK} split this -->\n`,
    `<!A\n${MARK} split this >\n`,
    `<script>\n~~~\n${MARK} x </script>\n`,
    `- ~~~\n\n<!--\n${MARK} x -->\n`,
    `<pre>\n\`\`\`\n${MARK} x</pre>\n`,
    `<pre>\n<!-- x\n</pre>\n\n~~~~ ${MARK} x\nabc\n~~~~\n`,
  ])('is checked below %j', (above) => {
    const line = above.split('\n').length + 3;
    expect(check(above + TASK)).toContainEqual(expect.objectContaining({ check: 'C-10', line }));
  });

  it.each([
    '',
    '- Run it:\n\n      ~~~\n      sh\n\n',
    '> ~~~\n> x\n\n',
    '    ~~~\n\n',
    '<pre>\n~~~\n</pre>\n',
  ])('has a placeholder in a task block below %j', (above) => {
    const line = above.split('\n').length + 5;
    const found = check(`${above}\`\`\`task\nid: T01\ntitle: "${MARK} name it"\n\`\`\`\n`);
    expect(found).toContainEqual(expect.objectContaining({ check: 'C-15', line }));
  });
});
