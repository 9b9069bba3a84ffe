/** Finds this package on disk, whether its code runs from dist/, bundle/ or, in tests, src/, and reads its release. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { z } from 'zod';
import type { Release } from '../../domain/release.js';

/** The folder that holds package.json. */
export const packageRoot: string = findRoot(import.meta.dirname);

const [folderOfCode = ''] = relative(packageRoot, import.meta.dirname).split(sep);
/** The folder of the build that runs: dist or, where npm packed it, bundle. What runs from src/ starts what is in dist. */
const builtFolder = join(packageRoot, folderOfCode === 'src' ? 'dist' : folderOfCode);

/** The path of a compiled file, to start it as a thread or as a program. */
export function distPath(name: string): string {
  return join(builtFolder, name);
}

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder)
    throw new Error(`No package.json above ${import.meta.dirname}: the installation is broken.`);
  return findRoot(parent);
}

/** The file that the build writes. */
const schema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  criteriaDigest: z.string().min(8),
  builtAt: z.iso.datetime({ precision: 3 }),
});

/** Reads the release that runs here. @throws where the build has not run */
export function readRelease(file: string = distPath('release.json')): Release {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
