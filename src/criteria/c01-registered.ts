/** C1: the repository has a row in the registry, with a slug and a name. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass, slugArgument } from './judgement.js';
import { quote } from './parse/text.js';

export const c01Registered = defineCriterion({
  id: 'C1',
  label: 'Registered',
  tier: 'core',
  inputs: ['repo'],
  judge: ({ repo }) => {
    const missing = [repo.slug.trim() === '' && 'slug', repo.name.trim() === '' && 'name'].filter(Boolean);
    if (missing.length === 0)
      return pass(`Registered as ${quote(repo.slug)}, with the name “${quote(repo.name)}”.`);
    return fail(
      `The repository's row in the registry has no ${missing.join(' and no ')}.`,
      `Set both in the row of managed_repos, in the State Hub or by SQL, since no command of doi changes them; then have it judged: \`doi refresh ${slugArgument(repo.slug)}\`.`,
    );
  },
});
