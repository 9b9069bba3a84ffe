/** Registers checkouts and bare repositories, all of one call in one transaction, so that a failure leaves none of them registered. */

import { inspectFolder } from '../checkout/find-checkout.js';
import { findStorableRemote } from '../checkout/read-git-remote.js';
import type { OwnUrlRules } from '../checkout/short-remotes.js';
import { DoiError } from '../domain/errors.js';
import { quoteForShell } from '../domain/text.js';
import { analyzeTables, type Sql, type Statements } from '../platform/postgres/sql.js';
import { storeBranch } from '../store/mirrors/change-sources.js';
import { readSources } from '../store/repositories/forge-sources.js';
import { changeRepositories } from './change.js';
import { requireBranch } from './check-mirror.js';
import { planRegistration, type RegisterOutcome, type RegistrationPlan } from './plan-registration.js';
import {
  type Checkout,
  ensureDomain,
  insertRepositories,
  lockRegistry,
  matchGone,
  matchPlaces,
  readRegistrations,
} from './rows.js';
import { requireDomainSlug, requireSlug } from './slug.js';

export interface RegisterOptions {
  /** Real, absolute paths of git checkouts and bare repositories, as `discoverRepositories` returns them. */
  readonly paths: readonly string[];
  /** This host's name in `host_paths`. */
  readonly host: string;
  /** Created with status `active` if it is missing; without it new repositories get the domain `default`. */
  readonly domain?: string | undefined;
  /** Only with a single path. */
  readonly slug?: string | undefined;
  /** The branch to judge of a bare repository, or `HEAD` for the one that its HEAD names. Only with a single path. */
  readonly branch?: string | undefined;
  /** For discovered paths: a checkout that was probably moved gets the outcome `moved`; else it is refused. */
  readonly skipMoved?: boolean | undefined;
  /** This user's rules of git for short forms of remotes; without them only those of the repositories apply. */
  readonly ownUrlRules?: OwnUrlRules | undefined;
}

/** From this many new repositories on, PostgreSQL's statistics of the tables are wrong. */
export const MANY = 50;

export const DEFAULT_DOMAIN = 'default';

/**
 * Registers each path that is not registered on this host yet, with the remote of its git configuration. A registered path
 * keeps its repository and slug; only a changed remote, a given domain and a given branch are stored.
 * @returns the result for each path, in the given order
 * @throws {DoiError} `bad_request`, `bad_slug`, `slug_taken`, `checkout_moved`, `file_unreadable`; then nothing is registered
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
  const branch = requireBareBranch(options);
  const checkouts: Checkout[] = [];
  const notes = new Map<string, string>();
  for (const path of options.paths) {
    const { url, problem } = await findStorableRemote(path, options.ownUrlRules);
    checkouts.push({ path, remoteUrl: url, isBare: inspectFolder(path).state === 'bare' });
    if (problem !== undefined) notes.set(path, [problem.note, problem.remedy ?? ''].join(' ').trim());
  }
  const outcomes = await sql.begin(async (transaction) => {
    await lockRegistry(transaction);
    const known = await readRegistrations(transaction);
    const byPath = await matchPlaces(options.paths, known, options.host);
    const unknown = checkouts.filter(({ path }) => !byPath.has(path));
    // That a mirror's folder is not there says nothing: its worker makes it.
    const sources = await readSources(transaction);
    const own = known.filter(({ id }) => sources.get(id)?.mirrorHost !== options.host);
    const goneByPath = await matchGone(unknown, own, options.host);
    const { host, skipMoved } = options;
    const planned = { checkouts, host, defaultDomain: DEFAULT_DOMAIN, domain, slug, skipMoved };
    const plan = planRegistration(planned, { known, byPath, goneByPath });
    await writeRepositories(transaction, plan);
    const list = await withBranch(transaction, plan.outcomes, branch);
    // In an object, since the driver awaits the elements of a returned array.
    return { list, inserted: plan.inserts.length };
  });
  if (outcomes.inserted >= MANY) await analyzeTables(sql, ['managed_repos']);
  return outcomes.list.map((each) => ({ ...each, remoteNote: notes.get(each.path) }));
}

/** Writes the new and the changed repositories of a plan, with the domains that they need. */
export async function writeRepositories(
  transaction: Statements,
  { inserts, changes }: Pick<RegistrationPlan, 'inserts' | 'changes'>,
): Promise<void> {
  const needed = new Set([...inserts, ...changes].flatMap((each) => each.domain ?? []));
  for (const each of needed) await ensureDomain(transaction, each);
  await insertRepositories(transaction, inserts);
  await changeRepositories(transaction, changes);
}

/** The given branch, null for `HEAD`, undefined for none. @throws {DoiError} `bad_request` */
function requireBareBranch({ branch, paths }: RegisterOptions): string | null | undefined {
  if (branch === undefined) return undefined;
  const [path = '', another] = paths;
  if (another !== undefined)
    throw new DoiError(
      'bad_request',
      'One branch was given for several paths.',
      'Give --branch with one path only.',
    );
  if (inspectFolder(path).state !== 'bare') {
    const remedy = `Leave out --branch, and check the branch out there: "git switch ${quoteForShell(branch)}".`;
    throw new DoiError(
      'bad_request',
      `${path} is a working folder, whose files are judged as they are.`,
      remedy,
    );
  }
  return requireBranch(branch);
}

/** Stores the branch of the one repository, and adds that to its result. */
async function withBranch(
  sql: Statements,
  outcomes: readonly RegisterOutcome[],
  branch: string | null | undefined,
): Promise<readonly RegisterOutcome[]> {
  const [only] = outcomes;
  if (branch === undefined || only === undefined || only.outcome === 'moved') return outcomes;
  if (!(await storeBranch(sql, only.slug, branch))) return outcomes;
  return [only.outcome === 'registered' ? only : { ...only, changed: [...only.changed, 'branch'] }];
}
