/** Tests of reading the tip of a bare repository's branch: what cannot be read is an error, and never an older commit. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bytePath } from '../../../src/checkout/byte-path.js';
import { readBareHead } from '../../../src/checkout/read-head.js';
import { tempFolder } from '../inputs/checkout-files.js';

const OLD = 'a'.repeat(40);
const NEW = 'b'.repeat(40);
const REFUSED = expect.objectContaining({ code: 'objects_unreadable' });

/** A bare repository whose branch is packed at an older commit than the loose reference. */
function bare(): { main: string; folder: string } {
  const folder = tempFolder();
  mkdirSync(join(folder, 'objects'));
  mkdirSync(join(folder, 'refs/heads'), { recursive: true });
  writeFileSync(join(folder, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(folder, 'packed-refs'), `${OLD} refs/heads/main\n`);
  const main = join(folder, 'refs/heads/main');
  writeFileSync(main, `${NEW}\n`);
  return { main, folder };
}

const read = (folder: string, branch: string | null = null) => readBareHead(bytePath(folder), branch);

test('when a branch is a symbolic reference, then it is followed, and not for ever', () => {
  const { folder } = bare();
  writeFileSync(join(folder, 'refs/heads/alias'), 'ref: refs/heads/main\n');
  expect(read(folder, 'alias')).toEqual({ branch: 'alias', commit: NEW });
  writeFileSync(join(folder, 'refs/heads/alias'), 'ref: refs/heads/gone\n');
  expect(read(folder, 'alias')).toEqual({ branch: 'alias', commit: null });
  writeFileSync(join(folder, 'refs/heads/alias'), 'ref: refs/heads/alias\n');
  expect(() => read(folder, 'alias')).toThrow(REFUSED);
});

test.each<[string, (main: string) => void]>([
  ['too large', (main) => writeFileSync(main, `${NEW}\n`.padEnd(8192))],
  ['no commit', (main) => writeFileSync(main, '')],
  [
    'a link out of the repository',
    (main) => {
      rmSync(main);
      symlinkSync('/etc/hostname', main);
    },
  ],
])('when the file of a branch is %s, then that is an error, and not the packed commit', (_, damage) => {
  const { folder, main } = bare();
  damage(main);
  expect(() => read(folder)).toThrow(REFUSED);
});

test('when the packed references cannot be read, then that is an error, and not a branch without commit', () => {
  const { folder, main } = bare();
  rmSync(main);
  rmSync(join(folder, 'packed-refs'));
  symlinkSync('/etc/hostname', join(folder, 'packed-refs'));
  expect(() => read(folder)).toThrow(REFUSED);
});

test('when only folders of removed branches are in the place of the file, then the packed commit counts', () => {
  const { folder, main } = bare();
  rmSync(main);
  mkdirSync(main);
  expect(read(folder)).toEqual({ branch: 'main', commit: OLD });
});
