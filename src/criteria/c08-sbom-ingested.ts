/** C8: a software bill of materials was ingested. */
import { defineCriterion } from '../domain/verdict.js';
import { fail, pass, slugArgument } from './judgement.js';
import { quote } from './parse/text.js';

export const c08SbomIngested = defineCriterion({
  id: 'C8',
  label: 'SBOM ingested',
  tier: 'standard',
  inputs: ['repo'],
  judge: ({ repo }) => {
    if (repo.lastSbomAt !== null) return pass(`The last SBOM was ingested at ${quote(repo.lastSbomAt, 40)}.`);
    return fail(
      'No SBOM was ever ingested.',
      `Make one (a software bill of materials, the list of what it is built from; docs/criteria.md of doi-worker says how), then record that: \`doi record sbom ${slugArgument(repo.slug)}\`. A State Hub that ingests it records it itself.`,
    );
  },
});
