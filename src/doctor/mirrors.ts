/** Checks the mirrors of this host: whether servers answer it, whether remotes are reached in time, and the disk. */
import { existsSync } from 'node:fs';
import { mkdtemp, rmdir, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pLimit from 'p-limit';
import { dropCredentials } from '../domain/drop-credentials.js';
import { DoiError } from '../domain/errors.js';
import { count, quoteForShell } from '../domain/text.js';
import { RemoteError } from '../git/remote/remote-error.js';
import { errnoOf, isGone } from '../platform/file-errors.js';
import type { Sql } from '../platform/postgres/sql.js';
import { findProgram } from '../platform/process/find-program.js';
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
  /** Where programs are found, as in PATH. */
  readonly searchPath: string;
  /** Without it no server is tried. */
  readonly tryRemote?: TryRemote | undefined;
}

/** As many servers are tried, and so many at a time. */
const MOST_TRIED = { all: 40, atOnce: 4 };
/** With less than this a fetch may fail. In bytes. */
const LITTLE = 2 ** 30;

/** Reports nothing where no host has a problem with a server and this host keeps no mirrors. */
export async function examineMirrors(deps: MirrorsDeps, report: Report): Promise<void> {
  const { sql, host, mirrorsDir, fetchMs, searchPath } = deps;
  for (const one of await readServerProblems(sql)) report(describeProblem(one));
  const kept = await describeMirrors(sql, host, 2 * fetchMs);
  if (kept.count + kept.archived === 0) return;
  await runCheck(report, 'disk', () => judgeDisk(kept, mirrorsDir));
  if (kept.count === 0) return;
  await runCheck(report, 'folder', () => tryFolder(mirrorsDir));
  await runCheck(report, 'limits', () => judgeLimits(searchPath));
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

async function judgeDisk({ count: active, archived, bytes }: MirrorsOf, folder: string): Promise<Check> {
  const free = await freeBytes(folder);
  const ofThem = archived === 0 ? '' : ` (${archived} of archived repositories)`;
  const found = `${count(active + archived, 'mirror')}${ofThem} with ${showBytes(bytes)} in ${folder}, which has ${showBytes(free)} free`;
  if (free >= LITTLE) return ok('disk', found);
  const remedy = 'Free space there, or let DOI_MIRRORS name a folder on a larger disk.';
  const unneeded =
    archived === 0 ? '' : ' "doi unregister" also removes the mirror of an archived repository.';
  return warning('disk', `${found}.`, `${remedy}${unneeded}`);
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

/** Tries whether this user can make a folder for a mirror: there, or in the folder above where it is not made yet. */
async function tryFolder(folder: string): Promise<Check> {
  const name = 'folder';
  try {
    const own = await makeWithin(folder);
    await rmdir(own);
    return ok(name, `${folder} can be written`);
  } catch (error) {
    const found = `${folder} cannot be written (${errnoOf(error) ?? String(error)}), so no mirror can be fetched.`;
    const remedy =
      'Let the user of the worker write there, or let DOI_MIRRORS name a folder where it may. ' +
      'A unit with ProtectSystem=strict also needs it in ReadWritePaths or StateDirectory.';
    return problem(name, found, remedy);
  }
}

/** Makes a folder with a new name. @returns its path */
async function makeWithin(folder: string): Promise<string> {
  try {
    return await mkdtemp(join(folder, '.doi-doctor-'));
  } catch (error) {
    if (!isGone(error) || existsSync(folder)) throw error;
    return makeWithin(dirname(folder));
  }
}

function judgeLimits(searchPath: string): Check {
  const name = 'limits';
  if (findProgram('prlimit', searchPath) !== undefined)
    return ok(name, 'prlimit limits what a remote may send');
  const found = 'prlimit is not on the PATH: nothing limits the size of what a remote sends.';
  return warning(name, found, 'Install it: it is part of util-linux.');
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
  const ends = await Promise.all(tried.map((one) => limit(() => tryServer(one, tryRemote))));
  const answering = ends.filter(({ answers }) => answers).map(({ server }) => server);
  if (answering.length > 0)
    report(
      ok(
        'servers',
        `${count(answering.length, 'server answers', 'servers answer')}: ${listFew(answering, 6)}`,
      ),
    );
  for (const { check } of ends) if (check !== undefined) report(check);
}

/** How one server answered. */
interface Tried {
  readonly server: string;
  readonly answers: boolean;
  readonly check?: Check;
}

async function tryServer(sample: ServerSample, tryRemote: TryRemote): Promise<Tried> {
  const { server, slug } = sample;
  try {
    await tryRemote(sample.url);
    return { server, answers: true };
  } catch (error) {
    const code = error instanceof DoiError ? error.code : undefined;
    // It answers; which branch is missing, the last contact of that one repository says.
    if (code === 'branch_missing') return { server, answers: true };
    const { found, remedy } = brokenCheck('server', error);
    // A hub may have stored the address with a password.
    const url = dropCredentials(sample.url);
    const command =
      url === undefined ? '' : ` As the user of the worker: "git ls-remote ${quoteForShell(url)}".`;
    // One repository that is refused or broken may be the whole server: the command shows that.
    const isServers =
      code === 'remote_denied' ||
      code === 'remote_unreachable' ||
      (error instanceof RemoteError && error.isServers);
    const check = isServers
      ? problem('server', `${server || slug}: ${found}`, `${remedy}${command}`)
      : problem('repository', `${slug}: ${found}`, `${remedy}${command}`);
    return { server, answers: !isServers && error instanceof RemoteError, check };
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
