/** Checks this host: isolation of subprocesses, file events, open files, the temporary folder. */
import { watch } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Environment, probeIsolation } from '../checker/isolation.js';
import type { IsolationLevel } from '../domain/isolation.js';
import { count } from '../domain/text.js';
import { MOST_FOLDERS } from '../inputs/probe/find-folders.js';
import { errnoOf, isGone } from '../platform/file-errors.js';
import { type Check, ok, problem, type Report, runCheck, warning } from './check.js';

export interface HostDeps {
  readonly environment: Environment;
  /** How many checkouts a worker watches here; undefined where the registry could not be read. */
  readonly checkouts: number | undefined;
  /** The folder with the kernel's limits; tests pass another. */
  readonly proc?: string;
}

export async function examineHost(deps: HostDeps, report: Report): Promise<void> {
  await runCheck(report, 'isolation', async () =>
    judgeIsolation((await probeIsolation(deps.environment)).level),
  );
  await runCheck(report, 'file events', () => judgeFileEvents(deps));
  await runCheck(report, 'open files', () => judgeOpenFiles(deps.proc));
  await runCheck(report, 'temporary folder', () => tryTemporaryFolder(tmpdir()));
}

const WEAKER: Readonly<Record<Exclude<IsolationLevel, 'namespaces'>, string>> = {
  'pid-namespace': 'a checker sees the other processes and their arguments in /proc',
  'death-signal':
    'when a worker is killed its checker ends, but processes that the checker started may go on',
  timeout: "when a worker is killed its checker goes on until 5 s after the check's time-out",
  none: 'when a worker is killed nothing ends its checker',
};

export function judgeIsolation(level: IsolationLevel): Check {
  if (level === 'namespaces')
    return ok(
      'isolation',
      'namespaces: no process of a checker outlives its check, and a checker sees no other process',
    );
  const install =
    level === 'death-signal' ? '' : 'Install setpriv and unshare (util-linux; timeout is of coreutils). ';
  const remedy =
    `${install}Allow user namespaces: kernel.unprivileged_userns_clone=1 (Debian), ` +
    'kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces above 0, ' +
    'no RestrictNamespaces in the unit; in a container its runtime has to allow unshare.';
  return warning('isolation', `${level}: ${WEAKER[level]}.`, remedy);
}

/** Compares the kernel's limits with the need, and tries whether the kernel gives one more watch now. */
async function judgeFileEvents({ checkouts, proc = '/proc' }: HostDeps): Promise<Check> {
  const name = 'file events';
  const found = await readLimits(`${proc}/sys/fs/inotify`);
  if (found === undefined) {
    const remedy = 'Nothing; edits may be noticed only by the next pass of the watch (DOI_WATCH_SECONDS).';
    return warning(name, 'This system does not say how many files may be watched.', remedy);
  }
  const { watches, instances } = found;
  const limits = `max_user_watches ${watches}, max_user_instances ${instances}`;
  const needed = (checkouts ?? 0) * MOST_FOLDERS;
  const need =
    checkouts === undefined
      ? ''
      : `; ${count(checkouts, 'checkout')} here need up to ${needed} watches a worker`;
  const refused = tryToWatch(tmpdir());
  if (refused === 'EMFILE') {
    const shown = `${limits}: no instance is left, so edits are noticed only by the next pass of the watch.`;
    return warning(name, shown, raise('max_user_instances', Math.max(1024, instances * 2)));
  }
  if (refused === 'ENOSPC' || needed > watches) {
    const shown = `${limits}${need}: too few, so some edits are noticed only by the next pass of the watch.`;
    return warning(name, shown, raise('max_user_watches', Math.max(524_288, watches * 2, needed * 4)));
  }
  return ok(name, `${limits}${need}`);
}

/** @returns undefined where the system has no such limits */
async function readLimits(folder: string): Promise<{ watches: number; instances: number } | undefined> {
  const read = async (limit: string) => Number(await readFile(`${folder}/${limit}`, 'utf8'));
  try {
    return { watches: await read('max_user_watches'), instances: await read('max_user_instances') };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function raise(limit: string, to: number): string {
  const line = `fs.inotify.${limit}=${to}`;
  return `Run "sysctl -w ${line}", and write that line into /etc/sysctl.d/doi-worker.conf to keep it.`;
}

/** @returns the system's name of the error; undefined where the kernel gave a watch */
function tryToWatch(folder: string): string | undefined {
  try {
    watch(folder, { persistent: false }).close();
    return undefined;
  } catch (error) {
    return errnoOf(error);
  }
}

const FEW_FILES = 1024;

async function judgeOpenFiles(proc = '/proc'): Promise<Check> {
  const name = 'open files';
  const text = await readFile(`${proc}/self/limits`, 'utf8').catch((error: unknown) => {
    if (isGone(error)) return '';
    throw error;
  });
  const limit = /^Max open files +(\S+)/m.exec(text)?.[1];
  if (limit === undefined) return ok(name, 'this system does not say how many');
  if (limit === 'unlimited' || Number(limit) >= FEW_FILES) return ok(name, `up to ${limit} a process`);
  const remedy = `Raise it: "ulimit -n 4096" in the shell, LimitNOFILE=4096 in a systemd unit.`;
  return warning(name, `Only ${limit} a process.`, remedy);
}

export async function tryTemporaryFolder(folder: string): Promise<Check> {
  const name = 'temporary folder';
  try {
    const own = await mkdtemp(join(folder, 'doi-doctor-'));
    try {
      await writeFile(join(own, 'one'), 'x');
    } finally {
      await rm(own, { recursive: true, force: true });
    }
    return ok(name, `${folder} can be written`);
  } catch (error) {
    const found = `${folder} cannot be written (${errnoOf(error) ?? String(error)}), so no canary can run: a broken checker would be taken for broken repositories.`;
    return problem(name, found, 'Let this user write there, or set TMPDIR to a folder where it may.');
  }
}
