/** Plans what a list of an owner's repositories at a forge changes in the registry. Pure: the caller reads and writes. */
import type { DiscoveryFilters, ForgeRepository } from '../domain/forge.js';
import type { KnownSource } from '../store/repositories/forge-sources.js';
import type { MirrorToRegister } from './check-mirror.js';
import { isSameRemote, remoteKey } from './normalize-remote.js';
import type { KnownMirrors } from './plan-mirrors.js';
import type { Registration } from './rows.js';

export interface DiscoveryOptions extends Omit<DiscoveryFilters, 'match'> {
  /** The forge, as `doi_source` names it. */
  readonly forge: string;
  readonly owner: string;
  /** The path below which the forge has its pages; empty for none. */
  readonly basePath: string;
  readonly listed: readonly ForgeRepository[];
  /** Whether the list is whole: otherwise what is not on it may be there all the same, and nothing is archived. */
  readonly isWhole: boolean;
  /** Whether a new repository of this name is registered. */
  readonly matches: (name: string) => boolean;
  /** Whether repositories that the forge lists no more are archived. */
  readonly prune: boolean;
  /** Whether that is done where most of them are gone. */
  readonly force: boolean;
  /** The ids here of those of which the forge says that they are gone: only these are archived. */
  readonly gone: ReadonlySet<string>;
}

/** Why a repository that is not registered stays so. */
export type SkipReason = 'archived' | 'fork' | 'empty' | 'not matching';

/** A registered repository that the forge has under another address. */
export interface Renamed {
  readonly row: Registration;
  readonly remoteUrl: string;
}

/** A registered repository whose id at the forge was not known. */
export interface Adopted {
  readonly row: Registration;
  readonly forgeId: string;
}

/** A registered repository that the forge lists no more, without saying that it is gone. */
export interface Unconfirmed {
  readonly row: Registration;
  /** The forge's id, and owner and name there. */
  readonly id: string;
  readonly fullName: string;
}

export interface DiscoveryPlan {
  readonly added: readonly MirrorToRegister[];
  readonly adopted: readonly Adopted[];
  readonly renamed: readonly Renamed[];
  /** Active ones that the forge has archived: they are archived here too. */
  readonly archived: readonly Registration[];
  /** Archived here, active at the forge: only a person knows whether to make them active again. */
  readonly inactive: readonly Registration[];
  /** Active ones of this owner that the forge lists no more, or that the token may read no more. */
  readonly vanished: readonly Registration[];
  /** With `prune`: those of them that stay, since the forge does not say that they are gone. */
  readonly unconfirmed: readonly Unconfirmed[];
  /** Whether `vanished` are archived. */
  readonly prunes: boolean;
  /** Why they are not although `prune` was given. */
  readonly keptBecause: 'not whole' | 'most are gone' | undefined;
  readonly skipped: readonly { readonly name: string; readonly why: SkipReason }[];
  /** How many are registered and need no change. */
  readonly unchanged: number;
}

/** Plans one run. The forge's id decides which repository is which, then the remote. */
export function planDiscovery(options: DiscoveryOptions, registered: KnownMirrors): DiscoveryPlan {
  const pairs = pairUp(options, registered);
  const listed = new Set([...pairs.values()].map(({ id }) => id));
  const added: MirrorToRegister[] = [];
  const skipped: { name: string; why: SkipReason }[] = [];
  const known: { row: Registration; repository: ForgeRepository }[] = [];
  for (const repository of options.listed) {
    const row = pairs.get(repository);
    const why = skipReason(repository, options);
    if (row !== undefined && (why !== undefined || !isWithoutPlace(row))) known.push({ row, repository });
    else if (why === undefined) added.push(toMirror(repository, options, row));
    else skipped.push({ name: repository.fullName, why });
  }
  const changes = planKnown(known, options, registered.sources);
  return { added, skipped, ...changes, ...planVanished(options, registered, listed) };
}

