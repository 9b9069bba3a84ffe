/** Finds the strongest way to start a program here so that nothing of it outlives its check, nor this process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { IsolationLevel } from '../../domain/isolation.js';
import { errnoOf } from '../probe/file-errors.js';
import { childEnvironment, type Environment } from './child-environment.js';

export interface Isolation {
  readonly level: IsolationLevel;
  /** What goes before the argument vector; at level `timeout` the runner adds the seconds. */
  readonly prefix: readonly string[];
  /** What goes behind it for a program that is not to be the first of its namespace. */
  readonly init?: readonly string[];
}

export const NO_ISOLATION: Isolation = { level: 'none', prefix: [] };

const DEATH_SIGNAL = ['setpriv', '--no-new-privs', '--pdeathsig', 'KILL'];
const USER = ['--user', '--map-root-user'];
const UNSHARE = ['--pid', '--fork', '--kill-child=KILL'];
// A first process that waits: the kernel would keep TERM from the program if it were the first of its namespace. Its own
// limit is off, and it stays in the process group.
const INIT = ['timeout', '--foreground', '0'];
const TIMEOUT: Isolation = { level: 'timeout', prefix: ['timeout', '-k', '5'] };

/**
 * Tries the ways in order, by running `true` with each.
 * @param environment this process's; of it programs get what {@link childEnvironment} lets through
 */
export async function probeIsolation(environment: Environment): Promise<Isolation> {
  for (const candidate of candidates()) {
    const seconds = candidate.level === 'timeout' ? ['5'] : [];
    const { prefix, init = [] } = candidate;
    if (await works([...prefix, ...seconds, ...init, 'true'], environment)) return candidate;
  }
  return NO_ISOLATION;
}

function candidates(): Isolation[] {
  const namespaces = (users: readonly string[], init: readonly string[]): Isolation => ({
    level: 'namespaces',
    prefix: [...DEATH_SIGNAL, 'unshare', ...users, ...UNSHARE],
    init,
  });
  const withUsers = [namespaces(USER, INIT), namespaces(USER, [])];
  // Root needs no user namespace, and in one it could not read the private files of others, which the probe does read.
  const asRoot = process.getuid?.() === 0 ? [namespaces([], INIT), namespaces([], [])] : [];
  return [...asRoot, ...withUsers, { level: 'death-signal', prefix: DEATH_SIGNAL }, TIMEOUT];
}

const TRY_MS = 5_000;

async function works(argv: readonly string[], environment: Environment): Promise<boolean> {
  const [program = '', ...args] = argv;
  const child = spawn(program, args, {
    stdio: 'ignore',
    env: childEnvironment(environment),
    detached: true,
    timeout: TRY_MS,
    killSignal: constants.signals.SIGKILL,
  });
  try {
    const [code] = await once(child, 'exit');
    return code === 0;
  } catch (error) {
    // Not installed, or not ours to run: then the next way is tried.
    if (['ENOENT', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
