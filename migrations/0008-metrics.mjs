// What each worker counts of itself, so that a web process can show it.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  await sql`
    create table doi_worker_metrics (
      worker uuid primary key,
      host text not null,
      recorded_at timestamptz not null,
      metrics jsonb not null
    )`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`drop table doi_worker_metrics`;
}