/** Which row each listed repository is. */
function pairUp(
  { forge, listed }: DiscoveryOptions,
  { known, sources }: KnownMirrors,
): Map<ForgeRepository, Registration> {
  const byForgeId = new Map<string, Registration>();
  for (const row of known) {
    const source = sources.get(row.id);
    if (source?.forge === forge && source.forgeId !== null) byForgeId.set(source.forgeId, row);
  }
  const pairs = new Map<ForgeRepository, Registration>();
  for (const repository of listed) {
    const row = byForgeId.get(repository.id);
    if (row !== undefined) pairs.set(repository, row);
  }
  // Of what is left: a name that a renamed repository had before may be that of a new one.
  const taken = new Set([...pairs.values()].map(({ id }) => id));
  const byKey = groupFree(known, sources, taken);
  for (const repository of listed) {
    if (pairs.has(repository)) continue;
    const keys = [repository.cloneUrl, repository.sshUrl].map(remoteKey);
    const row = keys.flatMap((key) => (key === undefined ? [] : (byKey.get(key) ?? [])))[0];
    if (row === undefined || taken.has(row.id)) continue;
    taken.add(row.id);
    pairs.set(repository, row);
  }
  return pairs;
}

/** Rows by key of their remote, those with a mirror first, without those whose id at the forge is listed. */
function groupFree(
  known: readonly Registration[],
  sources: ReadonlyMap<string, KnownSource>,
  taken: ReadonlySet<string>,
): Map<string, Registration[]> {
  const hasMirror = ({ id }: Registration) => Boolean(sources.get(id)?.mirrorHost);
  const byKey = new Map<string, Registration[]>();
  for (const row of known) {
    const key = taken.has(row.id) ? undefined : remoteKey(row.remoteUrl);
    if (key === undefined) continue;
    const rows = byKey.get(key) ?? [];
    byKey.set(key, hasMirror(row) ? [row, ...rows] : [...rows, row]);
  }
  return byKey;
}

function skipReason(repository: ForgeRepository, options: DiscoveryOptions): SkipReason | undefined {
  const { topic } = options;
  const hasTopic = topic === undefined || repository.topics.includes(topic);
  if (!options.matches(repository.name) || !hasTopic) return 'not matching';
  if (repository.isArchived && !options.archived) return 'archived';
  if (repository.isFork && !options.forks) return 'fork';
  // It has no branch, so that it could only fail; a later run adds it.
  return repository.isEmpty ? 'empty' : undefined;
}

/** Whether it is registered, but no host has anything of it: a mirror gives it a place. */
function isWithoutPlace({ status, hostPaths, localPath }: Registration): boolean {
  return status === 'active' && Object.keys(hostPaths).length === 0 && localPath === null;
}

function toMirror(
  repository: ForgeRepository,
  { ssh, domain, forge }: DiscoveryOptions,
  row: Registration | undefined,
): MirrorToRegister {
  const remoteUrl = row?.remoteUrl ?? (ssh ? repository.sshUrl : null) ?? repository.cloneUrl;
  return { remoteUrl, name: repository.name, domain, forge, forgeId: repository.id };
}

type KnownChanges = Pick<DiscoveryPlan, 'adopted' | 'renamed' | 'archived' | 'inactive' | 'unchanged'>;

