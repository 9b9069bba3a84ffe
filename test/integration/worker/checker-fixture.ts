/** A checker command of a test's own, whose behaviour the test changes by writing its file again. */
import { writeFile } from 'node:fs/promises';
import type { CheckerSettings } from '../../../src/platform/config.js';
import type { World } from '../../helpers/world.js';

export interface CheckerFixture {
  readonly settings: CheckerSettings;
  /** It finds nothing. `mark` makes it another file, and so another checker. */
  works(mark?: string): Promise<void>;
  crashes(): Promise<void>;
  hangs(): Promise<void>;
  /** It prints without an end. */
  floods(): Promise<void>;
  /** It finds nothing, and crashes where the checkout holds a file of this name. */
  crashesOn(name: string): Promise<void>;
}

export async function makeChecker(file: string): Promise<CheckerFixture> {
  const clean = 'console.log(JSON.stringify({ repo: process.argv[3], findings: [] }));';
  const fixture: CheckerFixture = {
    settings: { kind: 'command', argv: [process.execPath, file, '{path}', '{slug}'], output: 'json' },
    works: (mark = '') => writeFile(file, `${clean} // ${mark}\n`),
    crashes: () => writeFile(file, 'process.exitCode = 70;\n'),
    hangs: () => writeFile(file, 'setInterval(() => {}, 1e6);\n'),
    floods: () =>
      writeFile(
        file,
        `const pour = () => {
          while (process.stdout.write('x'.repeat(65536)));
          process.stdout.once('drain', pour);
        };
        pour();\n`,
      ),
    crashesOn: (name) =>
      writeFile(
        file,
        `import { existsSync } from 'node:fs';
        if (existsSync(process.argv[2] + '/${name}')) process.exitCode = 70; else ${clean}\n`,
      ),
  };
  await fixture.works();
  return fixture;
}

/** Makes it the checker of a world. */
export async function useChecker(world: World): Promise<CheckerFixture> {
  const checker = await makeChecker(`${world.folder}/checker.mjs`);
  world.deps = { ...world.deps, checker: checker.settings };
  return checker;
}
