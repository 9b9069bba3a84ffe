/** Tests what the safe read of a checkout's file rejects, how it decodes, and what is an error instead. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { MovedWhileOpened, openInside } from '../../../src/checkout/open-inside.js';
import { MAX_TEXT_BYTES, safeReadText } from '../../../src/checkout/read-inside.js';
import { asUnprivileged, isRoot, makeFifo, put, tempFolder } from '../inputs/checkout-files.js';

test('reads text, drops a byte order mark and makes CRLF LF', () => {
  const root = tempFolder();
  put(root, 'a.md', '\ufeffone\r\ntwo\rthree\n');
  expect(safeReadText(root, 'a.md')).toMatchObject({ state: 'present', text: 'one\ntwo\rthree\n' });
});

test('a file that is not there is absent, and not rejected', () => {
  const root = tempFolder();
  put(root, 'file');
  for (const path of ['none', 'none/below', 'file/below', 'x'.repeat(300)]) {
    expect(safeReadText(root, path)).toEqual({ state: 'absent' });
  }
});

test.each(['/etc/hostname', '../x', 'a/../b', '..', 'a\0b', '', './a', 'a//b'])(
  'rejects the path %j whatever is there',
  (path) => {
    const root = tempFolder();
    put(root, 'a');
    expect(safeReadText(root, path)).toMatchObject({ state: 'rejected' });
  },
);

test('follows a link to the inside, over several links and through a linked folder', () => {
  const root = tempFolder();
  put(root, 'docs/AGENTS.md', 'inside');
  symlinkSync('docs/AGENTS.md', join(root, 'one'));
  symlinkSync(join(root, 'one'), join(root, 'two'));
  symlinkSync('docs', join(root, 'folder'));
  for (const path of ['one', 'two', 'folder/AGENTS.md']) {
    expect(safeReadText(root, path)).toMatchObject({ state: 'present', text: 'inside' });
  }
});

test('when a link has replaced the root that was resolved, then nothing is read through it', () => {
  const root = tempFolder();
  put(root, 'repo/a.md', 'secret');
  symlinkSync('repo', join(root, 'alias'));
  expect(() => safeReadText(join(root, 'alias'), 'a.md')).toThrow('a.md was replaced each time');
});

test('reads no byte from outside, however a link leads there', () => {
  const root = tempFolder();
  const outside = tempFolder();
  put(outside, 'secret', 'secret');
  symlinkSync(join(outside, 'secret'), join(root, 'absolute'));
  symlinkSync(join('..', basename(outside), 'secret'), join(root, 'relative'));
  symlinkSync(outside, join(root, 'folder'));
  symlinkSync('absolute', join(root, 'by-way-of'));
  symlinkSync(`${root}-sibling`, join(root, 'prefix'));
  put(`${root}-sibling`, 'x', 'secret');
  for (const path of ['absolute', 'relative', 'folder/secret', 'by-way-of', 'prefix/x']) {
    const reason = `${path} is a link that leads out of the checkout.`;
    expect(safeReadText(root, path)).toEqual({ state: 'rejected', reason });
  }
  execFileSync('rm', ['-rf', `${root}-sibling`]);
});

test('rejects dangling links, loops and links to a folder', () => {
  const root = tempFolder();
  symlinkSync('gone', join(root, 'dangling'));
  symlinkSync('b', join(root, 'a'));
  symlinkSync('a', join(root, 'b'));
  symlinkSync('.', join(root, 'self'));
  expect(safeReadText(root, 'dangling')).toMatchObject({ reason: expect.stringContaining('not there') });
  expect(safeReadText(root, 'a')).toMatchObject({ reason: expect.stringContaining('back to itself') });
  expect(safeReadText(root, 'self')).toMatchObject({ reason: 'self is a folder, not a file.' });
});

test('rejects pipes, sockets and folders at once, without waiting for a writer', async () => {
  const root = tempFolder();
  makeFifo(join(root, 'fifo'));
  mkdirSync(join(root, 'folder'));
  symlinkSync('fifo', join(root, 'to-fifo'));
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(root, 'socket'), resolve));
  for (const path of ['fifo', 'folder', 'socket', 'to-fifo']) {
    expect(safeReadText(root, path)).toMatchObject({ state: 'rejected' });
  }
  await new Promise((resolve) => server.close(resolve));
});

test.runIf(isRoot)('rejects a device without opening it', () => {
  const root = tempFolder();
  execFileSync('mknod', [join(root, 'zero'), 'c', '1', '5']);
  expect(safeReadText(root, 'zero')).toMatchObject({ reason: 'zero is a device, not a regular file.' });
});

test('reads exactly the limit and rejects one byte more, a sparse file of 5 GB too', () => {
  const root = tempFolder();
  put(root, 'full', 'x'.repeat(MAX_TEXT_BYTES));
  put(root, 'over', 'x'.repeat(MAX_TEXT_BYTES + 1));
  truncateSync(put(root, 'sparse'), 5e9);
  expect(safeReadText(root, 'full')).toMatchObject({ state: 'present' });
  expect(safeReadText(root, 'over')).toEqual({ state: 'rejected', reason: 'over is larger than 256 KiB.' });
  expect(safeReadText(root, 'sparse')).toMatchObject({ state: 'rejected' });
  expect(safeReadText(root, 'full', 10)).toMatchObject({ reason: 'full is larger than 10 bytes.' });
});

test.each([[[0xff]], [[0xc0, 0x80]], [[0xed, 0xa0, 0x80]], [[0x61, 0xe2, 0x82]]])(
  'rejects bytes that are not UTF-8: %j',
  (bytes) => {
    const root = tempFolder();
    put(root, 'a.md', Buffer.from(bytes));
    expect(safeReadText(root, 'a.md')).toEqual({ state: 'rejected', reason: 'a.md is not UTF-8 text.' });
  },
);

test('opens a file by the bytes of its name', () => {
  const root = tempFolder();
  const name = Buffer.from([0x78, 0xff]);
  writeFileSync(Buffer.concat([Buffer.from(`${root}/`), name]), 'text');
  expect(safeReadText(root, name)).toMatchObject({ text: 'text' });
});

test('a file without permission is an error, not a verdict', () => {
  const root = tempFolder();
  chmodSync(put(root, 'private', 'x'), 0);
  chmodSync(root, 0o755);
  expect(readUnprivileged(root, 'private')).toMatchObject({ thrown: 'file_unreadable' });
});

test('a link to a folder outside that this user may not enter leads out all the same', () => {
  const root = tempFolder();
  const outside = tempFolder();
  put(outside, 'x', 'secret');
  symlinkSync(join(outside, 'x'), join(root, 'link'));
  chmodSync(outside, 0);
  chmodSync(root, 0o755);
  expect(readUnprivileged(root, 'link')).toMatchObject({ state: 'rejected' });
  chmodSync(outside, 0o755);
});

function readUnprivileged(root: string, path: string): unknown {
  return asUnprivileged(
    'src/checkout/read-inside.ts',
    `loaded.safeReadText(...${JSON.stringify([root, path])})`,
  );
}

test.each(['/proc/self/fd', '/no-proc-here'])(
  'when a folder on the path became a link, then what is opened through it is refused, by %s',
  (descriptors) => {
    const root = tempFolder();
    const outside = tempFolder();
    put(root, 'folder/file', 'inside');
    put(outside, 'file', 'secret');
    const open = () => openInside(root, { path: `${root}/folder/file`, descriptors }, () => 'opened');
    expect(open()).toBe('opened');
    renameSync(join(root, 'folder'), join(root, 'old'));
    symlinkSync(outside, join(root, 'folder'));
    expect(open).toThrow(MovedWhileOpened);
  },
);
