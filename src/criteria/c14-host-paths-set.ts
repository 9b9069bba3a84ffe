/** C14: the registry has the hosts with a checkout of the repository, each with its path. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass, slugArgument } from './judgement.js';
import { quote } from './parse/text.js';

export const c14HostPathsSet = defineCriterion({
  id: 'C14',
  label: 'Host paths set',
  tier: 'full',
  inputs: ['repo'],
  judge: ({ repo }) => {
    const hosts = Object.keys(repo.hostPaths).sort();
    const named = hosts.slice(0, 3).map((host) => quote(host));
    const more = hosts.length > named.length ? ` and ${hosts.length - named.length} more` : '';
    if (hosts.length > 0) return pass(`A path is set for ${named.join(', ')}${more}.`);
    return fail(
      'No host path is set.',
      `On each host that has a checkout: \`doi move ${slugArgument(repo.slug)} PATH\`.`,
    );
  },
});
