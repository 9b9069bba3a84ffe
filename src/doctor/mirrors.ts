/** Checks the mirrors of this host: whether servers answer it, whether remotes are reached in time, and the disk. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import pLimit from 'p-limit';
import { DoiError } from '../domain/errors.js';
import { count, quoteForShell } from '../domain/text.js';
import { isGone } from '../platform/file-errors.js';
import type { Sql } from '../platform/postgres/sql.js';
import {
  describeMirrors,
  type MirrorsOf,
  readServerProblems,
  type ServerProblem,
  type ServerSample,
  type Some,
  sampleServers,
} from '../store/mirrors/describe-mirrors.js';
import { brokenCheck, type Check, listFew, ok, problem, type Report, runCheck, warning } from './check.js';

/** Contacts a remote without fetching. @throws {DoiError} why it did not answer */
export type TryRemote = (url: string) => Promise<void>;

export interface MirrorsDeps {
  readonly sql: Sql;
  /** This host's name. */
  readonly host: string;
  /** The folder with the mirrors. */
  readonly mirrorsDir: string;
  /** How often a remote is contacted, in milliseconds. */
  readonly fetchMs: number;
  /** Without it no server is tried. */
  readonly tryRemote?: TryRemote | undefined;
}

/** As many servers are tried, and so many at a time. */
const MOST_TRIED = { all: 40, atOnce: 4 };
/** With less than this a fetch may fail. In bytes. */
const LITTLE = 2 ** 30;

/** Reports nothing where no host has a problem with a server and this host keeps no mirrors. */
export async function examineMirrors(deps: MirrorsDeps, report: Report): Promise<void> {
  const { sql, host, mirrorsDir, fetchMs } = deps;
  for (const one of await readServerProblems(sql)) report(describeProblem(one));
  const kept = await describeMirrors(sql, host, 2 * fetchMs);
  if (kept.count === 0) return;
  await runCheck(report, 'disk', () => judgeDisk(kept, mirrorsDir));
  for (const check of judgeContacts(kept, deps)) report(check);
  const { tryRemote } = deps;
  if (tryRemote !== undefined) await tryServers(await sampleServers(sql, host), tryRemote, report);
}

function describeProblem({ host, server, mirrors, ...one }: ServerProblem): Check {
  const waiting = `${count(mirrors, 'mirror waits', 'mirrors wait')} for it`;
  const found = `${host} has a problem with ${server} since ${one.since} (${one.code}): ${one.message} ${waiting}; next try at ${one.retryAt}.`;
  const judge = one.code === 'remote_limited' ? warning : problem;
  return judge(
    'server problem',
    found,
    one.remedy || `Run "doi doctor" on ${host}, as the user of its worker.`,
  );
}

async function judgeDisk({ count: mirrors, bytes }: MirrorsOf, folder: string): Promise<Check> {
  const free = await freeBytes(folder);
  const found = `${count(mirrors, 'mirror')} with ${showBytes(bytes)} in ${folder}, which has ${showBytes(free)} free`;
  if (free >= LITTLE) return ok('disk', found);
  return warning('disk', `${found}.`, 'Free space there, or let DOI_MIRRORS name a folder on a larger disk.');
}

/** Of the folder, or of the one above where it is not made yet. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    if (!isGone(error) || dirname(folder) === folder) throw error;
    return freeBytes(dirname(folder));
  }
}

function judgeContacts({ neverReached, failing, overdue }: MirrorsOf, deps: MirrorsDeps): Check[] {
  const { host, fetchMs } = deps;
  const checks: Check[] = [];
  const worker = `Make sure that a worker runs on ${host}: "doi host list" shows its last heartbeat.`;
  if (neverReached.count > 0)
    checks.push(warning('never reached', `${showSome(neverReached)} were never fetched.`, worker));
  if (failing.count > 0) {
    const remedy = 'See "doi why" for each; docs/errors.md explains each code.';
    checks.push(problem('failing', `The last contact failed of ${showSome(failing)}.`, remedy));
  }
  if (overdue.count > 0) {
    const limit = `2 × DOI_FETCH_SECONDS (${(2 * fetchMs) / 1000} s)`;
    const remedy = `${worker} If it does, raise DOI_FETCH_SECONDS or DOI_FETCH_CONCURRENCY.`;
    checks.push(warning('overdue', `Not reached within ${limit}: ${showSome(overdue)}.`, remedy));
  }
  if (checks.length > 0) return checks;
  return [
    ok('contacts', `each remote was reached within ${(2 * fetchMs) / 1000} s, or its server has a problem`),
  ];
}

function showSome({ count: all, slugs }: Some): string {
  const [first = '', second = '', third = ''] = slugs;
  const shown = [first, second, third].filter((slug) => slug !== '');
  return all <= 3 ? shown.join(', ') : `${shown.join(', ')} and ${all - 3} more`;
}

async function tryServers(
  samples: readonly ServerSample[],
  tryRemote: TryRemote,
  report: Report,
): Promise<void> {
  const limit = pLimit(MOST_TRIED.atOnce);
  const tried = samples.slice(0, MOST_TRIED.all);
  const checks = await Promise.all(tried.map((one) => limit(() => tryServer(one, tryRemote))));
  const answering = tried.filter((_, index) => checks[index] === undefined).map(({ server }) => server);
  if (answering.length > 0)
    report(
      ok(
        'servers',
        `${count(answering.length, 'server answers', 'servers answer')}: ${listFew(answering, 6)}`,
      ),
    );
  for (const check of checks) if (check !== undefined) report(check);
}

/** @returns undefined where the server answers */
async function tryServer({ server, url }: ServerSample, tryRemote: TryRemote): Promise<Check | undefined> {
  try {
    await tryRemote(url);
    return undefined;
  } catch (error) {
    // It answers; which branch is missing is the problem of that one repository.
    if (error instanceof DoiError && error.code === 'branch_missing') return undefined;
    const { found, remedy } = brokenCheck('server', error);
    const command = `As the user of the worker: "git ls-remote ${quoteForShell(url)}".`;
    return problem('server', `${server || url}: ${found}`, `${remedy} ${command}`);
  }
}

const UNITS = ['kB', 'MB', 'GB', 'TB'];

function showBytes(bytes: number): string {
  let [value, unit] = [bytes, 'B'];
  for (const next of UNITS) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return `${value < 10 && unit !== 'B' ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
