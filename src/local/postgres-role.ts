/** Prepares the role by which all processes use the built-in PostgreSQL: it owns the database, and is no superuser. */
import { closeSql, openSql, type Sql } from '../platform/postgres/sql.js';

/** The role, and the database that it owns. */
export interface AppRole {
  readonly name: string;
  readonly password: string;
  readonly database: string;
}

/**
 * Creates the role and its database if they are missing, and transfers to the role what the superuser owns in it, as in a
 * data folder of an earlier release. A superuser could read and write files and start programs, which no process here needs.
 * @param adminUrl makes the superuser's URL of a database
 */
export async function prepareRole(adminUrl: (database: string) => string, role: AppRole): Promise<void> {
  await withSql(adminUrl('postgres'), async (sql) => {
    const { name, database } = role;
    const [known] = await sql`select from pg_roles where rolname = ${name}`;
    if (known === undefined) await sql`create role ${sql(name)}`;
    await sql.unsafe(
      `alter role ${name} login nosuperuser nocreatedb nocreaterole password '${role.password.replaceAll("'", "''")}'`,
    );
    const [made] = await sql`select from pg_database where datname = ${database}`;
    if (made === undefined) await sql`create database ${sql(database)}`;
    await sql`alter database ${sql(database)} owner to ${sql(name)}`;
  });
  await withSql(adminUrl(role.database), async (sql) => {
    for (const { statement } of await sql<{ statement: string }[]>`${handOver(sql, role.name)}`)
      await sql.unsafe(statement);
  });
}

/** Makes the statements that transfer each object of the superuser, except those of the system. */
function handOver(sql: Sql, name: string) {
  return sql`
    with own as (
      select oid, nspname, nspowner from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
    ), admin as (select usesysid as id from pg_user where usename = current_user)
    select format('alter %s owner to %I', what, ${name}::text) as statement from (
      select format('schema %I', nspname) as what from own where nspowner = (select id from admin)
      union all
      select format('%s %I.%I', case relkind when 'S' then 'sequence' when 'v' then 'view' else 'table' end,
        nspname, relname)
      from pg_class c join own n on n.oid = relnamespace
      where relowner = (select id from admin) and relkind in ('r', 'p', 'v', 'S')
        -- The sequence of a column is transferred with its table.
        and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid
          and relkind = 'S' and d.deptype in ('a', 'i'))
      union all
      select format('routine %s', p.oid::regprocedure) from pg_proc p join own n on n.oid = pronamespace
      where proowner = (select id from admin)
      union all
      select format('type %s', t.oid::regtype) from pg_type t join own n on n.oid = typnamespace
      where typowner = (select id from admin) and typtype in ('d', 'e')
    ) as things`;
}

async function withSql<T>(url: string, use: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = openSql({ url, purpose: 'start', connections: 1 });
  try {
    return await use(sql);
  } finally {
    await closeSql(sql);
  }
}
