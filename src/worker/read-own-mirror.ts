/** Reads the mirrors of a host with the server that their address names: the hub and people change an address without it. */
import { serverOf } from '../domain/remote-server.js';
import type { Sql } from '../platform/postgres/sql.js';
import { type Mirror, makeDue, readMirror } from '../store/mirrors/contacts.js';
import { findReaddressed, storeServer } from '../store/mirrors/own-places.js';

/**
 * Reads a mirror that a host keeps. Where its address names another server than its row, that is written back first, so that
 * nothing that follows counts against the server of before.
 * @throws {DoiError} `database_unavailable`
 */
export async function readOwnMirror(sql: Sql, repoId: string, host: string): Promise<Mirror | undefined> {
  const mirror = await readMirror(sql, repoId, host);
  return mirror && withOwnServer(sql, mirror, host);
}

/** The same of a mirror that was read. */
export async function withOwnServer(sql: Sql, mirror: Mirror, host: string): Promise<Mirror | undefined> {
  return (await correct(sql, host, mirror)) ? readMirror(sql, mirror.repoId, host) : mirror;
}

/** Does so for mirrors that have another address since their last contact; they are due at once. @throws as above */
export async function correctServers(sql: Sql, host: string): Promise<void> {
  for (const mirror of await findReaddressed(sql, host)) {
    if (await correct(sql, host, mirror)) await makeDue(sql, mirror.repoId);
  }
}

async function correct(
  sql: Sql,
  host: string,
  { repoId, url, server: stored }: Pick<Mirror, 'repoId' | 'url' | 'server'>,
): Promise<boolean> {
  const server = serverOf(url);
  if (server === undefined || server === stored) return false;
  await storeServer(sql, { repoId, host, url, server });
  return true;
}
