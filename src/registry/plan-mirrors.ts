/** Plans what registering some mirrors changes in the registry. Pure: the caller reads and writes. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { dropCredentials } from '../domain/drop-credentials.js';
import { DoiError } from '../domain/errors.js';
import { checkoutPath } from '../domain/home.js';
import { serverOf } from '../domain/remote-server.js';
import { cleanText } from '../domain/text.js';
import type { KnownSource, SourceChange } from '../store/repositories/forge-sources.js';
import type { RepositoryChange } from './change.js';
import { normalizeRemote, remoteKey } from './normalize-remote.js';
import type { RegisterOutcome } from './plan-registration.js';
import type { NewRepository, Registration } from './rows.js';
import { requireDomainSlug, requireSlug, slugCandidates } from './slug.js';

/** A remote of which this host is to keep a mirror. */
export interface MirrorToRegister {
  /** Without user info, but for the user of ssh. */
  readonly remoteUrl: string;
  /** The name of the repository, from which its slug is made. */
  readonly name: string;
  readonly slug?: string | undefined;
  readonly domain?: string | undefined;
  /** The branch to judge; undefined for the remote's default branch. */
  readonly branch?: string | undefined;
  /** The forge that listed it, as `doi_source` names it, and the forge's id of it. */
  readonly forge?: string | undefined;
  readonly forgeId?: string | undefined;
}

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
}

interface Planning extends KnownMirrors {
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
  const planning = { options, known, sources, slugs, byKey: groupByKey(known, sources) };
  const steps = options.mirrors.map((mirror) => planOne(checkMirror(mirror), planning));
  return {
    outcomes: steps.map(({ outcome }) => outcome),
    inserts: steps.flatMap(({ insert }) => insert ?? []),
    changes: steps.flatMap(({ change }) => change ?? []),
    sources: steps.flatMap(({ source }) => source ?? []),
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
    const key = keyOf(row.remoteUrl);
    if (key === undefined) continue;
    const first = byKey.get(key);
    if (first === undefined || (hasMirror(row) && !hasMirror(first))) byKey.set(key, row);
  }
  return byKey;
}

/** The key of a remote; a file URL names no host, and its path is its key. */
function keyOf(remote: string | null): string | undefined {
  const path = /^file:\/\/(\/.*?)\/*$/i.exec(remote ?? '')?.[1];
  return path === undefined ? remoteKey(remote) : `file${path}`;
}

interface CheckedMirror extends MirrorToRegister {
  readonly key: string;
  readonly server: string;
}

function checkMirror(mirror: MirrorToRegister): CheckedMirror {
  const remoteUrl = dropCredentials(mirror.remoteUrl);
  const key = keyOf(mirror.remoteUrl);
  const server = remoteUrl === undefined ? undefined : serverOf(remoteUrl);
  if (key === undefined || remoteUrl === undefined || server === undefined) {
    const made = normalizeRemote(mirror.remoteUrl);
    const why = made.ok || key !== undefined ? 'it may hold a credential' : made.reason;
    const remedy =
      'Give one such as https://git.example.org/team/widget.git or git@git.example.org:team/widget.';
    throw new DoiError('bad_request', `This remote cannot have a mirror: ${why}.`, remedy);
  }
  if (mirror.domain !== undefined) requireDomainSlug(mirror.domain);
  if (mirror.slug !== undefined) requireSlug(mirror.slug);
  if (mirror.branch !== undefined) requireBranch(mirror.branch);
  return { ...mirror, remoteUrl, key, server };
}

// The rules of git-check-ref-format(1). git would read a hyphen at the beginning as an option.
const BRANCH =
  /^(?![-/])(?!.*(?:\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)))[^\u0000-\u0020\u007f~^:?*[\\]+(?<![./])$/;

/** Returns the given name of a branch. @throws {DoiError} `bad_request` */
export function requireBranch(branch: string): string {
  if (branch.length <= 255 && !branch.startsWith('.') && BRANCH.test(branch)) return branch;
  const found = `${JSON.stringify(branch.slice(0, 120))} is not the name of a branch.`;
  throw new DoiError('bad_request', found, 'Give one as "git branch" lists it, such as main.');
}

function planOne(mirror: CheckedMirror, planning: Planning): Step {
  const row = planning.byKey.get(mirror.key);
  if (row !== undefined) return planKnown(mirror, row, planning);
  const step = planNew(mirror, planning);
  const { insert } = step;
  planning.slugs.add(insert.slug);
  // A second mirror of this call with the same remote joins it.
  planning.byKey.set(mirror.key, toRegistration(insert));
  return step;
}

function planNew(
  mirror: CheckedMirror,
  { options, slugs }: Planning,
): Step & { readonly insert: NewRepository } {
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
  const mirrorHost = sources.get(row.id)?.mirrorHost ?? null;
  const path = checkoutPath(row, host);
  const makes = path === undefined && (mirrorHost === null || mirrorHost === host);
  const placed = path ?? join(options.folder, `${row.id}.git`);
  const domain = mirror.domain === undefined || mirror.domain === row.domainSlug ? null : mirror.domain;
  const isOurs = makes || mirrorHost === host;
  const branch = mirror.branch !== undefined && mirror.branch !== (sources.get(row.id)?.branch ?? undefined);
  const changed = [
    ...(makes ? (['path'] as const) : []),
    ...(domain === null ? [] : (['domain'] as const)),
    ...(isOurs && branch ? (['branch'] as const) : []),
  ];
  const note = isOurs ? undefined : describePlace(path, mirrorHost);
  const remoteUrl = row.remoteUrl === null ? null : (dropCredentials(row.remoteUrl) ?? null);
  const { id: repoId, slug, status } = row;
  const outcome = {
    ...{ repoId, slug, status, changed, remoteUrl, path: placed, isNewMirror: makes },
    ...{ outcome: 'already_registered' as const, remoteNote: note },
  };
  const source = isOurs ? sourceOf(mirror, repoId, host) : noteOf(mirror, repoId);
  const writesSource = makes || (isOurs && branch) || mirror.forgeId !== undefined;
  return {
    outcome,
    ...(makes || domain !== null
      ? { change: { id: repoId, host, path: makes ? placed : null, remoteUrl: null, domain } }
      : {}),
    ...(writesSource ? { source } : {}),
  };
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
function noteOf({ forge, forgeId }: MirrorToRegister, repoId: string): SourceChange {
  const known = { forge: forge ?? null, forgeId: forgeId ?? null };
  return { repoId, ...known, branch: null, mirrorHost: null, server: null };
}

function toRegistration({ domain, ...row }: NewRepository): Registration {
  return { ...row, status: 'active', domainSlug: domain, localPath: null };
}
