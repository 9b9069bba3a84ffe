// Names one life of the database, so that a host's heartbeat is not written to an older copy of it.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  // Unlogged on purpose: PostgreSQL empties it after a crash, on a promoted replica and in a restored base backup.
  await sql`
    create unlogged table doi_incarnation (
      one boolean primary key default true check (one),
      id uuid not null
    )`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`drop table doi_incarnation`;
}
