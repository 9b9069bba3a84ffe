import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';

const FILES = {
  'vitest.config.mjs': `
    import { ClosingLine } from ${JSON.stringify(join(packageRoot, 'test/helpers/closing-line.ts'))};
    export default { test: { include: ['*.test.mjs'], globals: true, reporters: ['default', new ClosingLine()] } };`,
  'tests.test.mjs': `
    let tries = 0;
    describe('a group', () => {
      it('passes at its second try', () => { tries += 1; if (tries === 1) throw new Error('late\\nsecond line'); });
      it('fails twice', () => { throw new Error('\\u001b[31mwrong\\u001b[39m\\nsecond line'); });
      it('passes', () => {});
    });
    describe('a hook', () => {
      beforeAll(() => { throw new Error('no server'); });
      it('is not reached', () => {});
    });`,
  'broken.test.mjs': `throw new Error('cannot be loaded')`,
  'loose.test.mjs': `it('leaves an error', async () => { void Promise.reject(new Error('nobody waits')); });`,
};

let folder: string;
let run: { status: number | null; stdout: string };

beforeAll(async () => {
  folder = await makeTempFolder('closing-line');
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  const vitest = join(packageRoot, 'node_modules/vitest/vitest.mjs');
  // Without the variables by which vitest configures its own workers.
  const { PATH, HOME } = process.env;
  run = spawnSync(process.execPath, [vitest, 'run', '--retry=1', '--root', folder], {
    cwd: folder,
    env: { PATH, HOME, NO_COLOR: '1' },
    encoding: 'utf8',
  });
}, 60_000);

afterAll(() => removeFolder(folder));

it('when tests, hooks and files fail, then each is named with its error right before the counts', () => {
  const lines = run.stdout.trimEnd().split('\n').slice(-6);
  expect(lines.slice(0, -1).sort()).toEqual([
    'FAILED broken.test.mjs: cannot be loaded',
    'FAILED loose.test.mjs, outside of any test: nobody waits',
    'FAILED tests.test.mjs > a group > fails twice: wrong',
    'FAILED tests.test.mjs > a hook: no server',
    'FLAKY tests.test.mjs > a group > passes at its second try: late',
  ]);
  expect(lines.at(-1)).toBe('3 passed, 4 failed, 1 skipped');
  expect(run.status).toBe(1);
});

it('when a run ends, then its slowest files are named with their seconds before what failed', () => {
  const lines = run.stdout.trimEnd().split('\n').slice(-9, -6);
  expect(lines.map((line) => line.replace(/ \d+\.\d s /, ' N s ')).sort()).toEqual([
    'SLOW N s broken.test.mjs',
    'SLOW N s loose.test.mjs',
    'SLOW N s tests.test.mjs',
  ]);
});

it('when CI runs the tests in parts, then its last lines name the failures of all of them and count them together', () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\n[ "$1" != test ] || exec npx "$@"\n', { mode: 0o755 });
  const npx = `#!/bin/sh
case "$CI $*" in
  '1 test') echo 'a line'; echo 'FLAKY a > b: late'; echo 'FAILED a > c: wrong'; echo '3 passed, 1 failed, 2 skipped'; exit 1;;
  '1 vitest '*) echo 'it broke'; exit 7;;
esac`;
  writeFileSync(join(bin, 'npx'), npx, { mode: 0o755 });
  // As if this system had a PostgreSQL of its own, on which a part runs again.
  writeFileSync(join(bin, 'find'), '#!/bin/sh\necho /stock/15/bin/initdb\n', { mode: 0o755 });
  const ci = spawnSync(join(packageRoot, '.ci/run'), {
    env: { PATH: `${bin}:${process.env['PATH']}`, DOI_CHROMIUM: '/bin/true' },
    encoding: 'utf8',
  });
  const lines = ci.stdout.trimEnd().split('\n');
  expect(lines.slice(0, 3)).toEqual([
    'a line',
    'Once more on the PostgreSQL of this system: /stock/15/bin',
    'it broke',
  ]);
  expect(lines.slice(-4)).toEqual([
    'FLAKY a > b: late',
    'FAILED a > c: wrong',
    'FAILED npx vitest run test/integration test/fault: it ended with exit code 7, and named no failure',
    '3 passed, 2 failed',
  ]);
  expect(ci.status).toBe(1);
});
