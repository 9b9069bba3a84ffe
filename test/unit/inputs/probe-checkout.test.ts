/** Tests of the probe of one checkout: the form of its versions, and that every change shows in them. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  renameSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileTimes } from '../../../src/domain/file-version.js';
import type { CheckoutKey } from '../../../src/domain/input.js';
import { type CheckoutProbe, probeCheckout } from '../../../src/inputs/probe/probe-checkout.js';
import { expandHome } from '../../../src/platform/settings/setting-forms.js';
import { asUnprivileged, makeFifo, put, tempFolder } from './checkout-files.js';

const FILE = String.raw`\d+\.\d{9}~\d+\.\d{9}~\d+~\d+`;

function probe(path: string | undefined): CheckoutProbe {
  return probeCheckout({ id: 'r', host: 'h', path });
}

function versionOf(path: string, key: CheckoutKey): string {
  const version = probe(path).versions[key];
  if (!('version' in version)) throw new Error(version.notVerified);
  return version.version;
}

test('gives each kind of input its form of version', () => {
  const root = tempFolder();
  put(root, 'SCOPE.md', 'text');
  put(root, '.claude/rules/a.md');
  put(root, '.claude/rules/sub/b.md');
  put(root, '.claude/rules/c.txt');
  put(root, 'workplans/a');
  const probed = probe(root);
  const { dev, ino } = statSync(root);
  expect(probed.versions).toMatchObject({
    'SCOPE.md': { version: expect.stringMatching(`^${FILE}$`) },
    'CLAUDE.md': { version: 'absent' },
    'tpsc.yaml': { version: 'absent' },
    checkout: { version: `h:${root}#${root}#${dev}:${ino}` },
    '.claude/rules': { version: expect.stringMatching(/^3#[0-9a-f]{16}$/) },
    workplans: { version: expect.stringMatching(/^1#[0-9a-f]{16}$/) },
  });
  expect(probed).toMatchObject({ checkout: { state: 'present', host: 'h', path: root }, head: null });
  expect(probed.newestCtimes['SCOPE.md']).toBeCloseTo(statSync(join(root, 'SCOPE.md')).ctimeMs, 1);
  expect(probed.newestCtimes['CLAUDE.md']).toBe(0);
});

test('the version of a link holds the link’s own, where it leads, and its target’s', () => {
  const root = tempFolder();
  put(root, 'AGENTS.md', 'text');
  symlinkSync('AGENTS.md', join(root, 'CLAUDE.md'));
  const version = versionOf(root, 'CLAUDE.md');
  expect(version).toMatch(new RegExp(`^${FILE}@[0-9a-f]{16}@${FILE}$`));
  expect(fileTimes(version)).toBeDefined();
  writeFileSync(join(root, 'AGENTS.md'), 'edit');
  expect(versionOf(root, 'CLAUDE.md')).not.toBe(version);
});

test('a link that is not followed says where it leads', () => {
  const root = tempFolder();
  symlinkSync(tempFolder(), join(root, 'SCOPE.md'));
  symlinkSync('gone', join(root, 'CLAUDE.md'));
  symlinkSync('tpsc.yaml', join(root, 'tpsc.yaml'));
  expect(versionOf(root, 'SCOPE.md')).toMatch(new RegExp(`^${FILE}@outside$`));
  expect(versionOf(root, 'CLAUDE.md')).toMatch(new RegExp(`^${FILE}@missing$`));
  expect(versionOf(root, 'tpsc.yaml')).toMatch(new RegExp(`^${FILE}@loop$`));
});

test('what is no regular file says what it is', () => {
  const root = tempFolder();
  makeFifo(join(root, 'SCOPE.md'));
  mkdirSync(join(root, 'CLAUDE.md'));
  put(root, 'workplans');
  expect(versionOf(root, 'SCOPE.md')).toMatch(new RegExp(`^${FILE}@fifo$`));
  expect(versionOf(root, 'CLAUDE.md')).toMatch(new RegExp(`^${FILE}@folder$`));
  expect(versionOf(root, 'workplans')).toMatch(new RegExp(`^${FILE}@file$`));
});

const EDITS: Record<string, (root: string) => void> = {
  'an edit of the same size with the old mtime restored': (root) => {
    const { atime, mtime } = statSync(join(root, 'SCOPE.md'));
    writeFileSync(join(root, 'SCOPE.md'), 'TEXT');
    utimesSync(join(root, 'SCOPE.md'), atime, mtime);
  },
  'a file renamed over it': (root) => {
    put(root, 'new', 'TEXT');
    renameSync(join(root, 'new'), join(root, 'SCOPE.md'));
  },
  'a touch': (root) => utimesSync(join(root, 'SCOPE.md'), 1, 1),
  removal: (root) => unlinkSync(join(root, 'SCOPE.md')),
  'a truncation': (root) => truncateSync(join(root, 'SCOPE.md'), 1),
};
test.each(Object.keys(EDITS))('%s changes a file’s version', (name) => {
  const root = tempFolder();
  put(root, 'SCOPE.md', 'text');
  const before = versionOf(root, 'SCOPE.md');
  EDITS[name]?.(root);
  expect(versionOf(root, 'SCOPE.md')).not.toBe(before);
});

test('a checkout swapped for another at the same path changes the version of the checkout', () => {
  const root = tempFolder();
  put(root, 'one/SCOPE.md');
  put(root, 'two/SCOPE.md');
  const before = versionOf(join(root, 'one'), 'checkout');
  renameSync(join(root, 'one'), join(root, 'old'));
  renameSync(join(root, 'two'), join(root, 'one'));
  expect(versionOf(join(root, 'one'), 'checkout')).not.toBe(before);
});

test('a checkout that is not there makes every file absent', () => {
  const root = tempFolder();
  const path = join(root, 'gone');
  const probed = probe(path);
  const { checkout, ...files } = probed.versions;
  expect(checkout).toEqual({ version: `h:${path}:absent` });
  expect(new Set(Object.values(files).map((one) => 'version' in one && one.version))).toEqual(
    new Set(['absent']),
  );
  expect(probed).toMatchObject({ checkout: { state: 'absent' }, hasGit: false, isEmpty: false });
});

test('finds a checkout, and what is in it, whose real path is not UTF-8', () => {
  const root = tempFolder();
  const real = Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([0xe9])]);
  mkdirSync(real);
  symlinkSync(real, join(root, 'link'));
  const path = join(root, 'link');
  expect(probe(path)).toMatchObject({ checkout: { state: 'present' }, hasGit: false, isEmpty: true });
  put(root, 'link/SCOPE.md');
  put(root, 'link/.git');
  expect(probe(path)).toMatchObject({ hasGit: true, isEmpty: false });
  expect(versionOf(path, 'SCOPE.md')).toMatch(new RegExp(`^${FILE}$`));
  const { dev, ino } = statSync(real);
  expect(versionOf(path, 'checkout')).toBe(`h:${path}#${root}/caf\ufffd#${dev}:${ino}`);
});

test('distinguishes a path that is unset, no folder, relative or impossible', () => {
  const file = put(tempFolder(), 'file');
  expect(probe(undefined)).toMatchObject({
    checkout: { state: 'unset', host: 'h' },
    versions: { checkout: { version: 'h::unset' }, workplans: { version: 'absent' } },
  });
  expect(probe(file).checkout).toMatchObject({ state: 'not-a-folder' });
  expect(versionOf(file, 'checkout')).toMatch(new RegExp(`:not-a-folder#${FILE}$`));
  for (const path of ['src', 'a\0b', `${file}/below`]) {
    expect(probe(path).checkout).toMatchObject({ state: 'absent' });
  }
});

test('expands the home folder at the start of a path and nowhere else', () => {
  expect(expandHome('~')).toBe(homedir());
  expect(expandHome('~/repo')).toBe(join(homedir(), 'repo'));
  expect(expandHome('/a/~')).toBe('/a/~');
  expect(expandHome('~other/repo')).toBe('~other/repo');
});

test('says whether the root holds .git, and whether it holds anything', () => {
  const root = tempFolder();
  expect(probe(root)).toMatchObject({ hasGit: false, isEmpty: true });
  put(root, '.git', 'gitdir: elsewhere');
  expect(probe(root)).toMatchObject({ hasGit: true, isEmpty: false });
});

test('reads branch and commit only when that is requested', () => {
  const root = tempFolder();
  execFileSync('git', ['init', '-q', '-b', 'main', root]);
  const target = { id: 'r', host: 'h', path: root };
  expect(probeCheckout(target).head).toBeNull();
  expect(probeCheckout(target, { head: true }).head).toEqual({ branch: 'main', commit: null, behind: null });
});

test('a link to a name that is too long for any file leads nowhere', () => {
  const root = tempFolder();
  symlinkSync('x'.repeat(300), join(root, 'CLAUDE.md'));
  expect(versionOf(root, 'CLAUDE.md')).toMatch(/@missing$/);
});

test('when a file may not be read, then its own input is not verified, with the code, and no other', () => {
  const root = tempFolder();
  put(root, 'SCOPE.md');
  put(root, 'workplans/a');
  chmodSync(root, 0o755);
  chmodSync(join(root, 'workplans'), 0);
  const { versions } = asUnprivileged<CheckoutProbe>(
    'src/inputs/probe/probe-checkout.ts',
    `loaded.probeCheckout({ id: 'r', host: 'h', path: ${JSON.stringify(root)} })`,
  );
  expect(versions.workplans).toEqual({
    notVerified: 'workplans could not be read (EACCES).',
    code: 'file_unreadable',
  });
  expect(versions['SCOPE.md']).toHaveProperty('version');
});

test('a checkout that may not be read is not called absent', () => {
  const root = tempFolder();
  put(root, 'closed/repo/SCOPE.md');
  chmodSync(root, 0o755);
  chmodSync(join(root, 'closed'), 0);
  const probed = asUnprivileged<CheckoutProbe>(
    'src/inputs/probe/probe-checkout.ts',
    `loaded.probeCheckout({ id: 'r', host: 'h', path: ${JSON.stringify(join(root, 'closed/repo'))} })`,
  );
  expect(probed.checkout).toBeNull();
  expect(probed.versions.checkout).toHaveProperty('code', 'file_unreadable');
  expect(probed.versions['SCOPE.md']).toHaveProperty('code', 'file_unreadable');
});
