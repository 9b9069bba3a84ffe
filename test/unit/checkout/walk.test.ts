/** Tests of the walk: order, limits, links, names that are not UTF-8. */
import { Dir, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { WALK_LIMITS, type WalkEntry, walkFolder } from '../../../src/checkout/walk.js';
import { makeFifo, put, tempFolder } from '../inputs/checkout-files.js';

function entriesOf(root: string): readonly WalkEntry[] {
  const walk = walkFolder(root, 'w');
  if (walk.state !== 'present') throw new Error(`expected entries, got ${JSON.stringify(walk)}`);
  return walk.entries;
}

function fill(root: string, count: number): void {
  mkdirSync(join(root, 'w'));
  for (let index = 0; index < count; index += 1) writeFileSync(join(root, 'w', `${index}`), '');
}

test('lists entries in the order of their names’ bytes, a sub-folder’s right after it', () => {
  const root = tempFolder();
  for (const path of ['w/b', 'w/a/z', 'w/a/B', 'w/a-1', 'w/É', 'w/Z']) put(root, path);
  const paths = entriesOf(root).map(({ path }) => path);
  expect(paths).toEqual(['Z', 'a', 'a/B', 'a/z', 'a-1', 'b', 'É']);
});

test('keeps names that are not UTF-8 apart, though they are shown alike', () => {
  const root = tempFolder();
  mkdirSync(join(root, 'w'));
  for (const byte of [0xff, 0xfe]) {
    writeFileSync(Buffer.concat([Buffer.from(`${root}/w/x`), Buffer.from([byte])]), '');
  }
  const entries = entriesOf(root);
  expect(entries.map(({ bytes }) => [...bytes])).toEqual([
    [0x78, 0xfe],
    [0x78, 0xff],
  ]);
  expect(new Set(entries.map(({ path }) => path))).toEqual(new Set(['x\ufffd']));
});

test('shows no control character of a name', () => {
  const root = tempFolder();
  put(root, 'w/a\u001b[31mb');
  expect(entriesOf(root)[0]?.path).toBe('a[31mb');
});

test('says what each entry is, and never follows a link', () => {
  const root = tempFolder();
  const outside = tempFolder();
  put(outside, 'secret', 'secret');
  put(root, 'w/file', 'text');
  put(root, 'w/folder/in');
  makeFifo(join(root, 'w/fifo'));
  symlinkSync('file', join(root, 'w/l-in'));
  symlinkSync('folder', join(root, 'w/l-folder'));
  symlinkSync(outside, join(root, 'w/l-out'));
  symlinkSync('gone', join(root, 'w/l-missing'));
  symlinkSync('l-loop', join(root, 'w/l-loop'));
  const seen = Object.fromEntries(entriesOf(root).map(({ path, kind, target }) => [path, [kind, target]]));
  expect(seen).toEqual({
    fifo: ['other', 'fifo'],
    file: ['file', 'file'],
    folder: ['folder', 'folder'],
    'folder/in': ['file', 'file'],
    'l-folder': ['link', 'folder'],
    'l-in': ['link', 'file'],
    'l-loop': ['link', 'loop'],
    'l-missing': ['link', 'missing'],
    'l-out': ['link', 'outside'],
  });
});

test('takes 5,000 entries and rejects 5,001, with the version of the limit', () => {
  const root = tempFolder();
  fill(root, WALK_LIMITS.entries);
  expect(walkFolder(root, 'w').state).toBe('present');
  put(root, 'w/one-more');
  expect(walkFolder(root, 'w')).toMatchObject({
    state: 'rejected',
    reason: 'w has more than 5,000 entries.',
    version: 'over-limit#5001',
  });
});

test('counts the entries of all folders together', () => {
  const root = tempFolder();
  fill(root, WALK_LIMITS.entries - 1);
  put(root, 'w/folder/a');
  expect(walkFolder(root, 'w')).toMatchObject({ version: 'over-limit#5001' });
});

test('stops at the limit instead of reading a huge folder to its end', () => {
  const root = tempFolder();
  fill(root, WALK_LIMITS.entries + 500);
  const reads = vi.spyOn(Dir.prototype, 'readSync');
  expect(walkFolder(root, 'w')).toMatchObject({ version: 'over-limit#5001' });
  expect(reads).toHaveBeenCalledTimes(WALK_LIMITS.entries + 1);
  reads.mockRestore();
});

test('takes five levels and rejects a sixth', () => {
  const root = tempFolder();
  put(root, 'w/2/3/4/5/file');
  mkdirSync(join(root, 'w/2/3/4/5/empty'));
  expect(walkFolder(root, 'w').state).toBe('present');
  put(root, 'w/2/3/4/5/empty/file');
  expect(walkFolder(root, 'w')).toMatchObject({
    state: 'rejected',
    reason: 'w has more than 5 levels of folders.',
    version: 'over-limit#6',
  });
});

test('takes 16 MiB of files and rejects one byte more, a link’s target counted', () => {
  const root = tempFolder();
  truncateSync(put(root, 'w/big'), WALK_LIMITS.bytes);
  expect(walkFolder(root, 'w').state).toBe('present');
  put(root, 'one', '1');
  symlinkSync('../one', join(root, 'w/link'));
  expect(walkFolder(root, 'w')).toMatchObject({
    state: 'rejected',
    reason: 'w has more than 16 MiB of files.',
    version: `over-limit#${WALK_LIMITS.bytes + 1}`,
  });
});

test('rejects a sparse file of 5 GB without reading it', () => {
  const root = tempFolder();
  truncateSync(put(root, 'w/sparse'), 5e9);
  expect(walkFolder(root, 'w')).toMatchObject({ state: 'rejected', version: 'over-limit#5000000000' });
});

test('follows the folder’s own path through a link inside the checkout, and no other', () => {
  const root = tempFolder();
  const outside = tempFolder();
  put(root, 'real/rules/a.md');
  put(outside, 'rules/secret.md');
  symlinkSync('real', join(root, 'in'));
  symlinkSync(outside, join(root, 'out'));
  expect(walkFolder(root, 'in/rules')).toMatchObject({ state: 'present', entries: [{ path: 'a.md' }] });
  const out = walkFolder(root, 'out/rules');
  expect(out).toMatchObject({
    state: 'rejected',
    reason: 'out/rules is a link that leads out of the checkout.',
  });
  expect(out.version).toMatch(/@outside$/);
});

test('says so where something that is no folder stands in its place', () => {
  const root = tempFolder();
  put(root, 'w');
  makeFifo(join(root, 'fifo'));
  expect(walkFolder(root, 'w')).toMatchObject({ state: 'rejected', reason: 'w is a file, not a folder.' });
  expect(walkFolder(root, 'w').version).toMatch(/@file$/);
  expect(walkFolder(root, 'fifo').version).toMatch(/@fifo$/);
  expect(walkFolder(root, 'none')).toEqual({ state: 'absent', version: 'absent', newestCtime: 0 });
  expect(walkFolder(join(root, 'no-checkout'), 'w').state).toBe('absent');
});

test.each(['w', 'w/sub'])('returns another version when %s is swapped for an equal one', (path) => {
  const root = tempFolder();
  mkdirSync(join(root, 'w/sub'), { recursive: true });
  mkdirSync(join(root, 'other/sub'), { recursive: true });
  // The same sub-folder within, so that only the inode of what is swapped differs.
  if (path === 'w') renameSync(join(root, 'other/sub'), join(root, 'spare'));
  const before = walkFolder(root, 'w').version;
  renameSync(join(root, path), join(root, 'old'));
  renameSync(join(root, path === 'w' ? 'other' : 'other/sub'), join(root, path));
  if (path === 'w') renameSync(join(root, 'old/sub'), join(root, 'w/sub'));
  expect(walkFolder(root, 'w').version).not.toBe(before);
});

test('passes over the names that do not count, whatever their size', () => {
  const root = tempFolder();
  put(root, 'w/a.md', 'text');
  truncateSync(put(root, 'w/image.png'), WALK_LIMITS.bytes + 1);
  const only = (name: string) => name.endsWith('.md');
  const before = walkFolder(root, 'w', { only });
  expect(before).toMatchObject({ state: 'present', entries: [{ path: 'a.md' }] });
  put(root, 'w/image.png', 'text');
  expect(walkFolder(root, 'w', { only }).version).toBe(before.version);
});

test('gives another version when a folder was moved away and back, which changes nothing in it', () => {
  const root = tempFolder();
  put(root, 'w/sub/a.md', 'text');
  for (const folder of ['w', 'w/sub']) {
    const before = walkFolder(root, 'w').version;
    renameSync(join(root, folder), join(root, 'away'));
    renameSync(join(root, 'away'), join(root, folder));
    expect(walkFolder(root, 'w').version).not.toBe(before);
  }
});

test('rejects links that lead over more than 10,000 names in all, and takes as many as that', () => {
  const root = tempFolder();
  put(root, 'w/file');
  const way = `${'./'.repeat(249)}file`;
  for (let index = 0; index < 40; index += 1) symlinkSync(way, join(root, 'w', `l${index}`));
  expect(walkFolder(root, 'w').state).toBe('present');
  symlinkSync(way, join(root, 'w/one-more'));
  expect(walkFolder(root, 'w')).toMatchObject({
    state: 'rejected',
    reason: 'w has links over more than 10,000 names.',
    version: 'over-limit#10250',
  });
});
