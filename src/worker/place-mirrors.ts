/** Lets the registry follow the settings: at its start, a worker has it name DOI_MIRRORS as the place of this host's mirrors. */
import { join } from 'node:path';
import { DoiError } from '../domain/errors.js';
import { requireWritable } from '../git/remote/mirror.js';
import { withMirrorErrors } from '../git/remote/mirror-errors.js';
import type { Log } from '../platform/log.js';
import type { Sql } from '../platform/postgres/sql.js';
import { findOtherFolders, moveMirrors } from '../store/mirrors/own-places.js';

export interface PlaceMirrorsOptions {
  readonly config: { readonly host: string; readonly mirrorsDir: string };
  readonly sql: Sql;
  readonly log: Log;
  readonly installation: string;
}

/**
 * Gives mirrors of this host that lie elsewhere a place in DOI_MIRRORS, where this worker may write there and in the registry. What is in their old
 * folder stays: a copied database names the folder of the installation that it was copied from.
 * @throws {DoiError} `database_unavailable`
 */
export async function placeMirrors({ config, sql, log, installation }: PlaceMirrorsOptions): Promise<void> {
  const { host, mirrorsDir } = config;
  const folder = join(mirrorsDir, installation);
  const left = await findOtherFolders(sql, host, folder);
  if (left.length === 0) return;
  try {
    await withMirrorErrors(() => requireWritable(folder));
    const mirrors = await moveMirrors(sql, host, folder);
    log.warn(
      { mirrors, folder, left },
      'mirrors are made in DOI_MIRRORS; what is left in the folders of before may be removed',
    );
  } catch (error) {
    if (!(error instanceof DoiError)) throw error;
    // A worker need not have the right to change the registry, and does everything else without it.
    log.error({ error, folder, left }, 'mirrors stay in another folder than that of DOI_MIRRORS');
  }
}
