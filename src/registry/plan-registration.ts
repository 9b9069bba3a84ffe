/** Plans what registering some checkouts changes in the registry. Pure: the caller reads and writes. */
import { randomUUID } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { dropCredentials } from '../domain/drop-credentials.js';
import { DoiError } from '../domain/errors.js';
import { cleanText, quoteForShell } from '../domain/text.js';
import type { RepositoryChange } from './change.js';
import { isSameRemote } from './normalize-remote.js';
import type { Checkout, NewRepository, Registration } from './rows.js';
import { slugCandidates } from './slug.js';

/** The result of registering one checkout. */
export interface RegisterOutcome {
  readonly slug: string;
  readonly path: string;
  readonly remoteUrl: string | null;
  /** The registry's status: an archived repository stays archived. */
  readonly status: string;
  /** `moved`: nothing was stored; it is probably the checkout of `slug`, whose folder on this host is gone. */
  readonly outcome: 'registered' | 'already_registered' | 'moved';
  /** Which columns of an existing row had to be changed. */
  readonly changed: readonly ('path' | 'remote' | 'domain' | 'branch')[];
  /** A note on the checkout's remote: why none was found, or that pushes will not match it. */
  readonly remoteNote?: string | undefined;
}

export interface RegistrationPlan {
  readonly outcomes: readonly RegisterOutcome[];
  readonly inserts: readonly NewRepository[];
  readonly changes: readonly RepositoryChange[];
}

export interface RegistrationOptions {
  readonly checkouts: readonly Checkout[];
  readonly host: string;
  /** The domain of new repositories. */
  readonly defaultDomain: string;
  /** Given by a person: the domain of all the checkouts, new or registered before. */
  readonly domain?: string | undefined;
  /** Given by a person, and refused if another repository has it; else slugs are made from the folders' names. */
  readonly slug?: string | undefined;
  /** Whether a checkout that was probably moved gets the outcome `moved`; else it is refused. */
  readonly skipMoved?: boolean | undefined;
}

/** The registry's content. */
export interface Registered {
  /** All rows. */
  readonly known: readonly Registration[];
  /** By a checkout's path: the row that has this path on this host. */
  readonly byPath: ReadonlyMap<string, Registration>;
  /** By another checkout's path: a row with the same remote whose folder on this host is gone. */
  readonly goneByPath: ReadonlyMap<string, Registration>;
}

interface Step {
  readonly outcome: RegisterOutcome;
  readonly insert?: NewRepository;
  readonly change?: RepositoryChange;
}

/** Rows by slug; undefined for a slug that this call has used, so that no other checkout joins that repository. */
type BySlug = Map<string, Registration | undefined>;

/**
 * Plans all checkouts of one call. The folders with the shortest paths choose their slugs first.
 * @throws {DoiError} `slug_taken` where another repository has the given slug; `checkout_moved`
 */
export function planRegistration(options: RegistrationOptions, registered: Registered): RegistrationPlan {
  const bySlug: BySlug = new Map(registered.known.map((row) => [row.slug, row]));
  // A row with one of these paths belongs to that path: no other checkout joins it.
  for (const { slug } of registered.byPath.values()) bySlug.set(slug, undefined);
  const byCheckout = new Map<Checkout, Step>();
  for (const checkout of options.checkouts.toSorted((one, other) => depthOf(one) - depthOf(other))) {
    const step = planOne(checkout, { options, registered, bySlug });
    // A second checkout of this call may not have the same slug.
    bySlug.set(step.outcome.slug, undefined);
    byCheckout.set(checkout, step);
  }
  const steps = options.checkouts.flatMap((checkout) => byCheckout.get(checkout) ?? []);
  return {
    outcomes: steps.map(({ outcome }) => outcome),
    inserts: steps.flatMap(({ insert }) => insert ?? []),
    changes: steps.flatMap(({ change }) => change ?? []),
  };
}

/** The name of its folder; of a bare repository without `.git`, and of one that is itself `.git` that of the folder above. */
function nameOf({ path, isBare = false }: Checkout): string {
  const name = basename(path);
  return isBare ? name.replace(/\.git$/i, '') || basename(dirname(path)) : name;
}

function depthOf({ path }: Checkout): number {
  return path.split('/').length;
}

interface Planning {
  readonly options: RegistrationOptions;
  readonly registered: Registered;
  readonly bySlug: BySlug;
}

function planOne(checkout: Checkout, planning: Planning): Step {
  const known = planning.registered.byPath.get(checkout.path);
  return known === undefined ? planNew(checkout, planning) : planKnown(checkout, known, planning.options);
}

