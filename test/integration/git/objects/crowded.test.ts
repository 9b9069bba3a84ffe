/** Tests that a bare repository whose folder of packs is full of files takes a bounded time. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bytePath } from '../../../../src/checkout/byte-path.js';
import { refuseBorrowed } from '../../../../src/git/objects/refuse-borrowed.js';
import { makeTempFolder, removeFolder } from '../../../helpers/temp-folder.js';

let top: string;
beforeAll(async () => {
  top = await makeTempFolder('crowded');
  mkdirSync(join(top, 'objects/pack'), { recursive: true });
  for (let at = 1; at < 10_000; at += 1) writeFileSync(join(top, `objects/pack/${at}`), '');
});
afterAll(() => removeFolder(top));

/** @returns the time that was taken, in milliseconds */
async function check(timeoutMs: number): Promise<number> {
  const taken: number[] = [];
  await refuseBorrowed(bytePath(top), [], { timeoutMs, onMs: (ms) => taken.push(ms) });
  return taken.reduce((sum, ms) => sum + ms, 0);
}

it('when the folders hold as many entries as may be, then these are accepted, and the time is counted', async () =>
  expect(await check(20_000)).toBeGreaterThan(0));

it('when the listing takes longer than the read may, then that is an error', () =>
  expect(check(1)).rejects.toMatchObject({
    code: 'objects_unreadable',
    message: expect.stringContaining('not listed in time'),
  }));

it('when there is one entry more, then the repository is refused, with what to do', async () => {
  const more = join(top, 'objects/pack/more');
  writeFileSync(more, '');
  await expect(check(20_000)).rejects.toMatchObject({
    code: 'objects_unreadable',
    message: expect.stringContaining('/objects/pack has more than 10,000 entries'),
    remedy: expect.stringContaining('git gc'),
  });
  rmSync(more);
});
