// `npm run test:quick`: checks all types while it builds, and then runs the unit tests, which need no service.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
// What the compiler found out the last time, so that it reads again only what has changed.
const cache = join(root, 'node_modules/.cache/types');
mkdirSync(cache, { recursive: true });

const types = Promise.all(
  ['tsconfig.test.json', 'src/dashboard/tsconfig.json', 'test/browser/tsconfig.json'].map((project, at) =>
    run(
      'node_modules/typescript/bin/tsc',
      '--noEmit',
      '-p',
      project,
      '--incremental',
      '--tsBuildInfoFile',
      join(cache, `${at}.json`),
    ),
  ),
);
const tests = run('scripts/build.mjs').then((isBuilt) =>
  isBuilt
    ? run(
        'node_modules/vitest/vitest.mjs',
        'run',
        '--project',
        'unit',
        '--project',
        'pure',
        ...process.argv.slice(2),
      )
    : false,
);
const [passed, checked] = await Promise.all([tests, types]);
if (!checked.every(Boolean)) console.error('The types are wrong: see above.');
process.exitCode = passed && checked.every(Boolean) ? 0 : 1;

/** Runs a program of Node. @returns whether it ended well */
function run(...argv) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argv, { cwd: root, stdio: 'inherit' });
    child.once('close', (code) => resolve(code === 0));
  });
}
