/** Where this package lies on disk, whether its code runs from dist/ or, in tests, from src/. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds package.json. */
export const packageRoot: string = findRoot(import.meta.dirname);

/** The compiled file of a module, for what must be started as a thread or a program of its own. */
export function distPath(relative: string): string {
  return join(packageRoot, 'dist', relative);
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error(`No package.json above ${import.meta.dirname}: the installation is broken.`);
  return findRoot(parent);
}
