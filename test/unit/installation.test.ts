import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';

/** A copy of what is started first and of what builds, without anything that these load. */
let copy: string;
beforeAll(async () => {
  copy = await makeTempFolder('bin');
  mkdirSync(join(copy, 'bin'));
  mkdirSync(join(copy, 'scripts'));
  for (const file of ['package.json', 'bin/doi', 'bin/package.json', 'scripts/build.mjs']) {
    copyFileSync(join(packageRoot, file), join(copy, file));
  }
});
afterAll(() => removeFolder(copy));

/** Starts it as if Node.js were of another release. */
function start(version: string) {
  const pretend = join(copy, 'pretend.cjs');
  const versions = `{ ...process.versions, node: ${JSON.stringify(version)} }`;
  writeFileSync(pretend, `Object.defineProperty(process, 'versions', { value: ${versions} });`);
  const { status, stdout, stderr } = spawnSync(process.execPath, ['-r', pretend, 'bin/doi', '--help'], {
    cwd: copy,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

it.each(['18.20.8', '20.18.9', '10.24.1'])(
  'when Node.js is %s, then doi says so and what it needs before it loads anything',
  (version) => {
    expect(start(version)).toEqual({
      status: 3,
      stdout: '',
      stderr: expect.stringMatching(
        /^doi: Node\.js [\d.]+ is too old: doi-worker needs 20\.19\.0 or later\.\n {2}Install a later release, .*\n$/,
      ),
    });
  },
);

it('when doi-worker is not built, or a package is missing, then doi says what to run', () => {
  expect(start('20.19.0')).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^doi: doi-worker is not built: .*\n {2}Run "npm ci", /),
  });
  // A clone that packed an earlier release.
  mkdirSync(join(copy, 'src'));
  mkdirSync(join(copy, 'bundle/cli'), { recursive: true });
  writeFileSync(join(copy, 'bundle/cli/main.js'), '');
  expect(start('20.19.0').stderr).toMatch(/^doi: doi-worker is not built: /);
  mkdirSync(join(copy, 'dist/cli'), { recursive: true });
  writeFileSync(join(copy, 'dist/cli/main.js'), "import 'no-such-package';");
  expect(start('100.0.0')).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^doi: Cannot find package 'no-such-package' .*\n {2}Run "npm ci", /),
  });
  writeFileSync(join(copy, 'dist/cli/main.js'), 'const half = ');
  expect(start('100.0.0')).toMatchObject({
    status: 3,
    stderr: expect.stringMatching(/^doi: doi-worker cannot be loaded: .*\n {2}Run "npm ci" again, /),
  });
});

it('the first file that Node.js reads has no syntax that an old release does not know', () => {
  const code = readFileSync(join(packageRoot, 'bin/doi'), 'utf8').replace(/'[^'\n]*'|\/\/.*$/gm, '');
  expect(code).not.toMatch(/\b(?:const|let|class|async|await|export)\b|=>|`|\?\?|\?\.|\.\.\./);
});

it('when the packages for building are missing, then npm keeps a bundle, or says what to run', () => {
  const build = (...args: string[]) => {
    const argv = ['scripts/build.mjs', ...args];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: copy, encoding: 'utf8' });
    return { status, stdout, stderr };
  };
  const refusal = (there: string) => ({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(
      new RegExp(
        `^doi-worker: The packages for building are not installed${there}\\.\\n {2}Run "npm ci", .*\\n$`,
      ),
    ),
  });
  expect(build('--install')).toEqual(refusal(', and there is no dist'));
  mkdirSync(join(copy, 'dist'), { recursive: true });
  writeFileSync(join(copy, 'dist/release.json'), '{}');
  expect(build('--install')).toEqual(refusal(', and dist runs only with the packages'));
  writeFileSync(join(copy, 'dist/release.json'), '{ "bundle": true }');
  expect(build('--install')).toEqual({
    status: 0,
    stdout: 'doi-worker: no packages for building are installed; dist, which is a bundle, stays unchanged.\n',
    stderr: '',
  });
  expect(build()).toEqual(refusal(', and dist stays unchanged'));
});
