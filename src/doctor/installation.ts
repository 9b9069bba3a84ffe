/** Checks the installation: releases, settings, the update command, the data of `npm start`. */
import { readFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { arch, release, type } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findUpdateCommand } from '../checker/run-update.js';
import { isAtLeast } from '../domain/release.js';
import { type Config, VARIABLES } from '../platform/config.js';
import { packageRoot, readRelease } from '../platform/process/package-root.js';
import { brokenCheck, type Check, listFew, ok, problem, type Report, runCheck, warning } from './check.js';

/** The servers of an `npm start` that commands use. */
export interface LocalStart {
  readonly pid: number;
  readonly dataDir: string;
}

export interface InstallationDeps {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The configuration, or why there is none. */
  readonly config: Config | { readonly broken: unknown };
  /** Undefined where no `npm start` runs, or none is needed. */
  readonly start: LocalStart | undefined;
}

export async function examineInstallation(deps: InstallationDeps, report: Report): Promise<void> {
  const { environment, config, start } = deps;
  await runCheck(report, 'release', () => {
    const { version, criteriaDigest } = readRelease();
    return ok('release', `doi-worker ${version}, criteria ${criteriaDigest}`);
  });
  await runCheck(report, 'Node.js', () => judgeNode(process.versions.node, readEngine()));
  report(judgeSystem());
  report(
    'broken' in config ? brokenCheck('settings', config.broken) : ok('settings', listSettings(environment)),
  );
  const unknown = Object.keys(environment).filter((name) => /^DOI_/.test(name) && !VARIABLES.includes(name));
  if (unknown.length > 0) {
    const remedy = 'Correct the name, or remove the variable; docs/operations.md lists all settings.';
    report(warning('unknown settings', `${listFew(unknown.sort())}: no setting has this name.`, remedy));
  }
  if ('broken' in config) return;
  const { updateCommand, searchPath } = config;
  if (updateCommand !== undefined) {
    await runCheck(report, 'update command', () => {
      const { program } = findUpdateCommand(updateCommand, searchPath);
      return ok('update command', `${program} exists; a worker runs it in checkouts that are behind a push`);
    });
  }
  if (start !== undefined) await runCheck(report, 'npm start', () => judgeStart(start));
}

const engines = z.object({ engines: z.object({ node: z.string() }) });

/** The oldest Node that package.json allows. */
function readEngine(): string {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return engines.parse(JSON.parse(text)).engines.node.replace(/^[^\d]*/, '');
}

export function judgeNode(found: string, oldest: string): Check {
  if (isAtLeast(found, oldest)) return ok('Node.js', `${found} (${oldest} or later is needed)`);
  return problem('Node.js', `${found}, which is too old.`, `Install Node.js ${oldest} or later.`);
}

function judgeSystem(): Check {
  const found = `${type()} ${release()} (${arch()})`;
  if (type() === 'Linux') return ok('system', found);
  return warning('system', found, 'doi-worker is tested on Linux only; run it there if possible.');
}

/** Only the names of the settings: a value may be a secret. */
function listSettings(environment: InstallationDeps['environment']): string {
  const set = VARIABLES.filter((name) => environment[name]);
  return set.length === 0 ? 'all at their defaults' : `${set.join(', ')} given; the others at their defaults`;
}

const LITTLE = 512 * 1024 * 1024;

async function judgeStart({ pid, dataDir }: LocalStart): Promise<Check> {
  const { bavail, bsize } = await statfs(dataDir);
  const found = `process ${pid} runs, with its data in ${dataDir} (${((bavail * bsize) / 2 ** 30).toFixed(1)} GiB free)`;
  if (bavail * bsize >= LITTLE) return ok('npm start', found);
  return warning(
    'npm start',
    `${found}: too little.`,
    'Free some space there; PostgreSQL accepts no writes on a full disk.',
  );
}
