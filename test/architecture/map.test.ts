import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { parseSources } from './source-files.js';

interface Edge {
  readonly from: string;
  readonly to: string;
  /** A solid arrow: the first file imports the second, and more of it than types. */
  readonly isImport: boolean;
}

const page = readFileSync(join(packageRoot, 'docs/architecture.md'), 'utf8');
const pictures = [...page.matchAll(/```mermaid\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');

/** The files and arrows of one picture; its boxes without a file (a person, a table) are left out. */
function readPicture(text: string): { files: Map<string, string>; edges: Edge[] } {
  const files = new Map(
    [...text.matchAll(/(\w+)\["([\w/.-]+\.tsx?)(?:<br>[^"]*)?"\]/g)].map(([, id = '', file = '']) => [
      id,
      `src/${file}`,
    ]),
  );
  const edges = [...text.matchAll(/^\s*(\w+)(?:\[[^\]]*\])? (-->|-\.->)(?:\|[^|]*\|)? (\w+)/gm)].map(
    ([, from = '', arrow, to = '']) => ({ from, to, isImport: arrow === '-->' }),
  );
  return { files, edges };
}

function imports(file: string): string[] {
  const text = readFileSync(join(packageRoot, file), 'utf8');
  return [
    ...text.replace(/^import type [\s\S]*?;$/gm, '').matchAll(/(?:from |import\()'(\.[^']+)\.js'/g),
  ].map(([, path = '']) => {
    const target = normalize(join(dirname(file), path));
    return existsSync(join(packageRoot, `${target}.tsx`)) ? `${target}.tsx` : `${target}.ts`;
  });
}

/** The rooms of the first picture, a row of them at a time, from the top; their words stand right of three blanks or more. */
function readRows(): string[][] {
  const [, block = ''] = /```\n([\s\S]*?)```/.exec(page) ?? [];
  const folders = readdirSync(join(packageRoot, 'src'));
  return block
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) =>
      line
        .trim()
        .split(/ {3,}/)
        .filter((name) => folders.includes(name)),
    );
}

const roomOf = (file: string) => file.split('/')[1] ?? '';

describe('the rooms at the beginning of docs/architecture.md', () => {
  const rows = readRows();
  const rowOf = (room: string) => rows.findIndex((row) => row.includes(room));

  it('are all folders of src, each once', () => {
    expect(rows.flat().sort()).toEqual(readdirSync(join(packageRoot, 'src')).sort());
  });

  it('import only from rows below their own', () => {
    const crossing = parseSources('src').flatMap(({ file }) =>
      imports(file)
        .filter((target) => roomOf(target) !== roomOf(file))
        .map((target) => ({ file, target })),
    );
    expect(crossing.length).toBeGreaterThan(500);
    const wrong = crossing.filter(({ file, target }) => rowOf(roomOf(target)) <= rowOf(roomOf(file)));
    expect(wrong.map(({ file, target }) => `${file} imports ${target}`)).toEqual([]);
  });
});

describe('the map at the beginning of docs/architecture.md', () => {
  const walks = pictures.map(readPicture).filter(({ files }) => files.size > 0);

  it('draws three walks', () => {
    expect(walks).toHaveLength(3);
  });

  it.each(walks.map((walk, index) => [index + 1, walk] as const))(
    'names files that exist, in walk %i',
    (_, { files }) => {
      expect([...files.values()].filter((file) => !existsSync(join(packageRoot, file)))).toEqual([]);
    },
  );

  it.each(walks.map((walk, index) => [index + 1, walk] as const))(
    'draws a solid arrow only from a file to one that it imports, in walk %i',
    (_, { files, edges }) => {
      const solid = edges.filter(({ from, to, isImport }) => isImport && files.has(from) && files.has(to));
      expect(solid.length).toBeGreaterThan(2);
      const wrong = solid.filter(
        ({ from, to }) => !imports(files.get(from) ?? '').includes(files.get(to) ?? ''),
      );
      expect(wrong.map(({ from, to }) => `${files.get(from)} does not import ${files.get(to)}`)).toEqual([]);
    },
  );
});
