/** C2: the repository belongs to a domain, and that domain is active. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass, slugArgument } from './judgement.js';
import { quote } from './parse/text.js';

export const c02DomainActive = defineCriterion({
  id: 'C2',
  label: 'Domain active',
  tier: 'core',
  inputs: ['repo', 'domain'],
  judge: ({ repo, domain }) => {
    const assign = `\`doi record domain DOMAIN --repo ${slugArgument(repo.slug)}\` (any name, such as default)`;
    if (repo.domainId === null) return fail('The repository has no domain.', `Give it one: ${assign}.`);
    if (domain === null)
      return fail(
        'The domain that the repository names is not in the registry.',
        `Give it another: ${assign}.`,
      );
    if (domain.status === 'active') return pass(`The domain ${quote(domain.slug)} is active.`);
    return fail(
      `The domain ${quote(domain.slug)} is “${quote(domain.status)}”, not active.`,
      `Make it active with \`doi record domain ${slugArgument(domain.slug)} --status active\`, or give the repository another one: ${assign}.`,
    );
  },
});
