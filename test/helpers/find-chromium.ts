/** Finds the Chromium that the tests of the page run in: the one of `DOI_CHROMIUM`, or the first on the `PATH`. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'];

/** What is said where there is none. */
export const NO_CHROMIUM = [
  'NOT RUN: test/browser, the tests of the dashboard, since no Chromium was found.',
  'Install one ("apt-get install -y --no-install-recommends chromium"), or set DOI_CHROMIUM to the path of one.',
].join('\n');

/**
 * The path of a Chromium; undefined where there is none.
 * @throws {Error} where `DOI_CHROMIUM` names a file that cannot be run: who names one wants these tests
 */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['DOI_CHROMIUM'];
  if (named !== undefined && named !== '') {
    if (!isProgram(named))
      throw new Error(`DOI_CHROMIUM is ${named}, which is not a program. Correct it or unset it.`);
    return named;
  }
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
