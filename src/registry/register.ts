/** Registers checkouts: all of one call in one transaction, so that nothing half-registered stays behind. */

import { findStorableRemote } from '../checkout/read-git-remote.js';
import type { OwnUrlRules } from '../checkout/short-remotes.js';
import { DoiError } from '../domain/errors.js';
import { analyzeTables } from '../platform/postgres/analyze-tables.js';
import type { Sql } from '../platform/postgres/sql.js';
import { changeRepositories } from './change.js';
import { planRegistration, type RegisterOutcome } from './plan-registration.js';
import {
  ensureDomain,
  insertRepositories,
  lockRegistry,
  matchGone,
  matchPlaces,
  readRegistrations,
} from './rows.js';
import { requireDomainSlug, requireSlug } from './slug.js';

export interface RegisterOptions {
  /** Real, absolute paths of git checkouts, as discovering returns them. */
  readonly paths: readonly string[];
  /** This host's name in `host_paths`. */
  readonly host: string;
  /** Made with status `active` where it is missing; left out, new repositories get `default`. */
  readonly domain?: string | undefined;
  /** Only with a single path. */
  readonly slug?: string | undefined;
  /** For paths that nobody named one by one: what was probably moved gets the outcome `moved`; else it is refused. */
  readonly skipMoved?: boolean | undefined;
  /** What git knows of short forms of remotes here; left out, only what the repositories themselves say. */
  readonly ownUrlRules?: OwnUrlRules | undefined;
}

/** So many new repositories make PostgreSQL's counts of the table wrong. */
const MANY = 50;

export const DEFAULT_DOMAIN = 'default';

/**
 * Registers each path that is not registered on this host yet, with the remote that git's configuration of it names. A path
 * that is registered keeps its repository and slug; only a remote that changed since, and a domain that is given, are
 * stored.
 * @returns what became of each path, in the order given.
 * @throws {DoiError} `bad_slug`, `slug_taken`, `checkout_moved`, `file_unreadable`; nothing is registered then.
 */
export async function registerRepositories(sql: Sql, options: RegisterOptions): Promise<RegisterOutcome[]> {
  const domain = options.domain === undefined ? undefined : requireDomainSlug(options.domain);
  const slug = options.slug === undefined ? undefined : requireSlug(options.slug);
  if (slug !== undefined && options.paths.length > 1)
    throw new DoiError(
      'bad_request',
      'One slug was given for several paths.',
      'Give --slug with one path only.',
    );
  const checkouts: { path: string; remoteUrl: string | null }[] = [];
  const notes = new Map<string, string>();
  for (const path of options.paths) {
    const { url, problem } = await findStorableRemote(path, options.ownUrlRules);
    checkouts.push({ path, remoteUrl: url });
    if (problem !== undefined) notes.set(path, [problem.note, problem.remedy ?? ''].join(' ').trim());
  }
  const outcomes = await sql.begin(async (transaction) => {
    await lockRegistry(transaction);
    const known = await readRegistrations(transaction);
    const byPath = await matchPlaces(options.paths, known, options.host);
    const unknown = checkouts.filter(({ path }) => !byPath.has(path));
    const goneByPath = await matchGone(unknown, known, options.host);
    const { host, skipMoved } = options;
    const planned = { checkouts, host, defaultDomain: DEFAULT_DOMAIN, domain, slug, skipMoved };
    const plan = planRegistration(planned, { known, byPath, goneByPath });
    const needed = new Set([...plan.inserts, ...plan.changes].flatMap((each) => each.domain ?? []));
    for (const each of needed) await ensureDomain(transaction, each);
    await insertRepositories(transaction, plan.inserts);
    await changeRepositories(transaction, plan.changes);
    // Kept in one object: the driver unwraps arrays of promises.
    return { list: plan.outcomes, inserted: plan.inserts.length };
  });
  if (outcomes.inserted >= MANY) await analyzeTables(sql, ['managed_repos']);
  return outcomes.list.map((each) => ({ ...each, remoteNote: notes.get(each.path) }));
}
