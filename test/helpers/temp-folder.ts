/** Temporary folders of the tests. */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes an empty folder; its real path, since a temporary folder may be a link. */
export async function makeTempFolder(name = 'test'): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), `doi-${name}-`)));
}

export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 5 });
}
