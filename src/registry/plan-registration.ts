/** Decides, from what is registered, what registering some checkouts changes. Pure: the caller reads and writes. */
import { randomUUID } from 'node:crypto';
import { basename, dirname } from 'node:path';
import { cleanText } from '../domain/clean-text.js';
import { DoiError } from '../domain/errors.js';
import type { RepositoryChange } from './change-repositories.js';
import { dropCredentials } from './drop-credentials.js';
import type { NewRepository } from './insert-repositories.js';
import { isSameRemote } from './normalize-remote.js';
import type { Registration } from './read-registrations.js';
import { slugCandidates } from './slug.js';

/** A checkout to register. */
export interface Checkout {
  /** The real, absolute path. */
  readonly path: string;
  readonly remoteUrl: string | null;
}

/** What became of a checkout that was to be registered. */
export interface RegisterOutcome {
  readonly slug: string;
  readonly path: string;
  readonly remoteUrl: string | null;
  /** The registry's status: an archived repository stays archived. */
  readonly status: string;
  readonly outcome: 'registered' | 'already_registered';
  /** What of a row that was there had to be set. */
  readonly changed: readonly ('path' | 'remote' | 'domain')[];
  /** What a person should know of the checkout's remote: why none was found, or that pushes will not match it. */
  readonly remoteNote?: string | undefined;
}

export interface RegistrationPlan {
  readonly outcomes: readonly RegisterOutcome[];
  readonly inserts: readonly NewRepository[];
  readonly changes: readonly RepositoryChange[];
}

export interface RegistrationWish {
  readonly checkouts: readonly Checkout[];
  readonly host: string;
  /** Of new repositories. */
  readonly defaultDomain: string;
  /** Given by a person: of all the checkouts, registered before or not. */
  readonly domain?: string | undefined;
  /** Given by a person, who is told where it is taken; else slugs are made from the folders' names. */
  readonly slug?: string | undefined;
}

/** What is registered now: all rows, and those that have one of the checkouts' paths on this host. */
export interface Registered {
  readonly known: readonly Registration[];
  readonly byPath: ReadonlyMap<string, Registration>;
}

interface Step {
  readonly outcome: RegisterOutcome;
  readonly insert?: NewRepository;
  readonly change?: RepositoryChange;
}

/** Rows by slug; a slug that was given out in this call has no row yet, so that no other checkout joins it. */
type BySlug = Map<string, Registration | undefined>;

/** Plans all checkouts of one call. @throws {DoiError} `slug_taken` where a given slug is another repository's. */
export function planRegistration(wish: RegistrationWish, registered: Registered): RegistrationPlan {
  const bySlug: BySlug = new Map(registered.known.map((row) => [row.slug, row]));
  // The row of one of the paths is that path's, and no other checkout joins it.
  for (const { slug } of registered.byPath.values()) bySlug.set(slug, undefined);
  const steps = wish.checkouts.map((checkout) => {
    const known = registered.byPath.get(checkout.path);
    const step = known === undefined ? planNew(checkout, wish, bySlug) : planKnown(checkout, known, wish);
    // Whatever it was, a second checkout of this call may not have it too.
    bySlug.set(step.outcome.slug, undefined);
    return step;
  });
  return {
    outcomes: steps.map(({ outcome }) => outcome),
    inserts: steps.flatMap(({ insert }) => insert ?? []),
    changes: steps.flatMap(({ change }) => change ?? []),
  };
}

function planNew(checkout: Checkout, wish: RegistrationWish, bySlug: BySlug): Step {
  const { path } = checkout;
  const candidates =
    wish.slug === undefined ? slugCandidates(basename(path), basename(dirname(path))) : [wish.slug];
  for (const slug of candidates) {
    if (!bySlug.has(slug)) return insertStep(checkout, wish, slug);
    const row = bySlug.get(slug);
    // A row that names no checkout here, and is of the same remote, is this repository as other hosts have it.
    const isOurs = row !== undefined && isSameRemote(row.remoteUrl, checkout.remoteUrl);
    if (isOurs && !Object.hasOwn(row.hostPaths, wish.host)) return planKnown(checkout, row, wish);
  }
  throw slugTaken(wish.slug ?? '', bySlug.get(wish.slug ?? ''), wish.host);
}

function insertStep({ path, remoteUrl }: Checkout, wish: RegistrationWish, slug: string): Step {
  const name = cleanText(basename(path), 200).trim() || slug;
  const domain = wish.domain ?? wish.defaultDomain;
  const hostPaths = { [wish.host]: path };
  return {
    outcome: { slug, path, remoteUrl, status: 'active', outcome: 'registered', changed: [] },
    insert: { id: randomUUID(), slug, name, domain, remoteUrl, hostPaths },
  };
}

function planKnown(checkout: Checkout, row: Registration, wish: RegistrationWish): Step {
  const { slug, status } = row;
  const known = row.remoteUrl === null ? null : (dropCredentials(row.remoteUrl) ?? null);
  // What was stored with a credential, as by an earlier release, is replaced and not shown.
  const isClean = known?.toLowerCase() === row.remoteUrl?.toLowerCase();
  const isNewRemote =
    checkout.remoteUrl !== null &&
    checkout.remoteUrl !== row.remoteUrl &&
    !(isClean && isSameRemote(checkout.remoteUrl, row.remoteUrl));
  // With local_path alone, no row says which host has the checkout.
  const path = Object.hasOwn(row.hostPaths, wish.host) ? null : checkout.path;
  const remote = isNewRemote ? checkout.remoteUrl : null;
  const domain = wish.domain === undefined || wish.domain === row.domainSlug ? null : wish.domain;
  const changed = Object.entries({ path, remote, domain })
    .filter(([, value]) => value !== null)
    .map(([name]) => name as RegisterOutcome['changed'][number]);
  const remoteUrl = remote ?? known;
  const outcome = {
    slug,
    path: checkout.path,
    remoteUrl,
    status,
    outcome: 'already_registered',
    changed,
  } as const;
  if (changed.length === 0) return { outcome };
  return { outcome, change: { id: row.id, host: wish.host, path, remoteUrl: remote, domain } };
}

function slugTaken(slug: string, row: Registration | undefined, host: string): DoiError {
  const path = row?.hostPaths[host];
  const whose = path === undefined ? 'another repository' : `the repository at ${path}`;
  const remedy =
    path === undefined
      ? 'Give another --slug.'
      : `Give another --slug, or, if the checkout was moved, "doi move ${slug} PATH".`;
  return new DoiError('slug_taken', `The slug ${slug} is taken by ${whose}.`, remedy);
}
