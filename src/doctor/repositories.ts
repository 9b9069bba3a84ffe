/** Checks the registered repositories from this host: its name, its checkouts, and repositories that no host will judge. */
import { userInfo } from 'node:os';
import { homeHost, mayClaim } from '../domain/home.js';
import { count } from '../domain/text.js';
import type { CheckoutProber, ProbeOutcome } from '../inputs/probe/checkout-prober.js';
import { probeCheckouts } from '../inputs/read-now.js';
import type { Sql } from '../platform/postgres/sql.js';
import { countFailuresByCode } from '../store/evaluations/failures.js';
import { readHeartbeats } from '../store/hosts/heartbeat.js';
import { probeRegistry, type RegistryProbe } from '../store/repositories/probe-registry.js';
import { type Check, listFew, ok, problem, type Report, runCheck, warning } from './check.js';
import { judgeGit } from './git.js';
import { checkOtherRemotes, checkSharedRemotes, type PresentCheckout } from './remotes.js';

export interface RepositoriesDeps {
  readonly sql: Sql;
  readonly prober: Pick<CheckoutProber, 'probe'>;
  /** This host's name. */
  readonly host: string;
  /** What `git --version` prints; undefined where there is no git. Called where bare repositories or mirrors are here. */
  readonly readGit: () => Promise<string | undefined>;
}

/** How long one checkout may take to answer, in milliseconds. */
const PROBE_TIMEOUT_MS = 2000;

/** @returns how many checkouts a worker watches here */
export async function examineRepositories(deps: RepositoriesDeps, report: Report): Promise<number> {
  const { sql, prober, host } = deps;
  const all = await probeRegistry(sql);
  const known = (await readHeartbeats(sql)).keys();
  const here = all.filter((one) => isHere(one, host));
  report(judgeHostName(host, all, here));
  if (here.length > 0) {
    const probing = { prober, host, probeTimeoutMs: PROBE_TIMEOUT_MS };
    const outcomes = await probeCheckouts(probing, here, { head: true });
    for (const check of judgeCheckouts(here, outcomes, host)) report(check);
    const needsGit = here.some((one) => isMirror(one, host) || isBare(outcomes.get(one.repoId)));
    if (needsGit) await runCheck(report, 'git', async () => judgeGit(await deps.readGit()));
    const other = await checkOtherRemotes(presentOf(here, outcomes));
    if (other !== undefined) report(other);
  }
  const shared = checkSharedRemotes(all.map(({ slug, repo }) => ({ slug, remoteUrl: repo.remoteUrl })));
  if (shared !== undefined) report(shared);
  const stranded = judgeStranded(all, new Set([...known, host]));
  if (stranded !== undefined) report(stranded);
  await runCheck(report, 'failures', async () => judgeFailures(await countFailuresByCode(sql)));
  return here.length;
}

/** Whether a worker of this host judges the repository, or may claim it. */
function isHere({ repo, claimedBy }: RegistryProbe, host: string): boolean {
  const home = homeHost(repo, claimedBy);
  return home === undefined ? mayClaim(repo, host) : home === host;
}

function judgeHostName(host: string, all: readonly RegistryProbe[], here: readonly RegistryProbe[]): Check {
  const name = 'host name';
  if (all.length === 0) {
    const remedy =
      'Run "doi register PATH…" on each host that has checkouts (--discover searches below a folder).';
    return warning(name, `${host}; no repository is registered.`, remedy);
  }
  const named = new Map<string, number>();
  for (const { repo } of all) {
    for (const each of Object.keys(repo.hostPaths)) named.set(each, (named.get(each) ?? 0) + 1);
  }
  if (named.has(host) || here.length > 0) {
    return ok(
      name,
      `${host}: ${count(here.length, 'repository', 'repositories')} of ${all.length} to judge here`,
    );
  }
  const others = [...named]
    .sort(([, one], [, other]) => other - one)
    .map(([each, number]) => `${each} (${number})`);
  const found = `${host}, for which the registry has no path; it has paths for ${listFew(others)}.`;
  const remedy =
    'If this host is one of these, set DOI_HOST to that name; if it has other checkouts, register them ' +
    '("doi register PATH…"). A host that runs only a web process needs neither.';
  return warning(name, found, remedy);
}

