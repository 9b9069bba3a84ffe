/** C3: the path that the registry has for the home host is a folder on that host. */
import { FOREIGN_LINK } from '../domain/checkout-version.js';
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass, slugArgument } from './judgement.js';
import { quote } from './parse/text.js';

export const c03CheckoutPresent = defineCriterion({
  id: 'C3',
  label: 'Checkout present',
  tier: 'core',
  inputs: ['repo', 'checkout'],
  judge: ({ repo, checkout }) => {
    const host = quote(checkout.host);
    const move = `\`doi move ${slugArgument(repo.slug)} PATH\``;
    const remedy = `Clone the repository there; or, where its folder lies elsewhere now, on that host: ${move}.`;
    if (checkout.state === 'unset') {
      const where = Object.keys(repo.hostPaths).length === 0 ? 'any host' : `the host ${host}`;
      return fail(
        `The registry has no path for ${where}.`,
        `On the host that has the checkout, say where it is: ${move}.`,
      );
    }
    const path = quote(checkout.path, 200);
    // Two hosts with a copy of one bare repository give the same verdict: so it names neither host nor path.
    if (checkout.state === 'present' && checkout.branch !== undefined)
      return pass(`The bare repository is there, with the branch ${quote(checkout.branch)}.`);
    if (checkout.state === 'present') return pass(`The checkout is at ${path} on ${host}.`);
    if (checkout.state === 'foreign-link')
      return fail(
        `${path} on ${host} ${FOREIGN_LINK}.`,
        `On that host, give the folder's real path (${move}), or let the link belong to that folder's owner (\`chown -h\`).`,
      );
    if (checkout.state === 'absent') return fail(`There is nothing at ${path} on ${host}.`, remedy);
    return fail(`${path} on ${host} is not a folder.`, remedy);
  },
});
