/** Plans what registering some mirrors changes in the registry. Pure: the caller reads and writes. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { dropCredentials } from '../domain/drop-credentials.js';
import { DoiError } from '../domain/errors.js';
import { checkoutPath } from '../domain/home.js';
import { cleanText } from '../domain/text.js';
import type { Retarget } from '../store/mirrors/change-sources.js';
import type { KnownSource, SourceChange } from '../store/repositories/forge-sources.js';
import type { RepositoryChange } from './change.js';
import { type CheckedMirror, checkMirror, type MirrorToRegister, mirrorKey } from './check-mirror.js';
import type { RegisterOutcome } from './plan-registration.js';
import type { NewRepository, Registration } from './rows.js';
import { slugCandidates } from './slug.js';

/** The result of registering one mirror. `path` is that of the mirror, or of what the host has instead of one. */
export interface MirrorOutcome extends Omit<RegisterOutcome, 'changed'> {
  readonly repoId: string;
  readonly changed: readonly ('path' | 'remote' | 'domain' | 'branch')[];
  /** Whether this call made it a mirror of this host, so that it was never contacted. */
  readonly isNewMirror: boolean;
}

export interface MirrorPlan {
  readonly outcomes: readonly MirrorOutcome[];
  readonly inserts: readonly NewRepository[];
  readonly changes: readonly RepositoryChange[];
  readonly sources: readonly SourceChange[];
  /** Written after `sources`. */
  readonly retargets: readonly Retarget[];
}

/** What the registry holds. */
export interface KnownMirrors {
  readonly known: readonly Registration[];
  /** By the id of the repository. */
  readonly sources: ReadonlyMap<string, KnownSource>;
}

export interface MirrorPlanOptions {
  readonly mirrors: readonly MirrorToRegister[];
  readonly host: string;
  /** The folder of this installation's mirrors on this host. */
  readonly folder: string;
  readonly defaultDomain: string;
}

interface Step {
  readonly outcome: MirrorOutcome;
  readonly insert?: NewRepository;
  readonly change?: RepositoryChange;
  readonly source?: SourceChange;
  readonly retarget?: Retarget;
}

interface Planning extends KnownMirrors {
  /** With those of this call. */
  readonly sources: Map<string, KnownSource>;
  readonly options: MirrorPlanOptions;
  /** Rows by the key of their remote; the first is the one that a mirror of that remote joins. */
  readonly byKey: Map<string, Registration>;
  readonly slugs: Set<string>;
}

/**
 * Plans all mirrors of one call. One whose remote is registered joins that repository.
 * @throws {DoiError} `bad_request`, `bad_slug`, `slug_taken`
 */
export function planMirrors(options: MirrorPlanOptions, { known, sources }: KnownMirrors): MirrorPlan {
  const slugs = new Set(known.map(({ slug }) => slug));
  const planning = { options, known, sources: new Map(sources), slugs, byKey: groupByKey(known, sources) };
  const steps = options.mirrors.map((mirror) => planOne(checkMirror(mirror), planning));
  return {
    outcomes: steps.map(({ outcome }) => outcome),
    inserts: steps.flatMap(({ insert }) => insert ?? []),
    changes: steps.flatMap(({ change }) => change ?? []),
    sources: steps.flatMap(({ source }) => source ?? []),
    retargets: steps.flatMap(({ retarget }) => retarget ?? []),
  };
}

/** Of several repositories with one remote the first that has a mirror, else the first by slug. */
function groupByKey(
  known: readonly Registration[],
  sources: ReadonlyMap<string, KnownSource>,
): Map<string, Registration> {
  const hasMirror = ({ id }: Registration) => Boolean(sources.get(id)?.mirrorHost);
  const byKey = new Map<string, Registration>();
  for (const row of known) {
    const key = mirrorKey(row.remoteUrl);
    if (key === undefined) continue;
    const first = byKey.get(key);
    if (first === undefined || (hasMirror(row) && !hasMirror(first))) byKey.set(key, row);
  }
  return byKey;
}

function planOne(mirror: CheckedMirror, planning: Planning): Step {
  const row = findRow(mirror, planning);
  const step = row === undefined ? planNew(mirror, planning) : planKnown(mirror, row, planning);
  const { insert, source, outcome } = step;
  if (insert !== undefined) planning.slugs.add(insert.slug);
  if (source === undefined || !outcome.isNewMirror) return step;
  // A second mirror of this call with the same remote joins it.
  const hostPaths = { ...row?.hostPaths, [planning.options.host]: outcome.path };
  const made = insert === undefined ? row : toRegistration(insert);
  if (made !== undefined) planning.byKey.set(mirror.key, { ...made, hostPaths });
  planning.sources.set(outcome.repoId, source);
  return step;
}

/** The registered repository that is meant: the mirror of this host with the given slug, else one with that remote. */
function findRow(
  mirror: CheckedMirror,
  { options, known, sources, byKey }: Planning,
): Registration | undefined {
  const { slug, key, remoteUrl } = mirror;
  const same = byKey.get(key);
  const named = known.find((row) => row.slug === slug);
  if (named === undefined || sources.get(named.id)?.mirrorHost !== options.host) return same;
  if (same === undefined || mirrorKey(named.remoteUrl) === key) return named;
  throw new DoiError(
    'bad_request',
    `${remoteUrl} is registered as ${same.slug}, so that ${named.slug} cannot have this address too.`,
    `If both are one repository, run "doi unregister ${same.slug}" and try again.`,
  );
}

