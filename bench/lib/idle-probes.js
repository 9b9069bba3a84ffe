// Probes of mirrors and of working folders in which nothing changed.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTENT_KEYS } from '../../dist/domain/input.js';
import { readNow } from '../../dist/inputs/read-now.js';
import { toObservationAt } from '../../dist/inputs/record-now.js';
import { PAGE } from '../../dist/producer/watch.js';
import { recordObservations } from '../../dist/store/hosts/record-observations.js';
import { probeRegistry } from '../../dist/store/repositories/probe-registry.js';
import { makeUsual, register } from './checkouts.js';
import { openWatch } from './fleet.js';
import { time } from './measure.js';

/**
 * Makes so many mirrors and working folders, registers them, and records what a probe of each finds.
 * @returns `mirrors()` and `folders()`: how long it takes to probe all of them, in milliseconds
 */
export async function makeIdle(bench, count) {
  const { folder, sql, config } = bench;
  const deps = { ...openWatch(bench), observedLimitMs: 60_000, contactLimitMs: 600_000 };
  const of = (kind, make) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, n) => [`${kind}-${n}`, make(join(folder, kind, `${kind}-${n}`), n)]),
    );
  const folders = Object.values(await register(sql, config.host, of('folder', makeUsualFolder)));
  const mirrors = Object.values(await register(sql, config.host, of('mirror', makeMirror)));
  await sql`
    insert into doi_source (repo_id, mirror_host, server, contacted_at, contact_head, due_at)
    select id, ${config.host}, 'localhost', now(), ${commitOf(0)}, now() from unnest(${mirrors}::uuid[]) id`;
  return {
    folders: await record({ ...deps, sql, readCommit: forbidden }, folders, deps.host),
    mirrors: await record({ ...deps, sql, readCommit: forbidden }, mirrors, deps.host),
  };
}

/** Records a first pass; returns how long a further one takes. */
async function record(deps, ids, host) {
  const first = { ...deps, readCommit: readMadeUp };
  for (let at = 0; at < ids.length; at += PAGE) {
    const known = await probeRegistry(deps.sql, ids.slice(at, at + PAGE));
    const nows = await readNow(first, known, OPTIONS);
    await recordObservations(
      deps.sql,
      host,
      nows.map((now) => toObservationAt(now, now.registry.readAt)),
    );
  }
  const pages = [];
  for (let at = 0; at < ids.length; at += PAGE)
    pages.push(await probeRegistry(deps.sql, ids.slice(at, at + PAGE)));
  return () => time(() => probeAll(deps, pages));
}

const OPTIONS = { isHere: () => true, folders: true };

async function probeAll(deps, pages) {
  for (const page of pages) {
    const nows = await readNow(deps, page, OPTIONS);
    const other = nows.find((now) => now.fingerprint === null || now.fingerprint !== now.registry.observed);
    if (other !== undefined) throw new Error(`${other.registry.slug} was not found as it was recorded.`);
  }
}

function makeUsualFolder(path) {
  return makeUsual(path);
}

function commitOf(n) {
  return n.toString(16).padStart(40, '0').replace(/^0/, 'a');
}

/** All that a probe reads of a mirror. */
function makeMirror(path, n) {
  mkdirSync(join(path, 'refs/heads'), { recursive: true });
  mkdirSync(join(path, 'objects/pack'), { recursive: true });
  writeFileSync(join(path, 'HEAD'), 'ref: refs/heads/main\n');
  writeFileSync(join(path, 'config'), '[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n');
  writeFileSync(join(path, 'refs/heads/main'), `${commitOf(n)}\n`);
  return path;
}

/** Stands for git, which no measured pass may start. */
async function readMadeUp({ commit }) {
  const versions = Object.fromEntries(CONTENT_KEYS.map((key) => [key, `100644:${commit}`]));
  return { commit, committedAt: '2026-01-01T00:00:00.000Z', versions };
}

async function forbidden({ folder }) {
  throw new Error(`${folder} was read by git.`);
}
