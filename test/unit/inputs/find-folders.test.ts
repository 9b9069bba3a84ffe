/** Tests of finding the folders of a checkout to watch for file system events. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EVENT_FOLDERS } from '../../../src/inputs/probe/find-folders.js';
import { probeCheckout } from '../../../src/inputs/probe/probe-checkout.js';
import { put, tempFolder } from './checkout-files.js';

function find(path: string) {
  return probeCheckout({ id: 'r', host: 'h', path }, { folders: true }).folders;
}

/** The names of those that are found. */
function namesIn(path: string): string[] {
  return EVENT_FOLDERS.filter((_, at) => find(path)?.ids[at] !== null);
}

test('finds the folders that are there, and none unless that is requested', () => {
  const root = tempFolder();
  expect(namesIn(root)).toEqual(['']);
  put(root, '.claude/rules/a.md');
  put(root, 'workplans/archived/b.md');
  put(root, 'refs/heads/main');
  expect(namesIn(root)).toEqual(EVENT_FOLDERS.filter((name) => name !== 'refs/heads'));
  expect(find(root)?.root).toBe(root);
  expect(probeCheckout({ id: 'r', host: 'h', path: root }).folders).toBeNull();
});

test('when the root is a bare repository, then it finds the root and the folder of branches', () => {
  const root = tempFolder();
  put(root, 'HEAD', 'ref: refs/heads/main\n');
  put(root, 'objects/x');
  put(root, 'refs/heads/x');
  put(root, 'workplans/a.md');
  expect(namesIn(root)).toEqual(['', 'refs/heads']);
});

test('when there is no folder, then it finds none', () => {
  const root = tempFolder();
  expect(find(join(root, 'nothing'))).toBeNull();
  expect(find(put(root, 'file'))).toBeNull();
});

test('leaves out what is a file, and what is reached through a link', () => {
  const root = tempFolder();
  put(root, 'docs/archived/a.md');
  put(root, '.claude', 'a file');
  symlinkSync('docs', join(root, 'workplans'));
  expect(namesIn(root)).toEqual(['']);
});

test('finds the folders of a checkout whose own path is a link', () => {
  const root = tempFolder();
  put(root, 'real/workplans/a.md');
  symlinkSync('real', join(root, 'link'));
  expect(find(join(root, 'link'))).toEqual(find(join(root, 'real')));
});

test('distinguishes a folder from the one that took its place, even with the same inode number', () => {
  const root = tempFolder();
  const seen = new Set<string | null | undefined>();
  const at = EVENT_FOLDERS.indexOf('workplans');
  const note = () => seen.add(find(root)?.ids[at]);
  mkdirSync(join(root, 'workplans'));
  note();
  rmSync(join(root, 'workplans'), { recursive: true });
  mkdirSync(join(root, 'workplans'));
  note();
  renameSync(join(root, 'workplans'), join(root, 'old'));
  mkdirSync(join(root, 'workplans'));
  note();
  expect(seen.size).toBe(3);
});
