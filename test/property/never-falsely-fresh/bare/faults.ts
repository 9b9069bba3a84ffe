/** Faults that are planted into what reads and judges bare repositories, to show that the property finds them. */
import type { ReportAnswer } from '../../../../src/api/report.js';
import { DoiError } from '../../../../src/domain/errors.js';
import type { Loaded } from '../../../../src/inputs/load/load-inputs.js';
import type { CommitInputs } from '../../../../src/inputs/probe/commit-inputs.js';
import type { World } from '../../../helpers/world.js';

type Deps = World['deps'];
type Reason = ReportAnswer['stale_reasons'][number];

export interface BareFault {
  /** Makes faulty dependencies of good ones, once for a world. */
  readonly plant?: (deps: Deps) => Partial<Deps>;
  /** The reasons that a faulty reader does not give. */
  readonly misses?: (reason: Reason) => boolean;
}

const isRemote = ({ input }: Reason) => input === 'remote';

/** By what is wrong. */
export const BARE_FAULTS: Readonly<Record<string, BareFault>> = {
  'the commit of a mirror is not compared with that of the contact': {
    misses: (reason) => isRemote(reason) && /being fetched/.test(reason.text),
  },
  'what a commit holds is kept by its branch': { plant: keepByBranch },
  'a value is kept by its branch': { plant: keepValues },
  'a push that was stored is not compared': {
    misses: (reason) => isRemote(reason) && reason.code === 'pushed',
  },
  'a contact is dated at its end': {
    plant: ({ sql, contact }) => ({
      contact: async (repoId, isDamaged) => {
        const end = await contact(repoId, isDamaged);
        if (end.state === 'reached')
          await sql`update doi_source set contacted_at = clock_timestamp() where repo_id = ${repoId}`;
        return end;
      },
    }),
  },
  'a text that cannot be read is one that is absent': { plant: errorIsAbsence },
};

function keepByBranch({ readCommit }: Deps): Partial<Deps> {
  const kept = new Map<string, Promise<CommitInputs>>();
  if (readCommit === undefined) throw new Error('This world reads no commits.');
  return {
    readCommit: (tip, signal) => {
      const name = `${tip.repoId} ${tip.branch}`;
      const found = kept.get(name) ?? readCommit(tip, signal);
      kept.set(name, found);
      found.catch(() => kept.delete(name));
      return found;
    },
  };
}

function keepValues({ loadCommit }: Deps): Partial<Deps> {
  const kept = new Map<string, unknown>();
  return {
    loadCommit: async (tip, keys, signal) => {
      const loaded = Object.entries<Loaded<unknown>>(await loadCommit(tip, keys, signal));
      return Object.fromEntries(
        loaded.map(([key, { value, version }]) => {
          const name = `${tip.repoId} ${tip.branch} ${key}`;
          if (!kept.has(name)) kept.set(name, value);
          return [key, { value: kept.get(name), version }];
        }),
      );
    },
  };
}

function errorIsAbsence({ loadCommit, readCommit }: Deps): Partial<Deps> {
  return {
    loadCommit: async (tip, keys, signal) => {
      try {
        return await loadCommit(tip, keys, signal);
      } catch (error) {
        if (!(error instanceof DoiError) || readCommit === undefined) throw error;
        const { versions } = await readCommit(tip);
        return Object.fromEntries(
          keys.map((key) => [key, { value: { state: 'absent' }, version: versions[key] }]),
        );
      }
    },
  };
}