function planNew(checkout: Checkout, { options, registered, bySlug }: Planning): Step {
  const { path } = checkout;
  const candidates =
    options.slug === undefined ? slugCandidates(nameOf(checkout), basename(dirname(path))) : [options.slug];
  for (const slug of candidates) {
    if (!bySlug.has(slug))
      return planMoved(checkout, options, registered) ?? insertStep(checkout, options, slug);
    const row = bySlug.get(slug);
    // A row with the same remote and without a path on this host is this repository, registered on another host.
    const isOurs = row !== undefined && isSameRemote(row.remoteUrl, checkout.remoteUrl);
    if (isOurs && !Object.hasOwn(row.hostPaths, options.host)) return planKnown(checkout, row, options);
  }
  throw slugTaken(path, {
    slug: options.slug ?? '',
    row: bySlug.get(options.slug ?? ''),
    host: options.host,
  });
}

/** Called only where a new row would be made: joining a row of another host comes first. */
function planMoved(
  checkout: Checkout,
  options: RegistrationOptions,
  registered: Registered,
): Step | undefined {
  const gone = registered.goneByPath.get(checkout.path);
  // A person who gives a slug wants a repository of that slug, even if another one has the same remote.
  if (gone === undefined || options.slug !== undefined) return undefined;
  if (!options.skipMoved) throw checkoutMoved(checkout.path, gone, options.host);
  const { slug, status } = gone;
  const { path, remoteUrl } = checkout;
  return { outcome: { slug, path, remoteUrl, status, outcome: 'moved', changed: [] } };
}

function insertStep(checkout: Checkout, options: RegistrationOptions, slug: string): Step {
  const { path, remoteUrl } = checkout;
  const name = cleanText(nameOf(checkout), 200).trim() || slug;
  const domain = options.domain ?? options.defaultDomain;
  const hostPaths = { [options.host]: path };
  return {
    outcome: { slug, path, remoteUrl, status: 'active', outcome: 'registered', changed: [] },
    insert: { id: randomUUID(), slug, name, domain, remoteUrl, hostPaths },
  };
}

function planKnown(checkout: Checkout, row: Registration, options: RegistrationOptions): Step {
  const { slug, status } = row;
  // A row with only local_path does not say which host has the checkout.
  const path = Object.hasOwn(row.hostPaths, options.host) ? null : checkout.path;
  const remote = remoteToStore(checkout.remoteUrl, row.remoteUrl);
  const domain = options.domain === undefined || options.domain === row.domainSlug ? null : options.domain;
  const changed = Object.entries({ path, remote, domain })
    .filter(([, value]) => value !== null)
    .map(([name]) => name as 'path' | 'remote' | 'domain');
  const remoteUrl = remote ?? withoutCredentials(row.remoteUrl);
  const outcome = {
    slug,
    path: checkout.path,
    remoteUrl,
    status,
    outcome: 'already_registered',
    changed,
  } as const;
  if (changed.length === 0) return { outcome };
  return { outcome, change: { id: row.id, host: options.host, path, remoteUrl: remote, domain } };
}

/**
 * The remote that registering stores instead of the stored one: the checkout's, if it names another repository.
 * @returns null where the stored remote stays
 */
export function remoteToStore(found: string | null, stored: string | null): string | null {
  if (found === null || found === stored) return null;
  // A remote that an earlier release stored with a credential is replaced, and not shown.
  const isClean = withoutCredentials(stored)?.toLowerCase() === stored?.toLowerCase();
  return isClean && isSameRemote(found, stored) ? null : found;
}

function withoutCredentials(remote: string | null): string | null {
  return remote === null ? null : (dropCredentials(remote) ?? null);
}

interface Taken {
  readonly slug: string;
  readonly row: Registration | undefined;
  readonly host: string;
}

function slugTaken(path: string, { slug, row, host }: Taken): DoiError {
  const registered = row?.hostPaths[host];
  const whose = registered === undefined ? 'another repository' : `the repository at ${registered}`;
  const remedy =
    registered === undefined
      ? 'Give another --slug.'
      : `Give another --slug, or, if the checkout was moved, run "doi move ${slug} ${quoteForShell(path)}".`;
  return new DoiError('slug_taken', `The slug ${slug} is taken by ${whose}.`, remedy);
}

function checkoutMoved(path: string, { slug, status, ...row }: Registration, host: string): DoiError {
  const found = `${path} has the remote of ${slug}, whose registered folder ${row.hostPaths[host]} is gone.`;
  const word = quoteForShell(path);
  const restore = status === 'archived' ? `, then "doi archive ${slug} --undo"` : '';
  const remedy =
    `If the checkout was moved, run "doi move ${slug} ${word}"${restore}; ` +
    `to register it as another repository, run "doi register ${word} --slug" with a new slug.`;
  return new DoiError('checkout_moved', found, remedy);
}
