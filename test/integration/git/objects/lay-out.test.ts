/** Tests the folder that a checker is given of a commit, and the scratch folder it lies in. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { GitObjects } from '../../../../src/git/objects/git-objects.js';
import {
  openScratchFolder,
  removeTree,
  type ScratchFolder,
} from '../../../../src/platform/process/scratch-folder.js';
import { makeTempFolder, removeFolder } from '../../../helpers/temp-folder.js';
import { bareOf, link, type Node, openObjects } from './repositories.js';

let top: string;
let objects: GitObjects;
let scratch: ScratchFolder;
beforeAll(async () => {
  top = await makeTempFolder('lay-out');
  ({ objects, scratch } = await openObjects(top));
});
afterAll(async () => {
  await scratch.close();
  await removeFolder(top);
});

let made = 0;
function placeWith(tree: { readonly [name: string]: Node }) {
  made += 1;
  return bareOf(join(top, `r-${made}.git`), tree);
}

/** The paths of all entries, each with its text or where it leads. */
function listing(root: string): Record<string, string> {
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' }).map((path) => {
    const stat = lstatSync(join(root, path));
    if (stat.isDirectory()) return [`${path}/`, ''];
    return [
      path,
      stat.isSymbolicLink() ? `-> ${readlinkSync(join(root, path))}` : readFileSync(join(root, path), 'utf8'),
    ];
  });
  return Object.fromEntries(all);
}

function laidOut(tree: { readonly [name: string]: Node }, extra: readonly string[] = []) {
  return objects.layOut(placeWith(tree), extra, async ({ path }) => listing(path));
}

describe('a layout', () => {
  it('holds workplans and what is named, and nothing else', async () => {
    const tree = {
      'SCOPE.md': 's',
      other: 'o',
      docs: { a: { b: 'b' }, c: 'c' },
      workplans: { x: { 'a.md': 'a' } },
    };
    expect(await laidOut(tree)).toEqual({ 'workplans/': '', 'workplans/x/': '', 'workplans/x/a.md': 'a' });
    expect(await laidOut(tree, ['SCOPE.md', 'docs/a/', 'docs/a/b', 'gone/x', 'workplans/x'])).toEqual({
      ...{ 'workplans/': '', 'workplans/x/': '', 'workplans/x/a.md': 'a' },
      ...{ 'SCOPE.md': 's', 'docs/': '', 'docs/a/': '', 'docs/a/b': 'b' },
    });
    expect(await laidOut({ other: 'o' })).toEqual({});
  });

  it('when a link leads elsewhere, then it is the file there, or leads nowhere', async () => {
    const workplans = {
      ...{ file: 'f', in: link('../workplans/file'), chain: link('in'), sub: { up: link('../file') } },
      ...{
        text: link('../docs/t'),
        folder: link('../docs'),
        out: link('/etc/passwd'),
        gone: link('nothing'),
      },
      loop: link('loop'),
    };
    expect(await laidOut({ workplans, docs: { t: 'text' } })).toEqual({
      ...{ 'workplans/': '', 'workplans/file': 'f', 'workplans/in': '-> file', 'workplans/chain': '-> file' },
      ...{ 'workplans/sub/': '', 'workplans/sub/up': '-> ../file', 'workplans/text': 'text' },
      ...{ 'workplans/folder': '-> /dev/null/outside', 'workplans/out': '-> /dev/null/outside' },
      ...{ 'workplans/gone': '-> missing', 'workplans/loop': '-> loop' },
    });
  });

  it('when workplans is itself a link, then it is the folder there', async () => {
    const tree = { workplans: link('docs/plans'), docs: { plans: { a: 'a', b: link('a') } } };
    expect(await laidOut(tree)).toEqual({ 'workplans/': '', 'workplans/a': 'a', 'workplans/b': '-> a' });
  });

  it.each(['..', '../x', '.git', 'a/../b'])('when %s is named, then that is a failure', async (path) => {
    await expect(laidOut({ a: 'a' }, [path])).rejects.toMatchObject({ code: 'objects_unreadable' });
  });

  it('is open to its user alone, has a stable name, and is removed also when the checker fails', async () => {
    const place = placeWith({ workplans: { 'a.sh': { mode: '100755', content: '' }, 'a.md': '' } });
    let seen = '';
    const failed = objects.layOut(place, [], async ({ path }) => {
      seen = path;
      expect(basename(path)).toBe('checkout');
      const parts = [join(path, '..'), path, join(path, 'workplans'), join(path, 'workplans/a.sh')];
      for (const part of parts) expect(statSync(part).mode & 0o777, part).toBe(0o700);
      expect(statSync(join(path, 'workplans/a.md')).mode & 0o777).toBe(0o600);
      throw new Error('the checker failed');
    });
    await expect(failed).rejects.toThrow('the checker failed');
    expect(seen).not.toBe('');
    expect(existsSync(join(seen, '..'))).toBe(false);
  });

  it.runIf(process.getuid?.() === 0)(
    'when this process is root, then it belongs to the owner of the repository',
    async () => {
      const owner = { uid: 65_534, gid: 65_534 };
      chmodSync(top, 0o755);
      const place = { ...placeWith({ workplans: { a: 'a', b: link('a') } }), owner };
      await objects.layOut(place, [], async ({ path }) => {
        for (const part of ['..', '.', 'workplans', 'workplans/a', 'workplans/b']) {
          const { uid, gid } = lstatSync(join(path, part));
          expect({ uid, gid }, part).toEqual(owner);
        }
        const read = execFileSync('cat', ['workplans/b'], { cwd: path, ...owner, encoding: 'utf8' });
        expect(read).toBe('a');
      });
    },
  );
});

