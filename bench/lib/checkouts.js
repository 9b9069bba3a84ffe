// Checkouts to measure on, and what is stored of them.
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Makes a checkout with these files, its `.git` a folder; returns its path. */
export function makeCheckout(path, files = {}) {
  mkdirSync(join(path, '.git'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}

/** A workplan that the built-in checker finds nothing in. */
export function workplan(n) {
  const id = `BENCH-WP-${String(n).padStart(4, '0')}`;
  const matter = `---\nid: ${id}\ntype: workplan\ntitle: Plan ${n}\ndomain: default\nstatus: active\n---\n`;
  const task = `\n\`\`\`task\nid: ${id}-T01\nstatus: todo\npriority: high\n\`\`\`\n`;
  return { [`workplans/${id}-plan.md`]: `${matter}\n# Plan\n${task}` };
}

/** A checkout with something of each kind in it, and `plans` workplans besides an archived one. */
export function makeUsual(path, plans = 2) {
  const archived = { 'workplans/archived/BENCH-WP-0000-plan.md': '---\nstatus: done\n---\n' };
  const rules = { '.claude/rules/one.md': '# One\n' };
  const files = { 'SCOPE.md': '# Scope\n', 'CLAUDE.md': 'kaizen\n', 'tpsc.yaml': 'services: []\n' };
  const active = Array.from({ length: plans }, (_, n) => workplan(n + 1));
  return makeCheckout(path, Object.assign({ ...files, ...rules, ...archived }, ...active));
}

/** Registers checkouts by a row each, without reading them: `{slug: path}`. Returns their ids by slug. */
export async function register(sql, host, paths) {
  const rows = Object.entries(paths).map(([slug, path]) => ({ id: randomUUID(), slug, path }));
  for (let start = 0; start < rows.length; start += 1000) {
    await sql`
      insert into managed_repos (id, slug, name, host_paths)
      select id, slug, slug, json_build_object(${host}::text, path)
      from json_to_recordset(${sql.json(rows.slice(start, start + 1000))}::json) as n (id uuid, slug text, path text)`;
  }
  return Object.fromEntries(rows.map(({ id, slug }) => [slug, id]));
}

/**
 * Makes every row fresh without judging it: a copy of the one evaluation that there is, with the fingerprint that the
 * host's last pass recorded.
 */
export async function copyEvaluation(sql) {
  await sql`delete from doi_request`;
  await sql`
    insert into doi_cache (id, repo_id, tier, criteria, fingerprint, checked_at)
    select gen_random_uuid(), o.repo_id, c.tier, c.criteria, o.fingerprint, clock_timestamp()
    from doi_observation o cross join doi_cache c where o.repo_id <> c.repo_id`;
  await sql`
    insert into doi_evaluation (repo_id, observation, cache_digest, tier, statuses, inputs, judged_at)
    select c.repo_id, nextval('doi_observation_seq'), doi_cache_digest(c.tier, c.core_pass, c.standard_pass,
      c.full_pass, c.criteria::text, c.fingerprint, c.checked_at), e.tier, e.statuses, e.inputs, e.judged_at
    from doi_cache c cross join doi_evaluation e where c.repo_id <> e.repo_id`;
  await sql`analyze`;
}
