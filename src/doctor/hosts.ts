/** Checks the hosts that evaluate: which are heard of, what troubles them, and whether they run one release. */

import { findIdleQueues, type IdleQueue } from '../cache/find-idle-queues.js';
import type { HostAnswer } from '../domain/answers.js';
import { type HostsDependencies, readHosts } from '../reader/read-hosts.js';
import { ok, problem, type Report, warning } from './check.js';
import { count, fewOf } from './wording.js';

/** After this long without any evaluation what waits is not just the turn of others, in milliseconds. */
const WAIT_MS = 600_000;

export async function examineHosts(subject: HostsDependencies, report: Report): Promise<void> {
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
    // One that nothing waits for may have been taken off.
    if (host.silent && host.repositories > 0) report(describeSilence(host, subject.observedLimitMs));
    const { trouble } = host;
    if (trouble !== null && !host.silent) {
      const found = `${host.host} is in trouble since ${trouble.since} (${trouble.code}): ${trouble.message}`;
      report(problem('trouble', found, trouble.remedy));
    }
  }
  if (heard.length === 0 && hosts.every(({ repositories }) => repositories === 0)) {
    report(
      warning(
        'workers',
        'No worker is heard of.',
        'Start one on each host that has checkouts ("doi worker").',
      ),
    );
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

function describe({ host, version, isolation, repositories, heartbeat }: HostAnswer): string {
  const wait = count(repositories, 'repository', 'repositories');
  const level = isolation === null ? '' : `isolation ${isolation}, `;
  return `${host} (${version}, ${wait}, ${level}last look at ${heartbeat ?? 'no time'})`;
}

function describeSilence({ host, heartbeat, repositories }: HostAnswer, limitMs: number) {
  const last = heartbeat === null ? 'has not looked yet' : `has not looked since ${heartbeat}`;
  const wait = count(repositories, 'repository', 'repositories');
  const found = `${host} ${last}, which is over 2 × DOI_WATCH_SECONDS (${limitMs / 1000} s); ${wait} wait for it and read stale.`;
  return warning('silent host', found, `See that a worker runs on ${host}, with this database.`);
}

function reportReleases(heard: readonly HostAnswer[], report: Report): void {
  const releases = new Map<string, string[]>();
  for (const { host, version } of heard) releases.set(version, [...(releases.get(version) ?? []), host]);
  if (releases.size < 2) return;
  const each = [...releases].map(([version, hosts]) => `${version} on ${fewOf(hosts)}`);
  const found = `Hosts run different releases: ${each.join('; ')}.`;
  report(
    warning('releases', found, 'Bring all to the newest: an older one leaves alone what a newer one judged.'),
  );
}
