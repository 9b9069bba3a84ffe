import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeDocument } from '../../src/api/document.js';
import { CRITERIA } from '../../src/criteria/index.js';
import { ERRORS } from '../../src/domain/errors.js';
import { STALE_CODES } from '../../src/domain/freshness.js';
import { VARIABLES } from '../../src/platform/config.js';
import { packageRoot } from '../../src/platform/process/package-root.js';

// A script without types.
const script = '../../scripts/bundled-packages.js';
const { BUNDLED } = (await import(script)) as { readonly BUNDLED: readonly string[] };

const read = (file: string) => readFileSync(join(packageRoot, file), 'utf8');
const list = (folder: string) =>
  readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(packageRoot, join(entry.parentPath, entry.name)))
    .sort();
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1] ?? '');
const pages = [...list('docs'), ...readdirSync(packageRoot)].filter((name) => name.endsWith('.md'));

describe('docs/criteria.md', () => {
  it('has a row for each criterion, with its tier, label and inputs', () => {
    const rows = read('docs/criteria.md')
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()));
    const shown = rows.filter(([, id]) => /^C\d+$/.test(id ?? ''));
    expect(shown.map((cells) => [cells[1], cells[2], cells[3], cells[7]])).toEqual(
      CRITERIA.map(({ id, tier, label, inputs }) => [
        id,
        tier,
        label,
        inputs.map((key) => `\`${key}\``).join(', '),
      ]),
    );
  });
});

