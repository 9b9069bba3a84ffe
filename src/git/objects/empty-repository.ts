/** Makes an empty repository in which git runs on the objects of another, so that it reads nothing else of that one. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ObjectFormat } from '../../domain/object-id.js';

/** The commit-graph is left out, since what it says of a commit is not covered by the commit's id. */
const CONFIG = [
  ...['[core]', 'repositoryFormatVersion = 1', 'bare = true', 'commitGraph = false'],
  // Its names of packs may lead to those of another repository.
  ...['multiPackIndex = false', ''],
].join('\n');

/** @returns the path */
export async function makeEmptyRepository(path: string, format: ObjectFormat): Promise<string> {
  for (const folder of [path, join(path, 'objects'), join(path, 'refs')]) {
    await mkdir(folder, { recursive: true });
    // Git runs as the owner of each repository, and the umask may close what is made.
    await chmod(folder, 0o755);
  }
  for (const [name, text] of [
    ['HEAD', 'ref: refs/heads/none\n'],
    ['config', `${CONFIG}[extensions]\nobjectFormat = ${format}\n`],
    // What cleans temporary folders may remove one that is empty.
    ['refs/keep', ''],
  ] as const) {
    await writeFile(join(path, name), text);
    await chmod(join(path, name), 0o644);
  }
  return path;
}