function planNew(mirror: CheckedMirror, { options, slugs }: Planning): Step {
  const { host, defaultDomain } = options;
  const id = randomUUID();
  const path = join(options.folder, `${id}.git`);
  const slug = mirror.slug === undefined ? chooseSlug(mirror, slugs) : requireFree(mirror.slug, slugs);
  const name = cleanText(mirror.name, 200).trim() || slug;
  const { remoteUrl, domain = defaultDomain } = mirror;
  const shared = { repoId: id, slug, path, remoteUrl, status: 'active', isNewMirror: true };
  return {
    outcome: { ...shared, outcome: 'registered', changed: [] },
    insert: { id, slug, name, domain, remoteUrl, hostPaths: { [host]: path } },
    source: sourceOf(mirror, id, host),
  };
}

function chooseSlug({ name, key }: CheckedMirror, slugs: ReadonlySet<string>): string {
  const parent = decodeURIComponent(key.split('/').at(-2) ?? '');
  for (const slug of slugCandidates(name, parent)) if (!slugs.has(slug)) return slug;
  throw new Error('the candidates do not end');
}

function requireFree(slug: string, slugs: ReadonlySet<string>): string {
  if (!slugs.has(slug)) return slug;
  throw new DoiError(
    'slug_taken',
    `The slug ${slug} is taken by another repository.`,
    'Give another --slug.',
  );
}

function planKnown(mirror: CheckedMirror, row: Registration, { options, sources }: Planning): Step {
  const { host } = options;
  const stored = sources.get(row.id);
  const mirrorHost = stored?.mirrorHost ?? null;
  const path = checkoutPath(row, host);
  const makes = path === undefined && (mirrorHost === null || mirrorHost === host);
  const placed = path ?? join(options.folder, `${row.id}.git`);
  const domain = mirror.domain === undefined || mirror.domain === row.domainSlug ? null : mirror.domain;
  const isOurs = makes || mirrorHost === host;
  const branch = mirror.branch === undefined ? (stored?.branch ?? null) : mirror.branch;
  const isOtherBranch = isOurs && branch !== (stored?.branch ?? null);
  const remoteUrl = isOurs && !isSameText(row.remoteUrl, mirror.remoteUrl) ? mirror.remoteUrl : null;
  const changed = [
    ...(makes ? (['path'] as const) : []),
    ...(remoteUrl === null ? [] : (['remote'] as const)),
    ...(domain === null ? [] : (['domain'] as const)),
    ...(isOtherBranch ? (['branch'] as const) : []),
  ];
  const { id: repoId, slug, status } = row;
  const outcome = {
    ...{ repoId, slug, status, changed, path: placed, isNewMirror: makes },
    remoteUrl: remoteUrl ?? (row.remoteUrl === null ? null : (dropCredentials(row.remoteUrl) ?? null)),
    ...{ outcome: 'already_registered' as const },
    remoteNote: isOurs ? undefined : describePlace(path, mirrorHost),
  };
  // A new mirror has nothing that an earlier contact found; only a branch is never reset by `source`.
  const isRetargeted = makes ? isOtherBranch && branch === null : isOtherBranch || remoteUrl !== null;
  const isSameRepository = mirrorKey(row.remoteUrl) === mirror.key;
  const writesSource = makes || mirror.forgeId !== undefined;
  return {
    outcome,
    ...(makes || remoteUrl !== null || domain !== null
      ? { change: { id: repoId, host, path: makes ? placed : null, remoteUrl, domain } }
      : {}),
    ...(writesSource ? { source: makes ? sourceOf(mirror, repoId, host) : noteOf(mirror, repoId) } : {}),
    ...(isRetargeted
      ? { retarget: { repoId, branch, server: mirror.server, keepsForge: isSameRepository } }
      : {}),
  };
}

/** A file URL names the same folder with slashes at its end. */
function isSameText(stored: string | null, given: string): boolean {
  return stored?.replace(/\/+$/, '') === given.replace(/\/+$/, '');
}

function describePlace(path: string | undefined, mirrorHost: string | null): string {
  return mirrorHost === null
    ? `It is registered at ${path}, so no mirror is made.`
    : `The host ${mirrorHost} keeps its mirror.`;
}

function sourceOf(mirror: CheckedMirror, repoId: string, mirrorHost: string): SourceChange {
  return { ...noteOf(mirror, repoId), branch: mirror.branch ?? null, mirrorHost, server: mirror.server };
}

/** Only what the forge says of it. */
function noteOf({ forge, forgeId }: CheckedMirror, repoId: string): SourceChange {
  const known = { forge: forge ?? null, forgeId: forgeId ?? null };
  return { repoId, ...known, branch: null, mirrorHost: null, server: null };
}

function toRegistration({ domain, ...row }: NewRepository): Registration {
  return { ...row, status: 'active', domainSlug: domain, localPath: null };
}
