/** Shows hosts: which are alive, and the problem of each. */

import type { HostAnswer } from '../api/hosts.js';
import type { HomeHostProblemAnswer } from '../api/terms.js';
import { count } from '../domain/text.js';
import { type Paint, showAge, showText } from './terminal.js';

/** A host problem, and what to do about it. */
export function describeHostProblem(problem: HomeHostProblemAnswer, paint: Paint): string[] {
  const { host, code, message, remedy, since } = problem;
  const what = `Problem on ${showText(host)} (since ${showText(since)}, ${showText(code)})`;
  return [paint('red', `${what}: ${showText(message)}`), `  → ${showText(remedy)}`];
}

/** That a host problem which was shown has ended. */
export function describeHostProblemEnd({ host, code }: HomeHostProblemAnswer, paint: Paint): string {
  return paint('green', `The problem on ${showText(host)} has ended (${showText(code)}).`);
}

/** All hosts, one a line, and below each its host problem. */
export function listHosts(
  hosts: readonly HostAnswer[],
  { paint, now }: { readonly paint: Paint; readonly now: Date },
): string {
  if (hosts.length === 0) return 'No worker has ever run: "doi worker" starts one.\n';
  const width = Math.max(...hosts.map(({ host }) => showText(host).length));
  const lines = hosts.flatMap((one) => [
    `${showText(one.host).padEnd(width)}  ${describeHost(one, now)}`,
    ...(one.trouble === null ? [] : describeHostProblem({ host: one.host, ...one.trouble }, paint)),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function describeHost({ heartbeat, silent, version, machine, repositories }: HostAnswer, now: Date): string {
  const age = showAge(heartbeat, now);
  const last =
    heartbeat === null ? 'no heartbeat yet' : `last heartbeat ${age === 'now' ? 'just now' : `${age} ago`}`;
  const homeTo = count(repositories, 'repository', 'repositories');
  const where = machine === null ? '' : `, on ${showText(machine)}`;
  return `${silent ? `silent, ${last}` : last}; ${showText(version)}${where}; ${homeTo}`;
}

/** Two lines for each host problem, and one for each host that is silent while repositories wait for it. */
export function formatHosts(hosts: readonly HostAnswer[], paint: Paint): string {
  const lines = hosts.flatMap((one) => [
    ...(one.silent && one.repositories > 0 ? [paint('yellow', describeSilence(one))] : []),
    ...(one.trouble === null ? [] : describeHostProblem({ host: one.host, ...one.trouble }, paint)),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function describeSilence({ host, heartbeat, repositories }: HostAnswer): string {
  const last = heartbeat === null ? 'no heartbeat yet' : `no heartbeat since ${showText(heartbeat)}`;
  const wait = count(repositories, 'repository is', 'repositories are');
  return `The host ${showText(host)} is silent (${last}), and ${wait} judged there. Does a worker run on it? If it is gone for good: "doi host forget".`;
}
