/** C4: the repository has a remote that git could use. */

import { parseGitRemote } from '../domain/git-remote.js';
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass, pathArgument, slugArgument } from './judgement.js';
import { quote } from './parse/text.js';

export const c04RemoteSet = defineCriterion({
  id: 'C4',
  label: 'Remote set',
  tier: 'core',
  inputs: ['repo'],
  judge: ({ repo }) => {
    const remedy = `Give the checkout a remote (\`git remote add origin URL\`, or \`set-url\` where it has one), then register it again: \`doi register ${pathArgument(repo)} --slug ${slugArgument(repo.slug)}\`.`;
    if (repo.remoteUrl === null || repo.remoteUrl.trim() === '') return fail('No remote is set.', remedy);
    const remote = parseGitRemote(repo.remoteUrl);
    // A remote that does not parse is not shown, because it is unknown where its credentials end.
    if (!remote.ok) return fail(`The remote is not a git remote: ${remote.reason}.`, remedy);
    return pass(
      remote.shown === undefined ? 'A remote is set.' : `The remote is ${quote(remote.shown, 200)}.`,
    );
  },
});
