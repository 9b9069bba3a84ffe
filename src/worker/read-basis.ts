/** Reads what an evaluation starts from: the registry's inputs and the last evaluation, in one statement. */
import {
  type LastRow,
  type LastState,
  lastColumns,
  lastTables,
  toLastState,
} from '../cache/read-last-evaluation.js';
import {
  type ProbeRow,
  probeColumns,
  probeTables,
  type RegistryProbe,
  toProbe,
} from '../inputs/probe/probe-registry.js';
import { databaseError, type Sql } from '../platform/sql.js';

/** A repository as the database knows it. */
export interface Basis {
  readonly registry: RegistryProbe;
  readonly last: LastState;
}

/**
 * Reads the basis of one repository. Locks nothing; looks up by primary keys.
 * @returns undefined where the repository is gone
 */
export async function readBasis(sql: Sql, repoId: string): Promise<Basis | undefined> {
  try {
    const [row] = await sql<(ProbeRow & LastRow)[]>`
      select ${probeColumns(sql)}, ${lastColumns(sql)}
      from ${probeTables(sql)} ${lastTables(sql)}
      where r.id = ${repoId}`;
    return row && { registry: toProbe(row), last: toLastState(row) };
  } catch (error) {
    throw databaseError(error);
  }
}
