/**
 * Finds the strongest way in which this host can start a program. Promise: as far as the host allows (`level`), no process
 * of a check outlives it, and a program gets no rights of this process. At every level, its environment holds no secret.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import type { IsolationLevel } from '../domain/isolation.js';
import { errnoOf } from '../platform/file-errors.js';
import { PROGRAM_VARIABLES } from '../platform/process/hide-environment.js';
import type { CheckUser } from './check-user.js';

export interface Isolation {
  readonly level: IsolationLevel;
  /**
   * What stands before the argument vector. At level `timeout` {@link isolate} adds the seconds; {@link AS_USER} stands for
   * the arguments of `setpriv` that change the user.
   */
  readonly prefix: readonly string[];
  /** What stands after the prefix for a program that must not be the first process of its namespace. */
  readonly init?: readonly string[];
}

export const NO_ISOLATION: Isolation = { level: 'none', prefix: [] };

/** The place in a prefix where the user is changed; where a prefix lacks it, `runSubprocess` changes the user itself. */
export const AS_USER = '\0user';

const DEATH_SIGNAL = ['setpriv', '--no-new-privs', '--pdeathsig', 'KILL'];
// A capability that is not inheritable is gone once a program runs as another user than root.
const NO_INHERITED = '--inh-caps=-all';
// Programs of root get every capability in this set, and so does root in a namespace of its own.
const NO_BOUNDING = '--bounding-set=-all';
// Changing the user clears the death signal, so it is set again.
const NO_CAPABILITIES = ['setpriv', NO_INHERITED, NO_BOUNDING, '--pdeathsig', 'KILL'];
const UNSHARE = ['--pid', '--fork', '--kill-child=KILL'];
const USERS = ['--user', '--map-root-user', ...UNSHARE];
const OWN_PROC = '--mount-proc';
// A first process that only waits: the kernel keeps TERM from the first process of a namespace, so the program must not be
// that. Its own time limit is off, and it stays in the process group.
const INIT = ['timeout', '--foreground', '0'];
const TIMEOUT: Isolation = { level: 'timeout', prefix: ['timeout', '-k', '5'] };

/**
 * Tries the ways in order, the strongest first, by running `true` with each.
 * @param environment of this process; programs get the variables that {@link childEnvironment} keeps
 */
export async function probeIsolation(environment: Environment): Promise<Isolation> {
  return (await findFirst(candidates(), environment)) ?? NO_ISOLATION;
}

/**
 * The isolation for a program that is not the repository's and starts no further program: the same without namespaces, which
 * take longer to make than the program runs. The death signal is enough to let none outlive this process.
 * @param isolation what {@link probeIsolation} found
 */
export async function withoutNamespaces(isolation: Isolation, environment: Environment): Promise<Isolation> {
  if (isolation.level !== 'namespaces' && isolation.level !== 'pid-namespace') return isolation;
  const lighter = candidates().filter(({ level }) => level === 'death-signal');
  return (await findFirst(lighter, environment)) ?? isolation;
}

async function findFirst(
  among: readonly Isolation[],
  environment: Environment,
): Promise<Isolation | undefined> {
  for (const candidate of among) {
    if (await works(isolate(candidate, ['true'], { seconds: 5 }), environment)) return candidate;
  }
  return undefined;
}

function candidates(): Isolation[] {
  const isRoot = process.getuid?.() === 0;
  const asUser = isRoot ? [AS_USER] : [];
  // Root needs no user namespace (`within`). Inside of one it could not change the user, so `before` does that earlier.
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

/** What the prefix of a program depends on besides the isolation. */
interface IsolateOptions {
  /** The time limit at level `timeout`. */
  readonly seconds: number;
  readonly mayBeFirst?: boolean | undefined;
  readonly user?: CheckUser | undefined;
}

/** The argument vector with the isolation's prefix before it. */
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
    // The program is not installed, or this user may not run it: the caller tries the next way.
    if (['ENOENT', 'EACCES', 'EPERM'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variables of an environment that a started program gets: a short list, so that it gets no secret. */
export function childEnvironment(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && PROGRAM_VARIABLES.test(name) ? [[name, value]] : [],
    ),
  );
}
