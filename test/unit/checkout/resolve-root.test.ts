/** Tests of which links on the way to a checkout are followed: it depends on who owns them. */
import { execFileSync } from 'node:child_process';
import { chownSync, lchownSync, mkdirSync, symlinkSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { resolveRoot } from '../../../src/checkout/resolve-root.js';
import { loadInputs } from '../../../src/inputs/load/load-inputs.js';
import { probeCheckout } from '../../../src/inputs/probe/probe-checkout.js';
import { distPath } from '../../../src/platform/process/package-root.js';
import { discoverRepositories } from '../../../src/registry/discover-repositories.js';
import { isRoot, put, tempFolder } from '../inputs/checkout-files.js';

const ALICE = 65_533;
const BOB = 65_534;

/** A checkout of `owner`, and a link to it of `linkOwner`. */
function linked(owner: number, linkOwner: number): { folder: string; link: string; checkout: string } {
  const folder = tempFolder();
  const checkout = join(folder, 'private');
  put(folder, 'private/workplans/secret-plan.md', 'no front matter');
  put(folder, 'private/SCOPE.md', 'secret scope');
  put(folder, 'private/.git/HEAD', 'ref: refs/heads/secret-branch\n');
  chownSync(checkout, owner, owner);
  const link = join(folder, 'proj');
  symlinkSync(checkout, link);
  lchownSync(link, linkOwner, linkOwner);
  return { folder, link, checkout };
}

test('when a path leads through no link, or through links of this user, the real folder is found', () => {
  const folder = tempFolder();
  mkdirSync(join(folder, 'a/b'), { recursive: true });
  symlinkSync('a', join(folder, 'one'));
  symlinkSync(`../${basename(folder)}/one/./b/`, join(folder, 'two'));
  for (const path of ['a/b', 'a/b/', 'one/b', 'two', 'a/../one/b'])
    expect(resolveRoot(`${folder}/${path}`)).toMatchObject({ state: 'found', path: join(folder, 'a/b') });
});

test('when nothing is there, a link leads back to itself or to nothing, there is no folder', () => {
  const folder = tempFolder();
  put(folder, 'file');
  symlinkSync('self', join(folder, 'self'));
  symlinkSync('none', join(folder, 'dangling'));
  for (const path of ['none', 'self', 'dangling', 'file/below', 'x'.repeat(5000)])
    expect(resolveRoot(`${folder}/${path}`)).toEqual({ state: 'absent' });
});

test.skipIf(!isRoot)('when root, or the owner of the folder, owns the link to it, it is followed', () => {
  for (const [owner, linkOwner] of [
    [ALICE, ALICE],
    [ALICE, 0],
    [0, 0],
  ] as const) {
    const { link, checkout } = linked(owner, linkOwner);
    expect(resolveRoot(link)).toMatchObject({ state: 'found', path: checkout });
  }
});

test.skipIf(!isRoot)(
  'when another user owns a link on the way, then the result reveals nothing of its target',
  () => {
    for (const owner of [0, BOB]) {
      const { folder, link } = linked(owner, ALICE);
      // In the place of a folder above the checkout, too.
      symlinkSync(folder, join(folder, 'above'));
      lchownSync(join(folder, 'above'), ALICE, ALICE);
      for (const path of [link, join(folder, 'above/private')]) {
        expect(resolveRoot(path).state).toBe('foreign-link');
        const probe = probeCheckout({ id: 'r', host: 'h', path }, { head: true, folders: true });
        expect(probe.checkout).toEqual({ state: 'foreign-link', host: 'h', path });
        expect(probe).toMatchObject({ realPath: null, hasGit: false, folders: null });
        expect(JSON.stringify(probe)).not.toMatch(/secret|"version":"h:.*private#/);
        expect(loadInputs({ path }, ['SCOPE.md'])['SCOPE.md']?.value).toEqual({ state: 'no-checkout' });
      }
    }
  },
);

test.skipIf(!isRoot)(
  'when a link is not followed, then the result does not reveal whether it leads to anything',
  () => {
    const { link, checkout } = linked(0, ALICE);
    const state = resolveRoot(link).state;
    execFileSync('rm', ['-r', checkout]);
    expect(resolveRoot(link).state).toBe(state);
    unlinkSync(link);
    expect(resolveRoot(link)).toEqual({ state: 'absent' });
  },
);

test.skipIf(!isRoot)('the built-in checker and registering refuse such a link as well', async () => {
  const { link } = linked(0, ALICE);
  const check = () =>
    execFileSync(process.execPath, [distPath('checker.cjs'), link, 'proj'], { stdio: 'pipe' });
  expect(check).toThrow(expect.objectContaining({ status: 72, stdout: Buffer.alloc(0) }));
  await expect(discoverRepositories([link])).rejects.toMatchObject({
    code: 'not_a_folder',
    message: expect.stringContaining('a link that belongs neither to root'),
  });
});
