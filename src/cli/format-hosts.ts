/** Shows the hosts that are in trouble, or not heard of. */
import type { HostAnswer } from '../api/hosts.js';
import { describeHostProblem } from './host-problems.js';
import { type Paint, showAge, showText } from './terminal.js';

/** All hosts, one a line, and below each what troubles it. */
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
  const heard =
    heartbeat === null ? 'never heard of' : `last look ${age === 'now' ? 'just now' : `${age} ago`}`;
  const count = repositories === 1 ? '1 repository' : `${repositories} repositories`;
  const where = machine === null ? '' : `, on ${showText(machine)}`;
  return `${silent ? `silent, ${heard}` : heard}; ${showText(version)}${where}; ${count}`;
}

/** A line or two for each host in trouble, and one for each that is silent while repositories wait for it. */
export function formatHosts(hosts: readonly HostAnswer[], paint: Paint): string {
  const lines = hosts.flatMap((one) => [
    ...(one.silent && one.repositories > 0 ? [paint('yellow', describeSilence(one))] : []),
    ...(one.trouble === null ? [] : describeHostProblem({ host: one.host, ...one.trouble }, paint)),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function describeSilence({ host, heartbeat, repositories }: HostAnswer): string {
  const last = heartbeat === null ? 'has not been heard of' : `was last heard of at ${showText(heartbeat)}`;
  const count = repositories === 1 ? '1 repository is' : `${repositories} repositories are`;
  return `The host ${showText(host)} ${last}, and ${count} judged there. Does a worker run on it? If it is gone for good: "doi host remove".`;
}
