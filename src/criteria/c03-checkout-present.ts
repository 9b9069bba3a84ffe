/** C3: the path that the registry gives for the home host is a folder there. */
import { FOREIGN_LINK, FOREIGN_LINK_REMEDY } from '../domain/foreign-link.js';
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass } from './judgement.js';
import { quote } from './parse/quote.js';

const REMEDY =
  'Clone the repository there, or register the path where it lies, on that host: `doi register PATH`.';

export const c03CheckoutPresent = defineCriterion({
  id: 'C3',
  label: 'Checkout present',
  tier: 'core',
  inputs: ['repo', 'checkout'],
  judge: ({ repo, checkout }) => {
    const host = quote(checkout.host);
    if (checkout.state === 'unset') {
      const where = Object.keys(repo.hostPaths).length === 0 ? 'any host' : `the host ${host}`;
      return fail(
        `The registry has no path for ${where}.`,
        'Register the checkout on its host: `doi register PATH`.',
      );
    }
    const path = quote(checkout.path, 200);
    if (checkout.state === 'present') return pass(`The checkout is at ${path} on ${host}.`);
    if (checkout.state === 'foreign-link')
      return fail(`${path} on ${host} ${FOREIGN_LINK}.`, FOREIGN_LINK_REMEDY);
    if (checkout.state === 'absent') return fail(`There is nothing at ${path} on ${host}.`, REMEDY);
    return fail(`${path} on ${host} is not a folder.`, REMEDY);
  },
});
