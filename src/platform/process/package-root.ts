/** Where this package lies on disk, whether its code runs from dist/ or, in tests, from src/. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Release } from '../../domain/release.js';

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

/* The release that runs here, as the build recorded it. */

const schema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  criteriaDigest: z.string().min(8),
  builtAt: z.iso.datetime({ precision: 3 }),
});

/** Reads dist/release.json. @throws where the build has not run. */
export function readRelease(file: string = distPath('release.json')): Release {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
