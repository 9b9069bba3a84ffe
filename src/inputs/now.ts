/** What is known of a repository's inputs now, and when a record of the home host may stand for a probe. No I/O. */

import type { DoiError } from '../domain/errors.js';
import { joinFingerprint, parseFingerprint, type Versions } from '../domain/fingerprint.js';
import type {
  AgeLimits,
  CurrentState,
  ProbedVersion,
  ProbedVersions,
  Verified,
} from '../domain/freshness.js';
import { homeHost } from '../domain/home.js';
import { CHECKOUT_KEYS, type CheckoutKey, VERSIONED_KEYS, type VersionedKey } from '../domain/input.js';
import { isOfRegistry, isRecent, type ObservationTimes, observedAt } from '../domain/observation-times.js';
import { type Release, releaseVersion } from '../domain/release.js';
import {
  contactOfRecord,
  isContactRecent,
  type PushedCommit,
  type RemoteState,
  type Source,
} from '../domain/remote-state.js';
import type { RegistrySnapshot } from '../store/repositories/registry-columns.js';
import type { CheckoutProbe } from './probe/probe-checkout.js';

/** A repository as the database knows it: the registry's inputs, and what its home host recorded. */
export interface KnownRepository extends RegistrySnapshot {
  /** The host that has claimed it. */
  readonly claimedBy: string | null;
  /** The fingerprint that this host recorded; null where it could not read the checkout. */
  readonly observed: string | null;
  /** The database's time just before all of this was read, in ISO 8601. */
  readonly readAt: string;
  /** The times that decide how old the record is; without them it does not count. */
  readonly times?: ObservationTimes | undefined;
  /** The commit that the home host observed; null for a working folder. */
  readonly observedHead: string | null;
  /** The time of that commit, in ISO 8601. */
  readonly observedHeadAt: string | null;
  /** How its content gets to its host; null for a working folder. */
  readonly source: Source | null;
  /** The last push to its remote, with which the head of the checkout is compared. */
  readonly pushed?: PushedCommit | undefined;
  /** When that push was stored, in ISO 8601 with microseconds. */
  readonly pushedAt?: string | undefined;
}

export interface NowOptions {
  readonly release: Release;
  readonly limits: AgeLimits;
  /** How old the record of a home host may be, in milliseconds. */
  readonly observedLimitMs: number;
  /** How old the last contact with the remote of a mirror may be, in milliseconds. */
  readonly contactLimitMs: number;
}

/** The versions of all inputs of a repository at one moment, or why one is not known. */
export interface Now extends CurrentState {
  readonly registry: KnownRepository;
  readonly home: string | undefined;
  /** All versions as one text; null where one is not known. */
  readonly fingerprint: string | null;
  readonly verified: Verified;
  /** When the oldest probe used began, in ISO 8601; where none was, when the registry was read. */
  readonly verifiedAt: string;
  /** The time at which the home host's record last held; null where no recent record was used. */
  readonly observedAt: string | null;
  /** Why this host could not read inputs that it probed: the whole checkout, the checker, single inputs. */
  readonly problems: readonly DoiError[];
  /** What this host found; null where it did not probe the checkout, or got no result. */
  readonly probe: FinishedProbe | null;
  /** The commit of a bare repository whose inputs these are; null for a working folder, and where none was read. */
  readonly bareHead: BareCommit | null;
}

/** The commit at the tip of a bare repository's branch, and its time in ISO 8601. */
export interface BareCommit {
  readonly commit: string;
  readonly committedAt: string;
}

/** A probe of a checkout that ended with a result on this host. */
export interface FinishedProbe extends CheckoutProbe {
  /** How long it took, in milliseconds. */
  readonly tookMs: number;
  /** Inputs that changed so shortly before that a later edit might not change their versions; empty unless requested. */
  readonly unstable: ReadonlySet<CheckoutKey>;
  /** The path identity of the checker's files; null unless requested. */
  readonly checkerIdentity: string | null;
}

/** The home host's part of the versions. */
type HostVersions = Readonly<Record<CheckoutKey | 'checker', ProbedVersion>>;

/** What the home host's inputs are, and how that is known. */
export type HostPart = Pick<Now, 'verified' | 'observedAt' | 'problems' | 'probe' | 'bareHead'> & {
  readonly versions: HostVersions;
};

/** Joins what the database knows with the home host's part. */
export function makeNow(known: KnownRepository, host: HostPart, options: NowOptions): Now {
  const { release, limits, contactLimitMs } = options;
  const { repo, tpsc, goal, domain } = known.versions;
  const versions: ProbedVersions = {
    ...host.versions,
    repo: { version: repo },
    tpsc: { version: tpsc },
    goal: { version: goal },
    domain: { version: domain },
    criteria: { version: releaseVersion(release) },
  };
  const all = knownVersions(versions);
  const home = homeHost(known.repo, known.claimedBy);
  const at = new Date(known.times?.clock ?? known.readAt);
  const remote = makeRemote(known, home, host);
  return {
    ...host,
    registry: known,
    home,
    versions,
    registryDoubt: null,
    fingerprint: all === undefined ? null : joinFingerprint(all),
    ...verification({ known, host, remote, at, contactLimitMs }),
    ...{ remote, contactLimitMs, at, limits },
  };
}

