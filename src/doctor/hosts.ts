/** Checks the hosts that evaluate: which are heard of, what troubles them, and whether they run one release. */

import type { HostAnswer } from '../api/hosts.js';
import type { Clock } from '../platform/clock.js';
import { type HostsDependencies, readHosts } from '../store/hosts/read-hosts.js';
import { findIdleQueues, type IdleQueue } from '../store/requests/find-idle-queues.js';
import { count, fewOf, ok, problem, type Report, warning } from './check.js';

/** After this long without any evaluation what waits is not just the turn of others, in milliseconds. */
const WAIT_MS = 600_000;

export interface HostsDeps extends HostsDependencies {
  readonly clock: Clock;
}

/** A host that is silent for longer than this is perhaps gone for good. */
const LONG_SILENCE_MS = 24 * 3_600_000;

export async function examineHosts(subject: HostsDeps, report: Report): Promise<void> {
  const hosts = await readHosts(subject);
  if (hosts.length === 0) {
    const remedy =
      'Start a worker on each host that has checkouts ("doi worker"), or "npm start" for all on one machine.';
    report(warning('workers', 'No worker has ever run.', remedy));
    return;
  }
  const heard = hosts.filter(({ silent }) => !silent);
  if (heard.length > 0) report(ok('workers', `heard of: ${fewOf(heard.map(describe), 6)}`));
  for (const host of hosts) {
    if (host.silent) report(judgeSilence(host, subject));
    const { trouble } = host;
    if (trouble !== null && !host.silent) {
      const found = `${host.host} is in trouble since ${trouble.since} (${trouble.code}): ${trouble.message}`;
      report(problem('trouble', found, trouble.remedy));
    }
  }
  if (heard.length === 0) {
    const remedy = 'Start one on each host that has checkouts ("doi worker").';
    report(warning('workers', 'No worker is heard of.', remedy));
  }
  for (const queue of await findIdleQueues(subject.sql, {
    aliveMs: subject.observedLimitMs,
    waitMs: WAIT_MS,
  }))
    report(describeIdleQueue(queue));
  reportReleases(heard, report);
}

function describeIdleQueue({ host, waiting, since }: IdleQueue) {
  const wait = count(waiting, 'repository waits', 'repositories wait');
  const found = `${host} is alive and has evaluated nothing for ${WAIT_MS / 60_000} min, while ${wait} for it, the first since ${since}.`;
  const remedy = `Run "doi doctor" on ${host}: does its worker reach this Redis? Else restart that worker. Nothing is lost.`;
  return problem('queue', found, remedy);
}

function describe(one: HostAnswer): string {
  const { host, machine, isolation, repositories, heartbeat } = one;
  const wait = count(repositories, 'repository', 'repositories');
  const level = isolation === null ? '' : `isolation ${isolation}, `;
  const on = machine === null ? '' : `on ${machine}, `;
  return `${host} (${releaseOf(one)}, ${on}${wait}, ${level}last look at ${heartbeat ?? 'no time'})`;
}

/** Two builds of one version are told apart by the digest of their rules. */
function releaseOf({ version, criteria }: HostAnswer): string {
  return criteria === null ? version : `${version}, criteria ${criteria}`;
}

/** One that is silent for long, or of which nothing is known but what it has claimed, lets nobody take over. */
function judgeSilence({ host, heartbeat, capacity, repositories }: HostAnswer, subject: HostsDeps) {
  const { clock, observedLimitMs } = subject;
  const wait = `${count(repositories, 'repository', 'repositories')} wait for it and read stale`;
  const remove = `where it is gone for good, "doi host remove ${host}" lets other hosts take over.`;
  const start = `See that a worker runs on ${host}, with this database; ${remove}`;
  if (capacity === 0) {
    const found = `${host} is no host that is known (its row of doi_host was deleted); ${wait}.`;
    return problem('silent host', found, start);
  }
  const last = heartbeat === null ? 'has not looked yet' : `has not looked since ${heartbeat}`;
  const found = `${host} ${last}, which is over 2 × DOI_WATCH_SECONDS (${observedLimitMs / 1000} s); ${wait}.`;
  const isLong =
    repositories > 0 && heartbeat !== null && clock.now() - Date.parse(heartbeat) > LONG_SILENCE_MS;
  return (isLong ? problem : warning)('silent host', found, start);
}

function reportReleases(heard: readonly HostAnswer[], report: Report): void {
  const releases = new Map<string, string[]>();
  for (const one of heard) releases.set(releaseOf(one), [...(releases.get(releaseOf(one)) ?? []), one.host]);
  if (releases.size < 2) return;
  const each = [...releases].map(([release, hosts]) => `${release} on ${fewOf(hosts)}`);
  const found = `Hosts run different releases: ${each.join('; ')}.`;
  report(
    warning('releases', found, 'Bring all to the newest: an older one leaves alone what a newer one judged.'),
  );
}