describe('docs/errors.md', () => {
  it('has a section for each code, and none without one', () => {
    const sections = found(read('docs/errors.md'), /^### `(\w+)`$/gm);
    expect(sections.sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it('says of each code whose problem it is and which HTTP status it has', () => {
    const text = read('docs/errors.md');
    for (const [code, { kind, http }] of Object.entries(ERRORS)) {
      expect(text, code).toMatch(new RegExp(`^### \`${code}\`\\n\\n\\*${kind}, ${http}\\.\\* `, 'm'));
    }
  });
});

describe('docs/operations.md', () => {
  it('has a row for each setting, and none for another', () => {
    const rows = found(read('docs/operations.md'), /^\| `([A-Z][A-Z_]+)` \|/gm);
    expect(rows.sort()).toEqual([...VARIABLES].sort());
  });
});

describe('what docs/operations.md says of doi doctor', () => {
  const [, section = ''] = read('docs/operations.md').split(/^## doi doctor$/m);
  const text = section.split(/^## /m)[0] ?? '';

  it('has a row for each group of checks, and none for another', () => {
    const groups = found(read('src/doctor/examine.ts'), /\brun\('([^']+)'/g).filter(
      (name) => name !== 'Not looked at',
    );
    expect(groups.length).toBeGreaterThan(5);
    const rows = found(text, /^\| ([A-Z]\w*(?: \w+)*) \|/gm);
    expect(rows.sort()).toEqual(groups.sort());
    // The output that is shown has them too.
    expect(groups.filter((name) => !text.includes(`\n${name}\n`))).toEqual([]);
  });

  it('names each field of its JSON', () => {
    const code = read('src/doctor/check.ts');
    const types = found(code, /^export interface (?:Check|DoctorAnswer) \{([\s\S]*?)^\}/gm).join('\n');
    const fields = found(types, /^ {2}readonly (\w+):/gm);
    expect(fields.length).toBeGreaterThan(6);
    expect(fields.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

describe('docs/decisions', () => {
  it('have a row for each dependency, bundled, optional or of the development, and none for another', () => {
    const { dependencies, peerDependencies, devDependencies } = JSON.parse(read('package.json'));
    // An installation downloads none.
    expect(dependencies).toBeUndefined();
    const page = read('docs/decisions/0005-dependencies.md');
    const [, bundled = '', optional = '', development = ''] = page.split(
      /^(?:Bundled|Optional|For development)\b.*:$/gm,
    );
    const rowsOf = (part: string) =>
      found(part, /^\| (`[^|]+`) \|/gm)
        .flatMap((cell) => cell.replaceAll('`', '').split(', '))
        .sort();
    expect(rowsOf(bundled)).toEqual([...BUNDLED].sort());
    expect(rowsOf(optional)).toEqual(Object.keys(peerDependencies));
    const others = Object.keys(devDependencies).filter(
      (name) => !BUNDLED.includes(name) && !(name in peerDependencies),
    );
    expect(rowsOf(development)).toEqual(others.sort());
  });

  it('are numbered without a gap, each with its status, its reason and what it costs', () => {
    const files = list('docs/decisions').filter((file) => /\/\d{4}-/.test(file));
    expect(files.map((file) => Number(file.slice(15, 19)))).toEqual(files.map((_, index) => index + 1));
    for (const file of files) {
      const headings = found(read(file), /^## (.+)$/gm);
      expect(headings, file).toEqual(expect.arrayContaining(['Decision', 'Why', 'What it costs']));
    }
  });
});

describe('docs/api.md', () => {
  const text = read('docs/api.md');
  const document = makeDocument({ version: '0', publicUrl: '/', examples: [] });
  const namesIn = (schema: unknown): string[] =>
    Object.entries(Object(schema)).flatMap(([key, value]) => [
      ...(key === 'properties' ? Object.keys(Object(value)) : []),
      ...(typeof value === 'object' ? namesIn(value) : []),
    ]);

  it('names each field of an answer', () => {
    const { Problem: _, Health: __, Readiness: ___, ...answers } = document.components?.schemas ?? {};
    const fields = namesIn(answers).filter((name) => !CRITERIA.some(({ id }) => id === name));
    expect(fields.length).toBeGreaterThan(100);
    expect(fields.filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });

  it('names each code of a reason to be stale', () => {
    expect(STALE_CODES.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
  });

  it('has a section for each route, and none for another', () => {
    const code = list('src').map(read).join('\n');
    const calls = /\bserver\.(get|post|put|delete)(?:<[^(]*>)?\(\s*'([^']+)'/g;
    const routes = [...code.matchAll(calls)].map(([, verb = '', path]) => `${verb.toUpperCase()} ${path}`);
    expect(routes.length).toBeGreaterThan(3);
    expect(found(text, /^### `([A-Z]+ \/[^`]*)`$/gm).sort()).toEqual(routes.sort());
  });
});

describe('docs/architecture.md', () => {
  it('says of each table that is ours what a row is, and none for another', () => {
    const tables = found(read('schema.sql'), /^create (?:unlogged )?table (doi_\w+) \($/gm);
    expect(tables.length).toBeGreaterThan(7);
    expect(found(read('docs/architecture.md'), /^- `(doi_\w+)`: /gm).sort()).toEqual(tables.sort());
  });
});

describe('a page', () => {
  it.each(pages)('%s links to what is there', (page) => {
    const links = found(read(page), /\]\(([^)\s]+)\)/g).filter((link) => !/^(?:[a-z]+:|#)/.test(link));
    const missing = links.filter((link) => {
      const [path = '', anchor] = link.split('#');
      const file = join(dirname(page), path);
      if (!existsSync(join(packageRoot, file))) return true;
      return anchor !== undefined && !anchorsOf(read(file)).includes(anchor);
    });
    expect(missing).toEqual([]);
  });

  it.each(pages)('%s names only source files that exist', (page) => {
    const files = ['src', 'test', 'bench'].flatMap(list);
    const named = found(read(page), /`([\w/.-]+\.tsx?)`/g).filter((name) => !name.includes('cNN-'));
    const missing = named.filter(
      (name) => !existsSync(join(packageRoot, name)) && !files.some((file) => file.endsWith(`/${name}`)),
    );
    expect(missing).toEqual([]);
  });

  it.each(pages)('%s holds no secret and no path of one machine', (page) => {
    const PRIVATE = [
      /\/(?:home|Users|root|work|tmp|mnt)\/[\w.-]+/,
      /\b(?:ghp|gho|ghs|glpat|npm|xox[bp])[_-][A-Za-z0-9_-]{16,}/,
      /\bAKIA[A-Z0-9]{16}\b/,
      /-----BEGIN [A-Z ]*PRIVATE KEY/,
      /\b(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))(?:\.\d{1,3}){2,3}\b/,
    ];
    expect(PRIVATE.map((pattern) => pattern.exec(read(page))?.[0]).filter(Boolean)).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return found(text, /^#+ (.+)$/gm).map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}