function planKnown(
  known: readonly { readonly row: Registration; readonly repository: ForgeRepository }[],
  options: DiscoveryOptions,
  sources: ReadonlyMap<string, KnownSource>,
): KnownChanges {
  const adopted: Adopted[] = [];
  const renamed: Renamed[] = [];
  const archived: Registration[] = [];
  const inactive: Registration[] = [];
  for (const { row, repository } of known) {
    const source = sources.get(row.id);
    const isKnown = source?.forge === options.forge && source.forgeId === repository.id;
    // With another id it was made again, or has taken the name of one that a list which is not whole does not show.
    const mayAdopt = options.isWhole || source?.forge !== options.forge;
    if (!isKnown && mayAdopt) adopted.push({ row, forgeId: repository.id });
    const wantsSsh = options.ssh && Boolean(source?.mirrorHost);
    const remoteUrl = newRemote(row, repository, wantsSsh);
    if (remoteUrl !== undefined) renamed.push({ row, remoteUrl });
    if (row.status === 'archived' && !repository.isArchived) inactive.push(row);
    const isArchived = repository.isArchived && !options.archived && options.isWhole;
    if (row.status === 'active' && isArchived) archived.push(row);
  }
  const changed = new Set(
    [...adopted, ...renamed].map(({ row }) => row.id).concat([...archived, ...inactive].map(({ id }) => id)),
  );
  return { adopted, renamed, archived, inactive, unchanged: known.length - changed.size };
}

/** The address to store instead of the stored one; a repository that is fetched over ssh stays so. */
function newRemote(
  { remoteUrl }: Registration,
  { cloneUrl, sshUrl }: ForgeRepository,
  wantsSsh: boolean,
): string | undefined {
  const isSsh = remoteUrl !== null && !/^https?:/i.test(remoteUrl);
  if (wantsSsh && !isSsh && sshUrl !== null) return sshUrl;
  if (isSameRemote(remoteUrl, cloneUrl) || isSameRemote(remoteUrl, sshUrl)) return undefined;
  // The forge names no address over ssh that may be used, and the stored one may still be right.
  if (isSsh && sshUrl === null && pathOf(remoteUrl) === pathOf(cloneUrl)) return undefined;
  return isSsh && sshUrl !== null ? sshUrl : cloneUrl;
}

/** The path of a remote, as in its key. */
function pathOf(remote: string): string | undefined {
  return remoteKey(remote)?.replace(/^[^/]*/, '');
}

function planVanished(
  options: DiscoveryOptions,
  { known, sources }: KnownMirrors,
  listed: ReadonlySet<string>,
): Pick<DiscoveryPlan, 'vanished' | 'unconfirmed' | 'prunes' | 'keptBecause'> {
  const none = { vanished: [], unconfirmed: [], prunes: false } as const;
  if (!options.isWhole) return { ...none, keptBecause: options.prune ? 'not whole' : undefined };
  const ours = known.filter((row) => row.status === 'active' && isOwners(row, sources.get(row.id), options));
  const unlisted = ours.filter(({ id }) => !listed.has(id));
  // A token that has lost a right lists less, or nothing, without an error.
  const isMost = 2 * unlisted.length > ours.length;
  const keptBecause = options.prune && isMost && !options.force ? 'most are gone' : undefined;
  if (!options.prune || keptBecause !== undefined) return { ...none, vanished: unlisted, keptBecause };
  const vanished = unlisted.filter(({ id }) => options.gone.has(id));
  const unconfirmed = unlisted
    .filter(({ id }) => !options.gone.has(id))
    .map((row) => ({ row, id: sources.get(row.id)?.forgeId ?? '', fullName: nameAtForge(row, options) }));
  return { vanished, unconfirmed, prunes: vanished.length > 0, keptBecause };
}

/** Whether an earlier run found the repository at this owner. */
function isOwners(row: Registration, source: KnownSource | undefined, options: DiscoveryOptions): boolean {
  if (source?.forge !== options.forge) return false;
  return nameAtForge(row, options).startsWith(`${options.owner.toLowerCase()}/`);
}

/** Owner and name of a repository at its forge, by its remote, in lower case; empty where its remote does not have them. */
function nameAtForge({ remoteUrl }: Registration, { basePath }: DiscoveryOptions): string {
  const path = decodeURIComponent(remoteUrl === null ? '' : (pathOf(remoteUrl) ?? ''));
  const base = basePath.toLowerCase();
  return (base !== '' && path.startsWith(`${base}/`) ? path.slice(base.length) : path).slice(1);
}
