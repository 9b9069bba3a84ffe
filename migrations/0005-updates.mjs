// What bringing a checkout up to date leaves behind: that it failed for a push, and that an evaluation had it before.

/** @param {import('postgres').TransactionSql} sql */
export async function up(sql) {
  await sql`alter table doi_push add column update_failed_at timestamptz`;
  await sql`alter table doi_evaluation add column updated boolean not null default false`;
}

/** @param {import('postgres').TransactionSql} sql */
export async function down(sql) {
  await sql`alter table doi_evaluation drop column updated`;
  await sql`alter table doi_push drop column update_failed_at`;
}
