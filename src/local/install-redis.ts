/** Finds a Redis server on this machine. Run by root on a Debian-like system, it installs the package, and logs that. */
import { execFile } from 'node:child_process';
import { chmod, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DoiError } from '../domain/errors.js';
import type { Log } from '../platform/log.js';
import { findProgram } from '../platform/process/find-program.js';

const SERVERS = ['redis-server', 'valkey-server'];
const INSTALL_LIMIT_MS = 300_000;
const POLICY_FILE = '/usr/sbin/policy-rc.d';
const run = promisify(execFile);

/** What decides how a missing server can be installed; tests pass their own. */
export interface Machine {
  readonly path: string;
  readonly isRoot: boolean;
  readonly platform: NodeJS.Platform;
}

export function thisMachine(): Machine {
  return {
    path: process.env['PATH'] ?? '',
    isRoot: process.getuid?.() === 0,
    platform: process.platform,
  };
}

/**
 * The path of `redis-server` or `valkey-server`, which is installed first if it is missing and this user may install it.
 * @throws {DoiError} `services_missing`, with the command that installs one on this system
 */
export async function requireRedisServer(log?: Log, machine: Machine = thisMachine()): Promise<string> {
  const found = findRedisServer(machine.path);
  if (found !== undefined) return found;
  const command = installCommand(machine);
  if (!machine.isRoot || !command.startsWith('apt-get')) throw missing(command);
  log?.warn('There is no redis-server on this machine: installing the package with apt-get …');
  try {
    await installWithApt();
  } catch (cause) {
    throw missing(command, { cause });
  }
  const installed = findRedisServer(machine.path);
  if (installed === undefined) throw missing(command);
  return installed;
}

/** Searches a PATH for Redis, then for Valkey. */
export function findRedisServer(path: string): string | undefined {
  return SERVERS.map((name) => findProgram(name, path)).find((file) => file !== undefined);
}

/** The command of each package manager; the first one on the PATH is used. */
const COMMANDS: readonly (readonly [program: string, command: string])[] = [
  ['apt-get', 'apt-get update && apt-get install -y --no-install-recommends redis-server'],
  ['dnf', 'dnf install -y valkey'],
  ['apk', 'apk add redis'],
  ['pacman', 'pacman -S --noconfirm valkey'],
  ['zypper', 'zypper install -y redis'],
  ['brew', 'brew install redis'],
];

function installCommand({ path, isRoot, platform }: Machine): string {
  for (const [program, command] of COMMANDS) {
    if (findProgram(program, path) === undefined) continue;
    const needsRoot = program !== 'brew' && !isRoot;
    return needsRoot ? command.replaceAll(/(^|&& )/g, '$1sudo ') : command;
  }
  return platform === 'darwin' ? 'brew install redis' : '';
}

function missing(command: string, options?: ErrorOptions): DoiError {
  const how =
    command === ''
      ? 'Install redis-server or valkey-server with your package manager'
      : `Run "${command}" and start again`;
  const found = 'Neither redis-server nor valkey-server is on the PATH.';
  return new DoiError('services_missing', found, `${how}, or set REDIS_URL to a running Redis.`, options);
}

async function installWithApt(): Promise<void> {
  const restore = await forbidServiceStart();
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    timeout: INSTALL_LIMIT_MS,
    maxBuffer: 64 * 1024 * 1024,
  };
  const install = (name: string) =>
    run(
      'apt-get',
      ['-o', 'DPkg::Lock::Timeout=120', 'install', '-y', '--no-install-recommends', name],
      options,
    );
  try {
    await run('apt-get', ['update'], options);
    // A Debian-like system has one of the two packages, or both.
    await install('redis-server').catch(() => install('valkey-server'));
  } finally {
    await restore();
  }
}

/**
 * Prevents Debian from starting the packaged service, which would take the standard port: `npm start` runs its own server.
 * @returns a function that restores the policy that was there
 */
async function forbidServiceStart(): Promise<() => Promise<void>> {
  const kept = `${POLICY_FILE}.kept-by-doi-worker`;
  const had = await rename(POLICY_FILE, kept).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return false;
      throw error;
    },
  );
  const text = '#!/bin/sh\nexit 101\n';
  await writeFile(POLICY_FILE, text);
  await chmod(POLICY_FILE, 0o755);
  return async () => {
    if (had) await rename(kept, POLICY_FILE);
    else if ((await readFile(POLICY_FILE, 'utf8')) === text) await rm(POLICY_FILE);
  };
}
