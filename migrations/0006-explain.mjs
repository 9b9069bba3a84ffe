// How long each criterion took in the last evaluation, and how a host isolates the programs that it starts.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  await sql`alter table doi_evaluation add column durations_ms jsonb not null default '{}'`;
  await sql`alter table doi_host add column isolation text`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`alter table doi_host drop column isolation`;
  await sql`alter table doi_evaluation drop column durations_ms`;
}
