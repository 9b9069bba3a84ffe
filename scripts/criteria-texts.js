// Makes the texts on the criteria that agents read, from docs/criteria.md: each criterion's row, and the sections that it links to.

/** The longest text, in UTF-16 units; what is longer is cut at a line, and says so. */
const MOST = 12_000;

/**
 * @param {string} page the Markdown
 * @returns {{ id: string, label: string, tier: string, text: string }[]} one for each criterion, in order
 */
export function makeCriteriaTexts(page) {
  const sections = readSections(page);
  const lines = page.split('\n');
  const at = lines.findIndex((line) => line.startsWith('| id |'));
  const heads = cellsOf(lines[at] ?? '');
  const rows = lines.slice(at + 2).map(cellsOf);
  return rows
    .filter(([id = '']) => /^C\d+$/.test(id))
    .map((row) => {
      const cells = Object.fromEntries(heads.map((head, column) => [head, row[column] ?? '']));
      const { id = '', tier = '', label = '' } = cells;
      const facts = ['pass', 'warn', 'fail', 'inputs', 'what to do'].map(
        (head) => `- ${head}: ${withoutLinks(cells[head] ?? '')}`,
      );
      const linked = [...row.join(' ').matchAll(/\]\(#([\w-]+)\)/g)].map(([, anchor = '']) => anchor);
      const more = [...new Set(linked)].flatMap((anchor) => sections.get(anchor) ?? []);
      const text = [`# ${id} ${label} (${tier})`, '', ...facts, ...more.flatMap((one) => ['', one])].join(
        '\n',
      );
      return { id, label, tier, text: cut(`${text}\n`) };
    });
}

function cellsOf(line) {
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** The sections of the page by the anchors of their headings, each up to the next heading of its level or above. */
function readSections(page) {
  const sections = new Map();
  const open = [];
  let isFenced = false;
  for (const line of page.split('\n')) {
    if (/^`{3,}/.test(line)) isFenced = !isFenced;
    const [, marks = '', title = ''] = (!isFenced && /^(#{2,4}) (.+)$/.exec(line)) || [];
    if (marks !== '') {
      while (open.length > 0 && open.at(-1).level >= marks.length) open.pop();
      const section = { level: marks.length, anchor: anchorOf(title), lines: [] };
      open.push(section);
      sections.set(section.anchor, section);
    }
    for (const section of open) section.lines.push(line);
  }
  return new Map([...sections].map(([anchor, { lines }]) => [anchor, withoutLinks(lines.join('\n').trim())]));
}

function anchorOf(title) {
  return title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

/** A reader of the text alone cannot follow its links. */
function withoutLinks(text) {
  return text.replace(/\[([^\]]+)\]\([^)\s]+\)/g, '$1');
}

function cut(text) {
  if (text.length <= MOST) return text;
  return `${text.slice(0, text.lastIndexOf('\n', MOST))}\n…\ndocs/criteria.md has the rest.\n`;
}
