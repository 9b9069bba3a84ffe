/** Registers mirrors, all of one call in one transaction, and requests their first evaluation. */
import { join } from 'node:path';
import { PRIORITY } from '../domain/request.js';
import { analyzeTables, type Sql, type Statements } from '../platform/postgres/sql.js';
import { readInstallation } from '../store/installation.js';
import { retargetMirrors } from '../store/mirrors/change-sources.js';
import { readSources, writeSources } from '../store/repositories/forge-sources.js';
import { type AddedRequest, addRequests } from '../store/requests/add-requests.js';
import type { MirrorToRegister } from './check-mirror.js';
import { type KnownMirrors, type MirrorOutcome, type MirrorPlan, planMirrors } from './plan-mirrors.js';
import { DEFAULT_DOMAIN, MANY, writeRepositories } from './register.js';
import { lockRegistry, readRegistrations } from './rows.js';

/** Where this host keeps its mirrors. */
export interface MirrorPlace {
  /** This host's name in `host_paths`. */
  readonly host: string;
  /** The folder with the mirrors of all installations, as an absolute path. */
  readonly mirrorsDir: string;
}

export interface RegisterMirrorsOptions extends MirrorPlace {
  readonly mirrors: readonly MirrorToRegister[];
}

export interface RegisteredMirrors {
  /** In the given order. */
  readonly outcomes: readonly MirrorOutcome[];
  /** The requests for their first evaluation; a worker begins at once where the caller wakes it. */
  readonly requested: readonly AddedRequest[];
}

/**
 * Registers a mirror of each remote. A repository that is registered with the same remote keeps its slug: where nothing of it
 * is on this host, and no host keeps a mirror, this host makes one. Of a mirror that this host keeps, another address and
 * another branch are stored.
 * @throws {DoiError} `bad_request`, `bad_slug`, `slug_taken`, and then nothing is registered; `database_unavailable`
 */
export async function registerMirrors(
  sql: Sql,
  { mirrors, ...place }: RegisterMirrorsOptions,
): Promise<RegisteredMirrors> {
  const folder = await mirrorFolder(sql, place);
  const outcomes = await sql.begin(async (transaction) => {
    const known = await readUnderLock(transaction);
    const plan = planMirrors({ mirrors, host: place.host, folder, defaultDomain: DEFAULT_DOMAIN }, known);
    await writeMirrors(transaction, plan);
    // In an object, since the driver awaits the elements of a returned array.
    return { list: plan.outcomes };
  });
  return { outcomes: outcomes.list, requested: await requestFirst(sql, outcomes.list) };
}

/** The folder of this installation's mirrors on a host. @throws {DoiError} `database_unavailable`, `schema_incompatible` */
export async function mirrorFolder(sql: Sql, { mirrorsDir }: MirrorPlace): Promise<string> {
  return join(mirrorsDir, await readInstallation(sql));
}

/** Takes the registry's lock for the rest of the transaction, and reads all that a plan for mirrors rests on. */
export async function readUnderLock(transaction: Statements): Promise<KnownMirrors> {
  await lockRegistry(transaction);
  return { known: await readRegistrations(transaction), sources: await readSources(transaction) };
}

export async function writeMirrors(transaction: Statements, plan: MirrorPlan): Promise<void> {
  await writeRepositories(transaction, plan);
  await writeSources(transaction, plan.sources);
  await retargetMirrors(transaction, plan.retargets);
}

/** Requests the first evaluation of new mirrors, after the commit that registered them. */
export async function requestFirst(sql: Sql, outcomes: readonly MirrorOutcome[]): Promise<AddedRequest[]> {
  const made = outcomes.filter(({ isNewMirror }) => isNewMirror);
  if (made.length >= MANY) await analyzeTables(sql, ['managed_repos', 'doi_source']);
  const request = { reason: 'never evaluated', priority: PRIORITY.watch, forced: false, wanted: null };
  return addRequests(
    sql,
    made.map(({ repoId }) => ({ repoId, ...request })),
  );
}
