/** Shows the hosts that are in trouble, or not heard of. */
import type { HostAnswer } from '../domain/answers.js';
import { describeTrouble } from './describe-trouble.js';
import type { Paint } from './paint.js';
import { showText } from './show-text.js';

/** A line or two for each host in trouble, and one for each that is silent while repositories wait for it. */
export function formatHosts(hosts: readonly HostAnswer[], paint: Paint): string {
  const lines = hosts.flatMap((one) => [
    ...(one.silent && one.repositories > 0 ? [paint('yellow', describeSilence(one))] : []),
    ...(one.trouble === null ? [] : describeTrouble({ host: one.host, ...one.trouble }, paint)),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function describeSilence({ host, heartbeat, repositories }: HostAnswer): string {
  const last = heartbeat === null ? 'has not been heard of' : `was last heard of at ${showText(heartbeat)}`;
  const count = repositories === 1 ? '1 repository is' : `${repositories} repositories are`;
  return `The host ${showText(host)} ${last}, and ${count} judged there. Does a worker run on it?`;
}
