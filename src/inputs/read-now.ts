/** The one door to the versions of now: probes what is at home here, and takes the rest from what its host recorded. */
import { DoiError } from '../domain/errors.js';
import { parseFingerprint } from '../domain/fingerprint.js';
import type { ProbedVersion } from '../domain/freshness.js';
import { checkoutPath, homeHost } from '../domain/home.js';
import { CONTENT_KEYS, type ContentKey } from '../domain/input.js';
import { releaseVersion } from '../domain/release.js';
import type { Clock } from '../platform/clock.js';
import type { CheckerSettings } from '../platform/config.js';
import { unreadable } from './complete-now.js';
import {
  type BareCommit,
  failedPart,
  type HostPart,
  type KnownRepository,
  makeNow,
  type Now,
  type NowOptions,
  observedCommit,
  observedNow,
} from './now.js';
import { checkerPathIdentity, probeChecker } from './probe/checker-version.js';
import type { CheckoutProber, ProbeOutcome } from './probe/checkout-prober.js';
import type { ReadCommit } from './probe/commit-inputs.js';
import type { ProbeCheckoutOptions } from './probe/probe-checkout.js';
import type { CheckoutVersion } from './probe/probe-input.js';
import { probeStable, type StableProbe } from './probe/stable-probe.js';

export interface ProbeDeps {
  readonly prober: Pick<CheckoutProber, 'probe'>;
  /** The name of this host. */
  readonly host: string;
  /** How long one checkout may take to answer, in milliseconds. */
  readonly probeTimeoutMs: number;
}

export interface ReadNowDeps extends ProbeDeps, NowOptions {
  readonly prober: CheckoutProber;
  readonly checker: CheckerSettings;
  /** The `PATH` that the checker is started with. */
  readonly searchPath: string;
  /** Reads what a commit of a bare repository holds, where no record says it; without it, such a commit is not verified. */
  readonly readCommit?: ReadCommit | undefined;
}

export interface ReadNowOptions extends ProbeCheckoutOptions {
  /** Which repositories this host probes itself; without it, those that are at home here. */
  readonly isHere?: (repository: KnownRepository) => boolean;
  /** Probe again until every version is stable by this clock, within limits. */
  readonly stable?: Pick<Clock, 'now'> & { sleep(ms: number): Promise<void> };
  /** Ends what reads a commit; then its reason is thrown. */
  readonly signal?: AbortSignal;
}

/**
 * Reads the versions of now, one result for each repository, in the same order. It does not throw for a checkout, its
 * file system or the checker: the result says what is not known, and why.
 */
export async function readNow(
  deps: ReadNowDeps,
  repositories: readonly KnownRepository[],
  options: ReadNowOptions = {},
): Promise<Now[]> {
  const { isHere = ({ repo, claimedBy }) => homeHost(repo, claimedBy) === deps.host } = options;
  const here = new Set(repositories.filter(isHere));
  if (here.size === 0) return repositories.map((known) => observedNow(known, deps));
  const outcomes = await probeCheckouts(deps, [...here], options);
  const checker = readChecker(deps, options);
  const parts = repositories.map(async (known) => {
    if (!here.has(known)) return observedNow(known, deps);
    const outcome = outcomes.get(known.repoId) ?? NOT_PROBED;
    const found = await withCommit(deps, known, { outcome, signal: options.signal });
    return makeNow(known, toHostPart(found, checker), deps);
  });
  return Promise.all(parts);
}

/** Adds the versions of what the commit of a bare repository holds: from the record where that is of this commit. */
async function withCommit(
  deps: ReadNowDeps,
  known: KnownRepository,
  { outcome, signal }: { outcome: CheckoutOutcome; signal: AbortSignal | undefined },
): Promise<CommitOutcome> {
  if ('failed' in outcome || outcome.bare === null) return { ...outcome, bareHead: null };
  const { commit } = outcome.bare;
  const recorded = recordedVersions(known, commit, deps);
  if (recorded !== undefined)
    return { ...outcome, versions: { ...outcome.versions, ...recorded }, bareHead: observedCommit(known) };
  if (deps.readCommit === undefined) return { ...outcome, bareHead: null };
  try {
    const found = await deps.readCommit({ ...outcome.bare, repoId: known.repoId }, signal);
    const versions = CONTENT_KEYS.map((key) => [key, { version: found.versions[key] }]);
    return {
      ...outcome,
      versions: { ...outcome.versions, ...Object.fromEntries(versions) },
      bareHead: found,
    };
  } catch (error) {
    signal?.throwIfAborted();
    const problem = error instanceof DoiError ? error : notRead(commit, error);
    const unknown = CONTENT_KEYS.map((key) => [key, { notVerified: problem.message, code: problem.code }]);
    const versions = { ...outcome.versions, ...Object.fromEntries(unknown) };
    return { ...outcome, versions, bareHead: null, problem };
  }
}

