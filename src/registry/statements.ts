/** What the statements of the registry need: a pool, or a transaction of one. */
import type postgres from 'postgres';

/** Takes statements; both a pool and a transaction do. */
export type Statements = postgres.ISql;