function judgeCheckouts(
  here: readonly RegistryProbe[],
  outcomes: ReadonlyMap<string, ProbeOutcome>,
  host: string,
): Check[] {
  const absent: string[] = [];
  const unreadable: string[] = [];
  const branchless: string[] = [];
  const cached: string[] = [];
  for (const one of here) {
    const { repoId, slug } = one;
    const outcome = outcomes.get(repoId);
    // A worker makes mirrors, and what keeps it from that is reported with them.
    if (outcome === undefined || isMirror(one, host)) continue;
    const broken = whyUnreadable(outcome);
    if (broken?.code === 'branch_missing') branchless.push(`${slug} (${broken.why})`);
    else if (broken !== undefined) unreadable.push(`${slug} (${broken.why})`);
    else if ('checkout' in outcome) {
      const missing = whyAbsent(outcome.checkout);
      if (missing !== undefined) absent.push(`${slug} (${missing})`);
      if (outcome.isCached) cached.push(slug);
    }
  }
  const username = currentUser();
  const placed = here.filter((one) => !isMirror(one, host)).length;
  const readable = placed - absent.length - unreadable.length - branchless.length;
  const checks = [ok('checkouts', `${readable} of ${placed} exist, and ${username} may read them`)];
  if (branchless.length > 0) {
    const remedy =
      'Push that branch, or name the one to judge: "doi register PATH --branch NAME" (HEAD for that of its HEAD).';
    checks.push(warning('missing branches', `${branchless.length}: ${listFew(branchless)}.`, remedy));
  }
  if (absent.length > 0) {
    const [slug] = absent[0]?.split(' ') ?? [];
    const remedy = `Clone them there, mount what is missing, or record where each is now, such as "doi move ${slug} PATH" ("doi archive" excludes one).`;
    checks.push(warning('absent checkouts', `${absent.length}: ${listFew(absent)}.`, remedy));
  }
  if (unreadable.length > 0) {
    const remedy = `Let ${username} read them (every folder above must be open to it too), or run doctor as the user of the worker.`;
    checks.push(problem('unreadable checkouts', `${unreadable.length}: ${listFew(unreadable)}.`, remedy));
  }
  if (cached.length > 0) {
    const found = `${cached.length} on a network or FUSE file system, where a change may become visible late: ${listFew(cached)}.`;
    checks.push(
      warning(
        'cached checkouts',
        found,
        'Run the worker on the machine that has the disk (docs/operations.md, "File systems").',
      ),
    );
  }
  return checks[0]?.found.startsWith('0 ') ? checks.slice(1) : checks;
}

/** The checkouts whose folder and `.git` answered just now: reading the remote of another one could wait for ever. */
function presentOf(
  here: readonly RegistryProbe[],
  outcomes: ReadonlyMap<string, ProbeOutcome>,
): PresentCheckout[] {
  return here.flatMap(({ repoId, slug, repo: { remoteUrl } }) => {
    const outcome = outcomes.get(repoId);
    const checkout = outcome !== undefined && 'checkout' in outcome ? outcome.checkout : null;
    const isHeadRead = outcome !== undefined && 'head' in outcome && outcome.head !== null;
    return checkout?.state === 'present' && isHeadRead ? [{ slug, remoteUrl, path: checkout.path }] : [];
  });
}

/** The name of the user; in a container a user often has only an id. */
function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `the user ${process.geteuid?.() ?? 'of this process'}`;
  }
}

interface Unreadable {
  /** A sentence without its full stop. */
  readonly why: string;
  readonly code: string | undefined;
}

/** Why the first unreadable input could not be read. The commit of a bare repository is for a worker to read. */
function whyUnreadable(outcome: ProbeOutcome): Unreadable | undefined {
  if (isBare(outcome)) return undefined;
  if ('failed' in outcome) return { why: outcome.failed.replace(/\.$/, ''), code: undefined };
  const [first] = Object.values(outcome.versions).filter((one) => 'notVerified' in one);
  if (first === undefined || !('notVerified' in first)) return undefined;
  return { why: first.notVerified.replace(/\.$/, ''), code: first.code };
}

/** Whether it is a bare repository whose branch has a commit. */
function isBare(outcome: ProbeOutcome | undefined): boolean {
  return outcome !== undefined && 'bare' in outcome && outcome.bare !== null;
}

/** Whether the host keeps a mirror of the repository's remote. */
function isMirror({ source }: RegistryProbe, host: string): boolean {
  return source?.mirrorHost === host;
}

function whyAbsent(checkout: Extract<ProbeOutcome, { versions: unknown }>['checkout']): string | undefined {
  if (checkout === null || checkout.state === 'present') return undefined;
  if (checkout.state === 'unset') return 'the registry names no path';
  return checkout.state === 'absent' ? `no ${checkout.path}` : `${checkout.path} is not a folder`;
}

/** Finds repositories with paths only on hosts that never ran a worker: no host judges them. */
function judgeStranded(all: readonly RegistryProbe[], known: ReadonlySet<string>): Check | undefined {
  const waiting = new Map<string, number>();
  let isMirrored = false;
  for (const { repo, claimedBy, source } of all) {
    const named = Object.keys(repo.hostPaths).sort();
    if (claimedBy !== null || named.length === 0 || named.some((host) => known.has(host))) continue;
    const hosts = named.join(' or ');
    waiting.set(hosts, (waiting.get(hosts) ?? 0) + 1);
    isMirrored ||= Boolean(source?.mirrorHost);
  }
  if (waiting.size === 0) return undefined;
  const mostFirst = [...waiting].sort(([, one], [, other]) => other - one);
  const hosts = mostFirst.map(([host, number]) => `${host} (${count(number, 'repository', 'repositories')})`);
  const found = `No host judges repositories with paths only on hosts that never ran a worker: ${listFew(hosts)}.`;
  const remedy =
    'Start a worker there with that DOI_HOST, or register the repositories on another host ("doi register", "doi move").';
  const move = isMirrored ? ' Mirrors go to another host by "doi host forget HOST --move-to OTHER".' : '';
  return warning('unknown hosts', found, `${remedy}${move}`);
}

function judgeFailures(failures: readonly { readonly code: string; readonly count: number }[]): Check {
  if (failures.length === 0) return ok('failures', 'no repository is broken');
  const codes = failures.map((one) => `${one.code} ${one.count}`);
  const all = failures.reduce((total, one) => total + one.count, 0);
  const found = `Broken at the last attempt: ${count(all, 'repository', 'repositories')} (${listFew(codes, 6)}).`;
  return warning(
    'failures',
    found,
    'See "doi summary --broken", and "doi why" for one; docs/errors.md explains each code.',
  );
}
