/** The release that runs here, as the build recorded it. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Release } from '../domain/release.js';
import { distPath } from './package-root.js';

const schema = z.object({
  version: z.string().regex(/^\d+\.\d+\.\d+/),
  criteriaDigest: z.string().min(8),
  builtAt: z.iso.datetime({ precision: 3 }),
});

/** Reads dist/release.json. @throws where the build has not run. */
export function readRelease(file: string = distPath('release.json')): Release {
  return schema.parse(JSON.parse(readFileSync(file, 'utf8')));
}
