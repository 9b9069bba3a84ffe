/** Chooses how root starts PostgreSQL, which refuses to run as root, without opening any folder to another user. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { DoiError } from '../domain/errors.js';
import { installation } from '../platform/process/installation.js';

export interface RunAs {
  /** Put before the program's argument vector. */
  readonly prefix: readonly string[];
  /** The user who must own the data; undefined where this process is not root and cannot choose. */
  readonly owner: Owner | undefined;
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);

/**
 * Chooses, for root, between two ways that both reach a checkout under /root (mode 700): a user namespace, in which root's
 * files belong to a user who is not root; and, where a container forbids that, another user with only the capability to
 * reach them. Any other user starts PostgreSQL directly.
 * @throws {DoiError} `services_missing` where root can do neither
 */
export async function chooseRunAs(): Promise<RunAs> {
  if (process.getuid?.() !== 0) return { prefix: [], owner: undefined };
  const other = findOtherUser(await readFile('/etc/passwd', 'utf8'));
  for (const way of [inNamespace(other), withCapability(other)]) {
    if (await works(way.prefix)) return way;
  }
  throw new DoiError(
    'services_missing',
    'PostgreSQL does not run as root, and root can neither make a user namespace here nor switch to another user.',
    `Run "${installation.startCommand}" as a user who is not root, install "unshare" and "setpriv" (util-linux), or set DATABASE_URL.`,
  );
}

/** A user other than root who has an entry in /etc/passwd: PostgreSQL needs its own user name. */
export function findOtherUser(passwd: string): Owner {
  return otherUsers(passwd)[0] ?? NO_USER;
}

/** All users that PostgreSQL may have run as when root started it, now or earlier. */
export async function serverUsers(): Promise<number[]> {
  if (process.getuid?.() !== 0) return [];
  const found = otherUsers(await readFile('/etc/passwd', 'utf8'));
  return [...found, NO_USER].map(({ uid }) => uid);
}

const NO_USER: Owner = { uid: 65_534, gid: 65_534 };

function otherUsers(passwd: string): Owner[] {
  const users = passwd
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(({ uid, gid }) => uid > 0 && gid > 0);
  const named = ['postgres', 'nobody'].flatMap((wanted) => users.find(({ name }) => name === wanted) ?? []);
  return [...named, ...users.slice(0, 1)].map(({ uid, gid }) => ({ uid, gid }));
}

/** A user namespace: inside it the user is not root; outside, the files belong to root. */
export function inNamespace({ uid, gid }: Owner): RunAs {
  const prefix = ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'];
  return { prefix, owner: { uid: 0, gid: 0 } };
}

/** Another user with the capability to enter folders that are closed to it. */
export function withCapability(owner: Owner): RunAs {
  const capabilities = '-all,+dac_override';
  const prefix = [
    'setpriv',
    // Without this, access(2), by which PostgreSQL finds its own binary, ignores the capability.
    '--securebits=+no_setuid_fixup',
    `--reuid=${owner.uid}`,
    `--regid=${owner.gid}`,
    '--clear-groups',
    `--inh-caps=${capabilities}`,
    `--ambient-caps=${capabilities}`,
    '--',
  ];
  return { prefix, owner };
}

async function works([program = '', ...args]: readonly string[]): Promise<boolean> {
  try {
    await run(program, [...args, 'true'], { timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}
