import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInside } from '../../../src/checkout/create-inside.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let root: string;
let outside: string;
beforeEach(async () => {
  root = await makeTempFolder('create');
  outside = await makeTempFolder('outside');
});
afterEach(async () => {
  chmodSync(root, 0o755);
  await Promise.all([removeFolder(root), removeFolder(outside)]);
});

const path = (...names: string[]) => join(root, ...names);
const refuses = (message: RegExp) =>
  expect.objectContaining({ code: 'file_not_written', message: expect.stringMatching(message) });

describe('creating a file', () => {
  it('writes it, and the folder that it lies in', () => {
    expect(createInside(root, { name: 'a.md', text: 'é\n' })).toBe('created');
    expect(createInside(root, { folder: 'sub', name: 'b.md', text: 'x' })).toBe('created');
    expect(readFileSync(path('a.md'), 'utf8')).toBe('é\n');
    expect(readFileSync(path('sub', 'b.md'), 'utf8')).toBe('x');
  });

  it.each([
    ['a file', () => writeFileSync(path('a.md'), 'mine')],
    ['a folder', () => mkdirSync(path('a.md'))],
    ['a pipe', () => execFileSync('mkfifo', [path('a.md')])],
    ['a link that leads nowhere', () => symlinkSync(join(outside, 'none'), path('a.md'))],
    ['a link to a file outside', () => symlinkSync(join(outside, 'x'), path('a.md'))],
  ])('when %s is there, then it leaves that as it is', (_, make) => {
    make();
    // Not that of the folder above, in which other tests make theirs.
    const list = () =>
      execFileSync('ls', ['-ld', '--time-style=full-iso', root, path('a.md')], { encoding: 'utf8' });
    const before = list();
    expect(createInside(root, { name: 'a.md', text: 'new' })).toBe('present');
    expect([list(), readdirSync(root)]).toEqual([before, ['a.md']]);
    expect(readdirSync(outside)).toEqual([]);
  });

  it('when the folder is a link to one inside, then it writes there', () => {
    mkdirSync(path('docs'));
    symlinkSync('docs', path('sub'));
    expect(createInside(root, { folder: 'sub', name: 'a.md', text: 'x' })).toBe('created');
    expect(readdirSync(path('docs'))).toEqual(['a.md']);
  });

  it.each([
    ['a link out of the checkout', () => symlinkSync(outside, path('sub'))],
    ['a link that leads nowhere', () => symlinkSync('none', path('sub'))],
    ['a link to itself', () => symlinkSync('sub', path('sub'))],
    ['a file', () => writeFileSync(path('sub'), '')],
    ['a pipe', () => execFileSync('mkfifo', [path('sub')])],
  ])('when its folder is %s, then it refuses, and writes nothing', (_, make) => {
    make();
    expect(() => createInside(root, { folder: 'sub', name: 'a.md', text: 'x' })).toThrow(
      refuses(/^sub is no folder inside the checkout/),
    );
    expect(readdirSync(outside)).toEqual([]);
    expect(readdirSync(root)).toEqual(['sub']);
  });

  it.each(['.git', '.git/refs/tags', 'lib', 'lib/plans'])(
    'when its folder leads to %s, of git or of a submodule, then it refuses, and writes nothing',
    (target) => {
      mkdirSync(path('.git', 'refs', 'tags'), { recursive: true });
      mkdirSync(path('lib', 'plans'), { recursive: true });
      writeFileSync(path('lib', '.git'), 'gitdir: ../.git/modules/lib');
      symlinkSync(target, path('sub'));
      expect(() => createInside(root, { folder: 'sub', name: 'a.md', text: 'x' })).toThrow(
        refuses(/^sub is no folder inside the checkout, or belongs to another repository/),
      );
      expect(
        readdirSync(root, { recursive: true })
          .map(String)
          .filter((each) => each.endsWith('a.md')),
      ).toEqual([]);
    },
  );

  it('when the root became a link, then it refuses', () => {
    symlinkSync(outside, path('link'));
    expect(() => createInside(path('link'), { name: 'a.md', text: 'x' })).toThrow(
      refuses(/moved or replaced/),
    );
    expect(readdirSync(outside)).toEqual([]);
    expect(readlinkSync(path('link'))).toBe(outside);
  });

  it.runIf(process.getuid?.() !== 0)('when the folder is read-only, then it says so', () => {
    chmodSync(root, 0o555);
    expect(() => createInside(root, { name: 'a.md', text: 'x' })).toThrow(
      refuses(/may not write there \(EACCES\)/),
    );
  });

  it('when the disk is full, then it says so, and leaves no part of the file behind', () => {
    const write = (): number => {
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    expect(() => createInside(root, { folder: 'sub', name: 'a.md', text: 'x', write })).toThrow(
      refuses(/^sub\/a\.md was not written: the disk is full \(ENOSPC\)\.$/),
    );
    expect(readdirSync(path('sub'))).toEqual([]);
  });

  it('when another file took its place while it was written, then that stays', () => {
    const write = (): number => {
      execFileSync('mv', [path('a.md'), path('b.md')]);
      writeFileSync(path('a.md'), 'theirs');
      throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
    };
    expect(() => createInside(root, { name: 'a.md', text: 'x', write })).toThrow(refuses(/disk is full/));
    expect(readFileSync(path('a.md'), 'utf8')).toBe('theirs');
  });

  it('writes all bytes, however few a call takes', () => {
    const { writeSync } = process.getBuiltinModule('node:fs');
    const write = (fd: number, bytes: Uint8Array) => writeSync(fd, bytes.subarray(0, 2));
    createInside(root, { name: 'a.md', text: 'twelve bytes', write });
    expect(readFileSync(path('a.md'), 'utf8')).toBe('twelve bytes');
  });
});
