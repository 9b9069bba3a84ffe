/**
 * The files of a mirror that this program writes itself. A mirror is a bare repository, mostly without the blobs of its
 * files, which are fetched when they are needed.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isObjectId, type ObjectFormat } from '../../domain/object-id.js';
import { isGone } from '../../platform/file-errors.js';

export interface MirrorSettings {
  /** Of the remote, without credentials. */
  readonly url: string;
  readonly format: ObjectFormat;
  readonly kind: MirrorKind;
}

/**
 * What a mirror leaves out. `partial`: older commits and all blobs, which are fetched by their ids. `shallow`: older commits,
 * for a server that sends no object by its id. `whole`: nothing, for a server of plain files (dumb HTTP).
 */
export type MirrorKind = 'partial' | 'shallow' | 'whole';

// Settings of this program's, which git passes over.
const SHALLOW = ['[doi]', 'blobs = all'];

/**
 * The whole configuration of a mirror. Received objects are not checked (`fsckObjects`): that refuses repositories whose old
 * commits have harmless faults, and a reader of a mirror takes all that is in it for hostile.
 */
export function mirrorConfig({ url, format, kind }: MirrorSettings): string {
  const isPartial = kind === 'partial';
  return [
    ...['[core]', 'repositoryformatversion = 1', 'bare = true', 'hooksPath = /dev/null'],
    ...['bigFileThreshold = 1m', 'logAllRefUpdates = false'],
    ...(isPartial || format === 'sha256' ? ['[extensions]'] : []),
    ...(isPartial ? ['partialClone = origin'] : []),
    ...(format === 'sha256' ? ['objectFormat = sha256'] : []),
    ...['[remote "origin"]', `url = "${url.replaceAll(/["\\]/g, '\\$&')}"`],
    ...(isPartial ? ['promisor = true', 'partialclonefilter = blob:none'] : []),
    ...(kind === 'shallow' ? SHALLOW : []),
    ...['[gc]', 'auto = 0', '[maintenance]', 'auto = false', '[transfer]', 'fsckObjects = false', ''],
  ].join('\n');
}

/** Writes the skeleton of a mirror into a new folder, whose parents it makes. */
export async function writeSkeleton(folder: string, settings: MirrorSettings, branch: string): Promise<void> {
  await mkdir(join(folder, 'objects'), { recursive: true });
  await mkdir(join(folder, 'refs'));
  await writeFile(join(folder, 'config'), mirrorConfig(settings));
  await writeFile(join(folder, 'HEAD'), headOf(branch));
}

/** Makes the configuration say this, where it does not yet. */
export async function updateConfig(folder: string, settings: MirrorSettings): Promise<void> {
  await replaceFile(join(folder, 'config'), mirrorConfig(settings));
}

/** Makes HEAD name this branch, where it does not yet. */
export async function updateHead(folder: string, branch: string): Promise<void> {
  await replaceFile(join(folder, 'HEAD'), headOf(branch));
}

/** The branch that HEAD names; undefined where that is not as {@link updateHead} writes it. */
export async function readHead(folder: string): Promise<string | undefined> {
  return /^ref: refs\/heads\/(.+)\n$/.exec((await readText(join(folder, 'HEAD'))) ?? '')?.[1];
}

function headOf(branch: string): string {
  return `ref: refs/heads/${branch}\n`;
}

/** Replaces a file at once: a reader, or a crash, meets the old or the new text. */
async function replaceFile(path: string, text: string): Promise<void> {
  if ((await readText(path)) === text) return;
  const beside = join(dirname(path), `.new-${randomUUID()}`);
  await writeFile(beside, text, { flush: true });
  await rename(beside, path);
}

/** The text of a file of a mirror; undefined where there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isGone(error) || (error instanceof Error && 'code' in error && error.code === 'EISDIR'))
      return undefined;
    throw error;
  }
}

/** The URL and the kind of a mirror, by its configuration; undefined where that is not one that {@link mirrorConfig} wrote. */
export async function readSettings(folder: string): Promise<MirrorSettings | undefined> {
  const text = await readText(join(folder, 'config'));
  const quoted = text === undefined ? undefined : /^url = "((?:[^"\\\n]|\\["\\])*)"$/m.exec(text)?.[1];
  if (text === undefined || quoted === undefined) return undefined;
  const settings: MirrorSettings = {
    url: quoted.replaceAll(/\\(["\\])/g, '$1'),
    format: text.includes('\nobjectFormat = sha256\n') ? 'sha256' : 'sha1',
    kind: text.includes('\npromisor = true\n')
      ? 'partial'
      : text.includes(`\n${SHALLOW.join('\n')}\n`)
        ? 'shallow'
        : 'whole',
  };
  return mirrorConfig(settings) === text ? settings : undefined;
}

/** The commit of a branch of a mirror; undefined where it has none. */
export async function readBranch(folder: string, branch: string): Promise<string | undefined> {
  const text = await readText(join(folder, 'refs/heads', branch));
  const id = text?.endsWith('\n') ? text.slice(0, -1) : '';
  return isObjectId(id) ? id : undefined;
}
