/** Tests what of the writing needs another run at the same time. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { initCheckout } from '../../../src/init/init-checkout.js';
import { workplanTemplate } from '../../../src/init/templates.js';
import { git } from '../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let root: string;
let path: string;
beforeEach(async () => {
  root = await makeTempFolder('init-checkout');
  path = join(root, 'widget');
  git(root, 'init', '-q', 'widget');
  mkdirSync(join(path, 'workplans'));
});
afterEach(() => removeFolder(root));

/** @param meanwhile is called after the files were planned, before they are written */
async function init(meanwhile: () => void) {
  const options = { path, workplan: 'Ship it', dryRun: false, yes: true };
  const { files } = await initCheckout(options, () => ({
    findTracked: () => {
      meanwhile();
      return Promise.resolve({ state: 'known', paths: [], sparse: [], below: [], indexed: [] });
    },
  }));
  return files.map((file) => file.path).filter((file) => file.includes('WP'));
}

it.each([
  ['has written', workplanTemplate({ id: 'WIDGET-WP-0001', title: 'Other' })],
  ['is about to write', ''],
])('when another run %s a workplan of the planned id, then the next one is given', async (_, text) => {
  const written = await init(() => writeFileSync(join(path, 'workplans/WIDGET-WP-0001-other.md'), text));
  expect(written).toEqual(['workplans/WIDGET-WP-0002-ship-it.md']);
  expect(readdirSync(join(path, 'workplans')).sort()).toEqual([
    ...['README.md', 'WIDGET-WP-0001-other.md', 'WIDGET-WP-0002-ship-it.md'],
  ]);
});

it('when another run has written the workplan of this title, then that stays', async () => {
  const text = workplanTemplate({ id: 'WIDGET-WP-0001', title: 'Ship it' });
  const names = ['WIDGET-WP-0001-ship-it.md', 'README.md'];
  expect(await init(() => writeFileSync(join(path, 'workplans', names[0] ?? ''), text))).toEqual([]);
  expect(readdirSync(join(path, 'workplans')).sort()).toEqual(names.toSorted());
});

it('when an empty file lies beside files of another convention, then no workplan is written', async () => {
  writeFileSync(join(path, 'workplans/notes.md'), '# notes\n');
  writeFileSync(join(path, 'workplans/WIDGET-WP-0001-foo.md'), '');
  await expect(init(() => {})).rejects.toMatchObject({
    code: 'file_not_written',
    message: expect.stringContaining('(workplans/notes.md)'),
  });
});

it('when a file has the name in another case, then it stays, and the command that renames it is named', async () => {
  writeFileSync(join(path, 'Scope.MD'), '# Widget\n');
  const findTracked = () =>
    Promise.resolve({ state: 'known' as const, paths: [], sparse: [], below: [], indexed: [] });
  const { left } = await initCheckout({ path, dryRun: true, yes: true }, () => ({ findTracked }));
  expect(left).toContainEqual({
    ...{ path: 'SCOPE.md', because: 'Scope.MD is there; rename it: mv Scope.MD SCOPE.md' },
  });
});
