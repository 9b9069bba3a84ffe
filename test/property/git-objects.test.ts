/** Property: a commit has the values of its checkout, and what a checker is given of it is what the checkout has. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytePath } from '../../src/checkout/byte-path.js';
import { safeReadText } from '../../src/checkout/read-inside.js';
import { walkFolder } from '../../src/checkout/walk.js';
import { CONTENT_KEYS } from '../../src/domain/input.js';
import type { GitObjects } from '../../src/git/objects/git-objects.js';
import { loadInputs } from '../../src/inputs/load/load-inputs.js';
import type { ScratchFolder } from '../../src/platform/process/scratch-folder.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import {
  link,
  makeBare,
  type Node,
  openObjects,
  placeOf,
  writeCommit,
  writeTree,
} from '../integration/git/objects/repositories.js';

type Folder = { readonly [name: string]: Node };

const BIG = 'x'.repeat(256 * 1024 + 1);
const file = fc.constantFrom<Node>(
  ...['', '# a\r\nb\r\n', '\ufeffmark', 'x'.repeat(256 * 1024), BIG],
  Buffer.from([0xff, 0xfe]),
  { mode: '100755', content: 'program' },
);
const target = fc.constantFrom(
  ...[
    'a.md',
    './a.md',
    '../a.md',
    '../b/a.md',
    '../CLAUDE.md',
    '../../CLAUDE.md',
    'b',
    'b/',
    'b/.',
    'a.md/',
    'b/a.md',
  ],
  ...[
    '/etc/passwd',
    '/',
    '..',
    '../..',
    '../../..',
    '.',
    '../docs',
    '../docs/a.md',
    '../docs/b',
    'docs',
    'docs/a.md',
  ],
  ...[
    'workplans',
    '../workplans',
    '../workplans/a.md',
    '.claude/rules',
    'gone',
    './'.repeat(300),
    'n'.repeat(300),
  ],
);
// As bytes: one name is not UTF-8, one has a control character, one a line feed.
const name = fc.constantFrom(
  'a.md',
  'b.md',
  'b',
  'c.txt',
  '.h.md',
  '\xff.md',
  '\x1b[1m.md',
  'l\n.md',
  'A.md',
  'b-',
);
const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    file,
    target.map(link),
    fc.dictionary(name, tie('node'), { minKeys: 1, maxKeys: 5 }) as fc.Arbitrary<Node>,
  ),
}));
const folder = fc.dictionary(name, node, { minKeys: 1, maxKeys: 6 }) as fc.Arbitrary<Node>;
const tree = fc.record(
  {
    ...{
      'SCOPE.md': node,
      'Scope.md': file,
      'CLAUDE.md': node,
      'AGENTS.md': target.map(link),
      'tpsc.yml': file,
    },
    '.claude': fc.oneof(
      node,
      fc.record({ 'CLAUDE.md': node, rules: fc.oneof(folder, node) }, { requiredKeys: [] }),
    ),
    workplans: fc.oneof(folder, folder, node),
    ...{ docs: fc.oneof(folder, node), 'a.md': file },
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Folder>;

/** Writes what git would check out. */
function checkOut(path: Buffer, content: Folder): void {
  mkdirSync(path);
  for (const [key, value] of Object.entries(content)) {
    const at = Buffer.concat([path, Buffer.from(`/${key}`, 'latin1')]);
    if (typeof value === 'string' || Buffer.isBuffer(value)) writeFileSync(at, value);
    else if (!('mode' in value) || typeof value.mode !== 'string') checkOut(at, value as Folder);
    else if (value.mode === '120000') symlinkSync(String(value['content']), at);
    else writeFileSync(at, String(value['content']));
  }
}

/** What a checker sees of workplans: its entries, and the text of each. */
function seen(root: string) {
  const walk = walkFolder(bytePath(root), 'workplans');
  if (walk.state !== 'present') return walk.state;
  return walk.entries.map(({ bytes, target: kind }) => {
    const read = safeReadText(bytePath(root), Buffer.concat([Buffer.from('workplans/'), bytes]));
    return [bytes.toString('latin1'), kind, read.state === 'present' ? read.text.slice(0, 100) : read];
  });
}

let top: string;
let repository: string;
let objects: GitObjects;
let scratch: ScratchFolder;
beforeAll(async () => {
  top = await makeTempFolder('git-objects');
  repository = makeBare(join(top, 'r.git'));
  ({ objects, scratch } = await openObjects(top));
});
afterAll(async () => {
  await scratch.close();
  await removeFolder(top);
});

let run = 0;

test('a commit gives the values of its checkout, and a checker is given the workplans of it', async () => {
  await fc.assert(
    fc.asyncProperty(tree, async (content) => {
      run += 1;
      const root = join(top, `checkout-${run}`);
      checkOut(Buffer.from(root), content);
      const place = placeOf(repository, writeCommit(repository, writeTree(repository, content)));
      const there = loadInputs({ path: root }, CONTENT_KEYS);
      const [{ versions }, loaded] = await Promise.all([
        objects.readCommit(place),
        objects.load(place, CONTENT_KEYS),
      ]);
      for (const key of CONTENT_KEYS) expect(loaded[key]?.version, key).toBe(versions[key]);
      const { workplans, ...texts } = valuesOf(loaded);
      const { workplans: plans, ...others } = valuesOf(there);
      expect(texts).toEqual(others);
      // Two digests differ in how they are made.
      const rejected = (value: unknown) => (value as { rejected?: string }).rejected;
      expect(rejected(workplans)).toBe(rejected(plans));
      if (rejected(workplans) !== undefined) return;
      const laidOut = await objects.layOut(place, [], async ({ path }) => seen(path));
      expect(laidOut).toEqual(withoutFoldersElsewhere(seen(root), laidOut));
    }),
    { numRuns: 40, endOnFailure: true, interruptAfterTimeLimit: 8_000 },
  );
}, 60_000);

function valuesOf(loaded: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(loaded).map(([key, { value }]) => [key, value]));
}

/** A link to a folder elsewhere in the tree leads nowhere in a layout. */
function withoutFoldersElsewhere(checkout: ReturnType<typeof seen>, laidOut: ReturnType<typeof seen>) {
  if (!Array.isArray(checkout) || !Array.isArray(laidOut)) return checkout;
  return checkout.map((entry, index) => {
    const other = laidOut[index];
    return entry[1] === 'folder' && other?.[1] === 'outside' && other[0] === entry[0] ? other : entry;
  });
}
