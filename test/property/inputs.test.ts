/** Properties of the inputs' versions: two states never share one, and nothing that is read lies outside. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytePath, toBytes, toText } from '../../src/checkout/byte-path.js';
import { safeReadText } from '../../src/checkout/read-inside.js';
import { probeInput } from '../../src/inputs/probe/probe-input.js';

const NAMES = ['a.md', 'b.md', 'sub/a.md', 'sub/b.md'];
const name = fc.constantFrom(...NAMES);

/** A change of the folder, and what there is of it afterwards as text; times and inodes are the probe's to see. */
const edit = fc.oneof(
  fc.record({ kind: fc.constant('write' as const), name, text: fc.constantFrom('', 'x', 'y', 'long') }),
  fc.record({
    kind: fc.constant('rewrite with the old mtime' as const),
    name,
    text: fc.constantFrom('x', 'y'),
  }),
  fc.record({ kind: fc.constant('remove' as const), name }),
  fc.record({ kind: fc.constant('rename' as const), name, to: name }),
  fc.record({
    kind: fc.constant('link' as const),
    name,
    to: fc.constantFrom('../file', 'gone', 'OUTSIDE'),
  }),
  fc.record({ kind: fc.constant('folder' as const), name }),
);
type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

function inFolder<T>(use: (root: string) => T): T {
  const root = mkdtempSync(join(realpathSync(tmpdir()), 'doi-property-'));
  try {
    return use(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Waits until the file system's clock has moved on: two changes within one tick are what settling is for. */
function tick(root: string): void {
  const scratch = join(root, 'scratch');
  const touch = () => {
    writeFileSync(scratch, '');
    return statSync(scratch, { bigint: true }).ctimeNs;
  };
  for (const before = touch(); touch() <= before; );
}

/** @returns whether anything was changed */
function apply(folder: string, change: Edit): boolean {
  const path = join(folder, change.name);
  // Never through a link: nothing but the test's own folder may be changed.
  const was = lstatSync(path, { throwIfNoEntry: false });
  if (change.kind === 'rename') {
    if (was === undefined || change.name === change.to) return false;
    rmSync(join(folder, change.to), { recursive: true, force: true });
    renameSync(path, join(folder, change.to));
    return true;
  }
  if (change.kind === 'remove' && was === undefined) return false;
  if (change.kind === 'rewrite with the old mtime') {
    if (!was?.isFile()) return false;
    writeFileSync(path, change.text);
    utimesSync(path, was.atime, was.mtime);
    return true;
  }
  // An empty folder that is made again is the same state.
  if (change.kind === 'folder' && was?.isDirectory()) return false;
  rmSync(path, { recursive: true, force: true });
  if (change.kind === 'write') writeFileSync(path, change.text);
  if (change.kind === 'link') symlinkSync(change.to.replace('OUTSIDE', dirname(dirname(folder))), path);
  if (change.kind === 'folder') mkdirSync(path);
  return true;
}

test('every change of workplans gives another version, and no change gives none', () => {
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 12 }), (edits) =>
      inFolder((top) => {
        const root = join(top, 'root');
        const folder = join(root, 'workplans');
        mkdirSync(join(folder, 'sub'), { recursive: true });
        writeFileSync(join(root, 'file'), 'inside');
        let version = probeInput(root, 'workplans').version;
        for (const change of edits) {
          expect(probeInput(root, 'workplans').version).toBe(version);
          tick(root);
          if (!apply(folder, change)) continue;
          const now = probeInput(root, 'workplans').version;
          expect(now, change.kind).not.toBe(version);
          version = now;
        }
      }),
    ),
    { numRuns: 60 },
  );
});

test('no path, whatever it is, reads what lies outside', () => {
  const part = fc.constantFrom('..', '.', '', 'in', 'out', 'secret', 'loop', '/', 'a.md', '\0');
  inFolder((top) => {
    const root = join(top, 'root');
    mkdirSync(join(root, 'in'), { recursive: true });
    writeFileSync(join(top, 'secret'), 'secret');
    writeFileSync(join(root, 'in/a.md'), 'inside');
    symlinkSync('..', join(root, 'out'));
    symlinkSync('../secret', join(root, 'secret'));
    symlinkSync('loop', join(root, 'loop'));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        const read = safeReadText(root, parts.join('/'));
        if (read.state === 'present') expect(read.text).toBe('inside');
      }),
    );
    expect(safeReadText(root, 'in/a.md')).toMatchObject({ text: 'inside' });
  });
});

test('a path as bytes keeps every byte, and every text', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect([...toBytes(Buffer.from(bytes).toString('latin1'))]).toEqual([...bytes]);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(toText(bytePath(text))).toBe(text.toWellFormed());
    }),
  );
});
