/** Reads what an evaluation starts from: the registry's inputs and the last evaluation, in one statement. */
import { type Sql, statement } from '../../platform/postgres/sql.js';
import {
  type ProbeRow,
  probeColumns,
  probeTables,
  type RegistryProbe,
  toProbe,
} from '../repositories/probe-registry.js';
import {
  type LastRow,
  type LastState,
  lastColumns,
  lastTables,
  toLastState,
} from './read-last-evaluation.js';

/** What the database holds of a repository before an evaluation. */
export interface Basis {
  readonly registry: RegistryProbe;
  readonly last: LastState;
}

/**
 * Reads the basis of repositories. Locks nothing; reads by primary keys.
 * @returns one for each, in their order; undefined where the repository was unregistered
 */
export async function readBases(sql: Sql, repoIds: readonly string[]): Promise<(Basis | undefined)[]> {
  const rows = await statement(sql<(ProbeRow & LastRow)[]>`
    select ${probeColumns(sql)}, ${lastColumns(sql)}
    from ${probeTables(sql, sql`r.id = any(${repoIds as string[]}::uuid[])`)} ${lastTables(sql)}`);
  const bases = rows.map((row) => ({ registry: toProbe(row), last: toLastState(row) }));
  const byId = new Map(bases.map((basis) => [basis.registry.repoId, basis]));
  return repoIds.map((repoId) => byId.get(repoId));
}