describe('the scratch folder', () => {
  it('when the process that made one is gone, then the next start removes it, and no other', async () => {
    const parent = join(top, 'scratch');
    mkdirSync(parent);
    const own = await openScratchFolder(parent);
    const name = basename(own.path);
    const dead = name.replace(/^doi-scratch-\d+-/, 'doi-scratch-4194304-');
    const again = name.replace(/^(doi-scratch-\d+)-[\da-f]+-/, '$1-abc-');
    const elsewhere = dead.replace(/-\d+-(\w+)$/, '-1-$1');
    for (const other of [dead, again, elsewhere, 'doi-other'])
      mkdirSync(join(parent, other, 'in'), { recursive: true });
    const next = await openScratchFolder(parent);
    expect(readdirSync(parent).sort()).toEqual([basename(next.path), name, elsewhere, 'doi-other'].sort());
    await next.close();
    await own.close();
    expect(readdirSync(parent).sort()).toEqual([elsewhere, 'doi-other'].sort());
  });

  it('when one is of another container, then it is removed when its process has not renewed it for an hour', async () => {
    const parent = join(top, 'containers');
    mkdirSync(parent);
    const age = (path: string, minutes: number) => {
      const time = new Date(Date.now() - minutes * 60_000);
      utimesSync(path, time, time);
    };
    const [alive, gone] = ['doi-scratch-7-abc-1-alive', 'doi-scratch-7-abc-1-gone'];
    for (const name of [alive, gone]) mkdirSync(join(parent, name, 'in'), { recursive: true });
    age(join(parent, alive), 55);
    age(join(parent, gone), 65);
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const own = await openScratchFolder(parent);
    expect(readdirSync(parent).sort()).toEqual([alive, basename(own.path)].sort());
    age(own.path, 65);
    vi.advanceTimersByTime(600_000);
    await expect.poll(() => lstatSync(own.path).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
    await own.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([3, 40])(
    'when a folder in it is removed, %d levels deep, then what links lead to stays',
    async (levels) => {
      const outside = join(top, `outside-${levels}`);
      mkdirSync(outside);
      writeFileSync(join(outside, 'kept'), '');
      const made = await scratch.make('tree');
      const deep = join(made, ...Array.from({ length: levels }, (_, n) => `d${n}`));
      mkdirSync(deep, { recursive: true });
      for (const at of [made, deep]) {
        symlinkSync(outside, join(at, 'link'));
        writeFileSync(Buffer.concat([Buffer.from(`${at}/`), Buffer.from([0xff, 0x0a])]), 'x');
      }
      await removeTree(made);
      expect(existsSync(made)).toBe(false);
      expect(readdirSync(outside)).toEqual(['kept']);
      // Once more, it is gone already.
      await removeTree(made);
    },
  );
});
