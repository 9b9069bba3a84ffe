/** C9: tpsc.yaml declares the third-party services, and the registry has a snapshot of them. */
import type { TextFile } from '../domain/input.js';
import { defineCriterion } from '../domain/verdict.js';
import { fail, failRejected, pass, skipWithoutCheckout, slugArgument } from './judgement.js';
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
      remedy: `Rename it: \`git mv ${file.instead} tpsc.yaml\``,
    };
  if (file.state === 'absent')
    return {
      problem: 'There is no tpsc.yaml at the root',
      remedy: 'Add tpsc.yaml with the services used, or `services: []` for none',
    };
  const read = readServices(file.text);
  if (read.ok) return { count: read.count };
  const where = read.line === undefined ? '' : ` at line ${read.line}`;
  return {
    problem: `tpsc.yaml is not valid${where}: ${quote(read.reason, 200)}`,
    remedy: 'Correct tpsc.yaml (docs/criteria.md shows one)',
  };
}

function services(count: number): string {
  return count === 0 ? 'no services' : `${count} service${count === 1 ? '' : 's'}`;
}