/** An error of one repository, such as a file of its mirror that cannot be read, must not end a pass over all others. */
function notRead(commit: string, cause: unknown): DoiError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const found = `The objects of the commit ${commit} could not be read: ${why}`;
  const remedy = 'Let the user that runs the worker read all files of the bare repository.';
  return new DoiError('objects_unreadable', found, remedy, { cause });
}

/** What the home host recorded of this commit, by the rules of this release: another one may make other versions of it. */
function recordedVersions(
  { observed, observedHead }: KnownRepository,
  commit: string,
  { release }: ReadNowDeps,
): Partial<Record<ContentKey, CheckoutVersion>> | undefined {
  const versions = observed === null || observedHead !== commit ? undefined : parseFingerprint(observed);
  if (versions?.criteria !== releaseVersion(release)) return undefined;
  return Object.fromEntries(CONTENT_KEYS.map((key) => [key, { version: versions[key] }]));
}

/** Reads the versions of now of one repository. */
export async function readOneNow(
  deps: ReadNowDeps,
  repository: KnownRepository,
  options: ReadNowOptions = {},
): Promise<Now> {
  const [now] = await readNow(deps, [repository], options);
  if (now === undefined) throw new Error('No result for the one repository.');
  return now;
}

/** The result of a probe, with the inputs that were not stable where a clock was given to wait for that. */
export type CheckoutOutcome = ProbeOutcome & { readonly unstable?: StableProbe['unstable'] };

/** The same with the commit whose inputs were read, and why they could not be read. */
type CommitOutcome = CheckoutOutcome & {
  readonly bareHead: BareCommit | null;
  readonly problem?: DoiError;
};

/** Probes the checkouts that repositories have on this host, by repository id. */
export async function probeCheckouts(
  { prober, host, probeTimeoutMs }: ProbeDeps,
  repositories: readonly KnownRepository[],
  { head = false, folders = false, pathIdentity = false, stable }: Omit<ReadNowOptions, 'isHere'> = {},
): Promise<ReadonlyMap<string, CheckoutOutcome>> {
  const options = { timeoutMs: probeTimeoutMs, head, folders, pathIdentity };
  const targets = repositories.map(({ repoId, repo, pushed, source }) => {
    return { id: repoId, host, path: checkoutPath(repo, host), pushed, branch: source?.branch ?? null };
  });
  if (stable === undefined) return prober.probe(targets, options);
  const outcomes = targets.map(async (target): Promise<[string, CheckoutOutcome]> => {
    const probeOnce = async () => (await prober.probe([target], options)).get(target.id) ?? NOT_PROBED;
    const { probe, unstable } = await probeStable(probeOnce, stable);
    return [target.id, { ...probe, unstable }];
  });
  return new Map(await Promise.all(outcomes));
}

const NOT_PROBED: ProbeOutcome = { failed: 'the checkout was not probed.', code: 'internal', tookMs: 0 };

interface CheckerNow {
  readonly version: ProbedVersion;
  readonly identity: string | null;
  readonly problem: DoiError | undefined;
}

function readChecker({ checker, searchPath }: ReadNowDeps, { pathIdentity }: ReadNowOptions): CheckerNow {
  try {
    const probed = probeChecker(checker, searchPath);
    const identity = pathIdentity ? checkerPathIdentity(probed) : null;
    return { version: { version: probed.version }, identity, problem: undefined };
  } catch (error) {
    if (!(error instanceof DoiError)) throw error;
    return { version: { notVerified: error.message }, identity: null, problem: error };
  }
}

function toHostPart(found: CommitOutcome, checker: CheckerNow): HostPart {
  if ('failed' in found) {
    const { failed, code, cause } = found;
    return failedPart(new DoiError(code, failed, 'Check that its file system answers.', { cause }));
  }
  const unread = Object.values(found.versions).flatMap((one) =>
    'notVerified' in one ? unreadable(one.code, one.notVerified) : [],
  );
  const broken = found.problem === undefined ? unread : [found.problem, ...unread];
  return {
    versions: { ...found.versions, checker: checker.version },
    verified: found.isCached ? 'cached' : 'probed',
    observedAt: null,
    problems: checker.problem === undefined ? broken : [checker.problem, ...broken],
    bareHead: found.bareHead,
    probe: { ...found, unstable: found.unstable ?? new Set(), checkerIdentity: checker.identity },
  };
}
