/** Checks the hosts that evaluate: which are alive, their host problems, and whether they run one release. */

import type { HostAnswer } from '../api/hosts.js';
import { count } from '../domain/text.js';
import type { Clock } from '../platform/clock.js';
import { installation } from '../platform/process/installation.js';
import { type ReadHostsDeps, readHosts } from '../store/hosts/read-hosts.js';
import { findIdleQueues, type IdleQueue } from '../store/requests/find-idle-queues.js';
import { listFew, ok, problem, type Report, warning } from './check.js';

/** A host that evaluates nothing for this long is not just busy with other repositories. In milliseconds. */
const WAIT_MS = 600_000;

export interface HostsDeps extends ReadHostsDeps {
  readonly clock: Clock;
}

/** A host that is silent for longer than this may be gone for good. In milliseconds. */
const LONG_SILENCE_MS = 24 * 3_600_000;

export async function examineHosts(deps: HostsDeps, report: Report): Promise<void> {
  const hosts = await readHosts(deps);
  if (hosts.length === 0) {
    const remedy = `Start a worker on each host that has checkouts ("doi worker"), or "${installation.startCommand}" for all on one machine.`;
    report(warning('workers', 'No worker has ever run.', remedy));
    return;
  }
  const alive = hosts.filter(({ silent }) => !silent);
  if (alive.length > 0) report(ok('workers', `alive: ${listFew(alive.map(describe), 6)}`));
  for (const host of hosts) {
    if (host.silent) report(judgeSilence(host, deps));
    const hostProblem = host.trouble;
    if (hostProblem !== null && !host.silent) {
      const { since, code, message, remedy } = hostProblem;
      report(problem('trouble', `${host.host} has a problem since ${since} (${code}): ${message}`, remedy));
    }
  }
  if (alive.length === 0) {
    const remedy = 'Start one on each host that has checkouts ("doi worker").';
    report(warning('workers', 'No worker is alive.', remedy));
  }
  for (const queue of await findIdleQueues(deps.sql, {
    aliveMs: deps.observedLimitMs,
    waitMs: WAIT_MS,
  }))
    report(describeIdleQueue(queue));
  reportReleases(alive, report);
}

function describeIdleQueue({ host, waiting, since }: IdleQueue) {
  const wait = count(waiting, 'repository waits', 'repositories wait');
  const found = `${host} is alive and has evaluated nothing for ${WAIT_MS / 60_000} min, while ${wait} for it, the first since ${since}.`;
  const remedy = `Run "doi doctor" on ${host}: does its worker reach this Redis? If so, restart that worker. Nothing is lost.`;
  return problem('queue', found, remedy);
}

function describe(one: HostAnswer): string {
  const { host, machine, isolation, repositories, heartbeat } = one;
  const wait = count(repositories, 'repository', 'repositories');
  const level = isolation === null ? '' : `isolation ${isolation}, `;
  const on = machine === null ? '' : `on ${machine}, `;
  return `${host} (${releaseOf(one)}, ${on}${wait}, ${level}last heartbeat at ${heartbeat ?? 'no time'})`;
}

/** The digest of the criteria distinguishes two builds of one release. */
function releaseOf({ version, criteria }: HostAnswer): string {
  return criteria === null ? version : `${version}, criteria ${criteria}`;
}

/** As long as a silent host, or an unknown one, has claims, no other host evaluates those repositories. */
function judgeSilence({ host, heartbeat, capacity, repositories }: HostAnswer, deps: HostsDeps) {
  const { clock, observedLimitMs } = deps;
  const wait = `${count(repositories, 'repository waits for it and is', 'repositories wait for it and are')} stale`;
  const remove = `if the host is gone for good, "doi host forget ${host}" lets other hosts take over.`;
  const start = `Make sure that a worker runs on ${host}, with this database; ${remove}`;
  if (capacity === 0) {
    const found = `${host} is not a known host (its row of doi_host was deleted); ${wait}.`;
    return problem('silent host', found, start);
  }
  const last = heartbeat === null ? 'has had no heartbeat yet' : `has had no heartbeat since ${heartbeat}`;
  const found = `${host} ${last}, which is over 2 × DOI_WATCH_SECONDS (${observedLimitMs / 1000} s); ${wait}.`;
  const isLong =
    repositories > 0 && heartbeat !== null && clock.now() - Date.parse(heartbeat) > LONG_SILENCE_MS;
  return (isLong ? problem : warning)('silent host', found, start);
}

function reportReleases(alive: readonly HostAnswer[], report: Report): void {
  const releases = new Map<string, string[]>();
  for (const one of alive) releases.set(releaseOf(one), [...(releases.get(releaseOf(one)) ?? []), one.host]);
  if (releases.size < 2) return;
  const each = [...releases].map(([release, hosts]) => `${release} on ${listFew(hosts)}`);
  const found = `Hosts run different releases: ${each.join('; ')}.`;
  report(
    warning(
      'releases',
      found,
      'Upgrade all to the newest: an older release does not judge again what a newer one judged.',
    ),
  );
}
