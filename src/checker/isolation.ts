/** Finds the strongest isolation on this host: no process outlives its check, and none gets this process's rights. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { IsolationLevel } from '../domain/isolation.js';
import { errnoOf } from '../platform/file-errors.js';
import type { CheckUser } from './check-user.js';
import { childEnvironment, type Environment } from './child-environment.js';

export interface Isolation {
  readonly level: IsolationLevel;
  /**
   * The arguments before the program's. At level `timeout` the runner adds the seconds; {@link AS_USER} is replaced by the
   * arguments of `setpriv` that change the user.
   */
  readonly prefix: readonly string[];
  /** Further arguments for a program that must not be the first process of its namespace. */
  readonly init?: readonly string[];
}

export const NO_ISOLATION: Isolation = { level: 'none', prefix: [] };

/** The place where a prefix changes the user; without it, the runner changes the user itself. */
export const AS_USER = '\0user';

const DEATH_SIGNAL = ['setpriv', '--no-new-privs', '--pdeathsig', 'KILL'];
// A capability that is not inheritable is gone when a program runs that is not root's.
const NO_INHERITED = '--inh-caps=-all';
// Root's programs get all that are in this set, and so does root in a namespace of its own.
const NO_BOUNDING = '--bounding-set=-all';
// Changing the user takes the death signal away, so it is set again.
const NO_CAPABILITIES = ['setpriv', NO_INHERITED, NO_BOUNDING, '--pdeathsig', 'KILL'];
const UNSHARE = ['--pid', '--fork', '--kill-child=KILL'];
const USERS = ['--user', '--map-root-user', ...UNSHARE];
const OWN_PROC = '--mount-proc';
// A first process that only waits, because the kernel withholds TERM from the first process of a namespace. Its own limit
// is off, and it stays in the process group.
const INIT = ['timeout', '--foreground', '0'];
const TIMEOUT: Isolation = { level: 'timeout', prefix: ['timeout', '-k', '5'] };

/**
 * Tries the levels in order, by running `true` with each.
 * @param environment this process's; programs get the part that {@link childEnvironment} returns
 */
export async function probeIsolation(environment: Environment): Promise<Isolation> {
  for (const candidate of candidates()) {
    if (await works(isolate(candidate, ['true'], { seconds: 5 }), environment)) return candidate;
  }
  return NO_ISOLATION;
}

function candidates(): Isolation[] {
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? [AS_USER] : [];
  // Root needs no user namespace, and could not change to another user in one, so it changes before.
  const within = [...DEATH_SIGNAL, 'unshare', ...UNSHARE];
  const before = [...DEATH_SIGNAL, ...asUser, NO_INHERITED, 'unshare', ...USERS];
  const namespaces = (level: IsolationLevel, ...more: string[]): Isolation[] => {
    const prefixes = [
      ...(isRoot ? [[...within, ...more, ...NO_CAPABILITIES, AS_USER]] : []),
      [...before, ...more, ...NO_CAPABILITIES],
    ];
    return prefixes.flatMap((prefix) => [
      { level, prefix, init: INIT },
      { level, prefix, init: [] },
    ]);
  };
  const alone = [...DEATH_SIGNAL, NO_INHERITED, ...asUser];
  return [
    ...namespaces('namespaces', OWN_PROC),
    ...namespaces('pid-namespace'),
    ...(isRoot ? [{ level: 'death-signal', prefix: [...alone, NO_BOUNDING] } as const] : []),
    { level: 'death-signal', prefix: alone },
    TIMEOUT,
  ];
}

/** What a prefix depends on besides the isolation. */
interface IsolateOptions {
  /** After which the program is ended at level `timeout`. */
  readonly seconds: number;
  readonly mayBeFirst?: boolean | undefined;
  readonly user?: CheckUser | undefined;
}

/** An argument vector behind an isolation's prefix. */
export function isolate(isolation: Isolation, argv: readonly string[], options: IsolateOptions): string[] {
  const { level, prefix, init = [] } = isolation;
  const { seconds, mayBeFirst = false, user } = options;
  const change = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, groupsOf(user)];
  return [
    ...prefix.flatMap((text) => (text === AS_USER ? change : [text])),
    ...(level === 'timeout' ? [String(seconds)] : []),
    ...(mayBeFirst ? [] : init),
    ...argv,
  ];
}

function groupsOf({ isKnown }: CheckUser): string {
  return isKnown ? '--init-groups' : '--clear-groups';
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
    // Not installed, or not permitted: the next level is tried.
    if (['ENOENT', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
