/** C9: the third-party services are declared in tpsc.yaml, and a snapshot of them was taken. */
import type { TextFile } from '../domain/input.js';
import { defineCriterion } from '../domain/verdict.js';
import { fail, failRejected, INIT, pass, skipWithoutCheckout, slugArgument } from './judgement.js';
import { FILL_IN, findYamlPlaceholders, namePlaceholders } from './parse/placeholders.js';
import { readServices } from './parse/services.js';
import { quote } from './parse/text.js';

export const c09ServicesDeclared = defineCriterion({
  id: 'C9',
  label: 'Services declared',
  tier: 'standard',
  inputs: ['repo', 'tpsc.yaml', 'tpsc'],
  judge: ({ repo, 'tpsc.yaml': file, tpsc }) => {
    const snapshot = `record a snapshot with \`doi record tpsc ${slugArgument(repo.slug)}\``;
    if (file.state === 'no-checkout') return skipWithoutCheckout('tpsc.yaml');
    if (file.state === 'rejected') return failRejected('tpsc.yaml', file.reason);
    const noSnapshot = tpsc.snapshots < 1;
    const declared = readDeclared(file);
    if (declared.problem !== undefined)
      return fail(
        `${declared.problem}${noSnapshot ? ', and there is no TPSC snapshot' : ''}.`,
        `${declared.remedy}${noSnapshot ? `, and ${snapshot}` : ''}.`,
      );
    if (noSnapshot)
      return fail(
        `tpsc.yaml declares ${services(declared.count)}, but there is no TPSC snapshot.`,
        `R${snapshot.slice(1)}.`,
      );
    return pass(
      `tpsc.yaml declares ${services(declared.count)}, with ${tpsc.snapshots} snapshot${tpsc.snapshots === 1 ? '' : 's'}.`,
    );
  },
});

type Declared =
  | { readonly problem?: undefined; readonly count: number }
  | { readonly problem: string; readonly remedy: string };

function readDeclared(file: Extract<TextFile, { state: 'present' | 'absent' }>): Declared {
  if (file.state === 'absent' && file.instead !== undefined)
    return {
      problem: `There is no tpsc.yaml at the root, but ${file.instead}`,
      remedy: `Rename it: \`mv ${file.instead} tpsc.yaml\``,
    };
  if (file.state === 'absent')
    return {
      problem: 'There is no tpsc.yaml at the root',
      remedy: `Add tpsc.yaml with ${INIT}, and fill in the services used, or \`services: []\` for none`,
    };
  const { placeholders } = findYamlPlaceholders(file.text);
  // A list that is still to be written declares nothing, an empty one least of all. What else is wrong with it may come from that.
  if (placeholders.length > 0)
    return {
      problem: `tpsc.yaml declares nothing yet: it has ${namePlaceholders(placeholders)}`,
      remedy: `R${FILL_IN.slice(1)}, or delete it where there are none, then \`doi check PATH\``,
    };
  const read = readServices(file.text);
  if (read.ok) return { count: read.count };
  const where = read.line === undefined ? '' : ` at line ${read.line}`;
  return {
    problem: `tpsc.yaml is not valid${where}: ${quote(read.reason, 200)}`,
    remedy: 'Correct tpsc.yaml (docs/criteria.md of doi-worker shows one), then `doi check PATH`',
  };
}

function services(count: number): string {
  return count === 0 ? 'no services' : `${count} service${count === 1 ? '' : 's'}`;
}