/** What is known of the remote, where the home host keeps a mirror of it. */
function makeRemote(known: KnownRepository, home: string | undefined, host: HostPart): RemoteState | null {
  const { source, pushed, pushedAt } = known;
  if (source === null || home === undefined || source.mirrorHost !== home) return null;
  const contactedAt = contactOfRecord(source, host.observedAt);
  return {
    contactedAt: contactedAt ?? source.contactedAt,
    contactHead: source.contactHead,
    head: contactedAt === null ? null : (host.bareHead?.commit ?? null),
    pushed: pushed === undefined || pushedAt === undefined ? null : { ...pushed, at: pushedAt },
  };
}

type Verification = Pick<Now, 'remote' | 'at' | 'contactLimitMs'> & {
  readonly known: KnownRepository;
  readonly host: HostPart;
};

/** How the versions are known and as of when: for a mirror, as of the last contact, if that says anything of this commit. */
function verification({
  known,
  host,
  remote,
  at,
  contactLimitMs,
}: Verification): Pick<Now, 'verified' | 'verifiedAt'> {
  const probedAt = host.observedAt ?? known.readAt;
  const isOfRemote =
    remote?.contactedAt != null &&
    host.verified !== 'registry' &&
    remote.head === remote.contactHead &&
    isContactRecent(remote, at, contactLimitMs);
  if (!isOfRemote) return { verified: host.verified, verifiedAt: probedAt };
  // The record that was compared is no older than the contact.
  return { verified: 'remote', verifiedAt: remote.contactedAt };
}

/**
 * The versions of now as the home host recorded them, where the record is recent. Its age counts from the host's heartbeat
 * if that covers the record, else from the record's own time (`domain/observation-times.ts`).
 */
export function observedNow(known: KnownRepository, options: NowOptions): Now {
  const { claimedBy, observed, times } = known;
  const home = homeHost(known.repo, claimedBy);
  if (home === undefined) return unverifiedNow(known, 'no host has probed it yet.', options);
  if (home !== claimedBy || times === undefined || times.seen_at === null)
    return unverifiedNow(known, `the host ${home} has not probed it yet.`, options);
  if (!isRecent(times, options.observedLimitMs)) return unverifiedNow(known, whySilent(home, times), options);
  const versions = observed === null ? undefined : parseFingerprint(observed);
  const host = {
    versions:
      versions === undefined
        ? notVerified(`the host ${home} could not read the checkout.`)
        : ofHost(versions),
    verified: observed === null ? 'registry' : 'observed',
    observedAt: observedAt(times),
    ...UNPROBED,
    bareHead: observedCommit(known),
  } as const;
  const now = makeNow(known, host, options);
  if (versions === undefined || isOfRegistry(versions, known.versions)) return now;
  return {
    ...now,
    registryDoubt: 'its registry entry differs from the one that its host last probed.',
    fingerprint: null,
  };
}

/** The commit that the home host observed, with its time; null for a working folder. */
export function observedCommit({
  observedHead: commit,
  observedHeadAt: at,
}: KnownRepository): BareCommit | null {
  return commit === null || at === null ? null : { commit, committedAt: at };
}

/** Only the registry's versions are known. */
export function unverifiedNow(known: KnownRepository, why: string, options: NowOptions): Now {
  return makeNow(known, { ...UNVERIFIED, versions: notVerified(why) }, options);
}

const UNPROBED = { problems: [], probe: null, bareHead: null } as const;
const UNVERIFIED = { ...UNPROBED, verified: 'registry', observedAt: null } as const;

/** The host's part where this host got no result from the probe. */
export function failedPart(problem: DoiError): HostPart {
  return { ...UNVERIFIED, versions: notVerified(problem.message), problems: [problem] };
}

/**
 * Says when the host was last active: at its heartbeat, or at this record's time if that is later. A host that was only
 * announced has made no pass, and its heartbeat is the epoch.
 */
function whySilent(home: string, { heartbeat, seen_at: seenAt }: ObservationTimes): string {
  const last = heartbeat !== null && seenAt !== null && heartbeat > seenAt ? heartbeat : seenAt;
  return last === null || Date.parse(last) === 0
    ? `the host ${home} has not been active since the database's clock was set back.`
    : `the host ${home} was last active at ${last}.`;
}

const HOST_KEYS = [...CHECKOUT_KEYS, 'checker'] as const;

function notVerified(why: string): HostVersions {
  return Object.fromEntries(HOST_KEYS.map((key) => [key, { notVerified: why }])) as HostVersions;
}

function ofHost(versions: Versions): HostVersions {
  return Object.fromEntries(HOST_KEYS.map((key) => [key, { version: versions[key] }])) as HostVersions;
}

/** All versions; undefined where one is not known. */
export function knownVersions(probed: ProbedVersions): Versions | undefined {
  const versions: Partial<Record<VersionedKey, string>> = {};
  for (const key of VERSIONED_KEYS) {
    const one = probed[key];
    if ('notVerified' in one) return undefined;
    versions[key] = one.version;
  }
  return versions as Versions;
}
