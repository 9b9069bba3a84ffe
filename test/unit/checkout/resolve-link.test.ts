/** Tests that a link is resolved as the system does it, but never for long. */
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MAX_LINK_NAMES, resolveLink } from '../../../src/checkout/resolve-link.js';
import { put, tempFolder } from '../inputs/checkout-files.js';

test('the result is that of the system, for any links among some folders and files', () => {
  const top = tempFolder();
  const root = join(top, 'root');
  const name = fc.constantFrom('a', 'b', 'c', 'f', 'd', '..', '.', '');
  const target = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join('/'));
  const text = fc.oneof(
    target.filter((each) => each !== '' && !each.startsWith('/')),
    target.map((each) => join(root, each)),
  );
  fc.assert(
    fc.property(text, text, text, (a, b, c) => {
      rmSync(root, { recursive: true, force: true });
      mkdirSync(join(root, 'd/d'), { recursive: true });
      put(root, 'f');
      symlinkSync(a, join(root, 'a'));
      symlinkSync(b, join(root, 'b'));
      symlinkSync(c, join(root, 'd/c'));
      const found = resolveLink(root, join(root, 'a'));
      // The system follows a longer path than the budget allows.
      fc.pre(found.names < MAX_LINK_NAMES || bySystem(root) === 'loop');
      const shown = 'path' in found ? found.path : found.unsafe;
      expect(shown === 'outside' ? outside(root) : shown).toBe(bySystem(root));
    }),
    { numRuns: 200 },
  );
});

/** What the system says. For a path that leads out, whether or not anything is there, both give `outside`. */
function bySystem(root: string): string {
  try {
    const path = realpathSync.native(join(root, 'a'));
    return path === root || path.startsWith(`${root}/`) ? path : 'outside';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ELOOP' ? 'loop' : 'missing';
  }
}

function outside(root: string): string {
  return existsSync(join(root, 'a')) ? 'outside' : 'missing';
}

test('a link to itself is a loop, however long its text', () => {
  const root = tempFolder();
  for (const [link, target] of [
    ['a', 'a'],
    ['b', `${root}/b`],
    ['c', `${'./'.repeat(200)}c`],
  ] as const) {
    symlinkSync(target, join(root, link));
    expect(resolveLink(root, join(root, link)), link).toMatchObject({ unsafe: 'loop' });
  }
});

test('the result does not show whether anything is there outside of the checkout', () => {
  const root = tempFolder();
  const out = tempFolder();
  put(out, 'secret');
  for (const [link, target] of Object.entries({
    there: join(out, 'secret'),
    gone: join(out, 'none'),
    below: join('..', basename(out), 'secret/x'),
    standing: '/dev/stdin',
  })) {
    symlinkSync(target, join(root, link));
    expect(resolveLink(root, join(root, link)), link).toMatchObject({ unsafe: 'outside' });
  }
});

test('what lies in a .git of the checkout, or of a submodule, is outside, whether or not it is there', () => {
  const root = tempFolder();
  for (const path of ['.git/config', 'sub/.git/config', 'a', '.GIT/x']) put(root, path);
  for (const [link, target] of Object.entries({
    file: '.git/config',
    folder: '.git',
    gone: '.git/none',
    upper: '.Git/config',
    passing: '.git/../a',
    absolute: join(root, '.GIT/x'),
    below: 'sub/.git/config',
  })) {
    symlinkSync(target, join(root, link));
    expect(resolveLink(root, join(root, link)), link).toMatchObject({ unsafe: 'outside' });
  }
  const within = join(root, 'sub/.git');
  symlinkSync('config', join(within, 'link'));
  expect(resolveLink(within, join(within, 'link'))).toMatchObject({ path: join(within, 'config') });
});

test('a link is followed over 255 names and no more, however they are written', () => {
  const root = tempFolder();
  mkdirSync(join(root, 'a'));
  writeFileSync(join(root, 'end'), '');
  const link = (target: string) => {
    rmSync(join(root, 'link'), { force: true });
    symlinkSync(target, join(root, 'link'));
    return resolveLink(root, join(root, 'link'));
  };
  const long = { unsafe: 'long', names: MAX_LINK_NAMES };
  expect(link(`${'a/../'.repeat(127)}end`)).toEqual({ path: join(root, 'end'), names: 255 });
  expect(link(`${'a/../'.repeat(127)}./end`)).toEqual(long);
  expect(link(`${'./'.repeat(2_000)}end`)).toEqual(long);
  expect(link(`.${'/'.repeat(3_000)}end`)).toEqual(long);
});

test('a chain of long links is given up at once', () => {
  const root = tempFolder();
  mkdirSync(join(root, 'a'));
  put(root, 'end');
  for (let index = 0; index < 39; index += 1) {
    symlinkSync(`${'a/../'.repeat(800)}${index === 38 ? 'end' : `l${index + 1}`}`, join(root, `l${index}`));
  }
  const began = performance.now();
  for (let round = 0; round < 100; round += 1)
    expect(resolveLink(root, join(root, 'l0'))).toMatchObject({ unsafe: 'long' });
  // The system takes some seconds for these.
  expect(performance.now() - began).toBeLessThan(1_000);
});
