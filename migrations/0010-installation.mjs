// The identity of this database, by which two installations that share one Redis keep their queues apart.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  await sql`
    create table doi_installation (
      only_row boolean primary key default true check (only_row),
      id uuid not null default gen_random_uuid()
    )`;
  await sql`insert into doi_installation default values`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`drop table doi_installation`;
}
