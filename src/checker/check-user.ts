/** Finds the user as which root starts the programs that work on a checkout. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bytePath } from '../checkout/byte-path.js';
import { type Owner, resolveRoot } from '../checkout/resolve-root.js';
import { FOREIGN_LINK } from '../domain/checkout-version.js';
import { DoiError } from '../domain/errors.js';
import { withFileErrors } from '../platform/file-errors.js';

/** A user of this system. */
export interface CheckUser extends Owner {
  /** Whether the system has an account for the user, and so knows its groups. */
  readonly isKnown: boolean;
}

/** The same with the user's home folder. */
export interface CheckAccount extends CheckUser {
  readonly home: string;
}

const run = promisify(execFile);
const accounts = new Map<string, Promise<CheckAccount | undefined>>();

/**
 * The user that programs for a checkout run as: the one that the operator has named, else the folder's owner.
 * @param folder without `owner`, this reads it
 * @param named a user's name or number, of DOI_CHECK_USER
 * @returns undefined for this process's own user; without being root there is no other
 * @throws {DoiError} `bad_configuration` for an unknown user; `file_unreadable` if the folder is missing
 */
export async function findCheckUser(
  folder: { readonly path: string; readonly owner?: Owner | null | undefined },
  named?: string,
): Promise<CheckAccount | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const account =
    named === undefined
      ? await findOwnersAccount(folder.owner ?? findOwner(folder.path))
      : await findNamed(named);
  return account.uid === 0 ? undefined : account;
}

/**
 * Checks that programs can be started as the user that the operator has named.
 * @throws {DoiError} `bad_configuration` if they cannot
 */
export async function requireCheckUser(named: string | undefined): Promise<void> {
  if (named === undefined) return;
  if (process.getuid?.() === 0) await findNamed(named);
  else {
    const found = 'DOI_CHECK_USER is set, and only root can start programs as another user.';
    throw new DoiError('bad_configuration', found, 'Leave it out, or start the worker as root.');
  }
}

async function findOwnersAccount({ uid, gid }: Owner): Promise<CheckAccount> {
  return (await findAccount(String(uid))) ?? { uid, gid, isKnown: false, home: '/' };
}

function findOwner(path: string): Owner {
  const root = withFileErrors('The checkout', () => resolveRoot(bytePath(path)));
  if (root.state !== 'found') {
    const found = root.state === 'absent' ? 'is not there any more' : FOREIGN_LINK;
    throw new DoiError('file_unreadable', `${path} ${found}.`, 'The worker tries again by itself.');
  }
  return { uid: Number(root.stat.uid), gid: Number(root.stat.gid) };
}

async function findNamed(name: string): Promise<CheckAccount> {
  const account = await findAccount(name);
  if (account !== undefined) return account;
  const found = `DOI_CHECK_USER names ${name}, and there is no such user here.`;
  throw new DoiError('bad_configuration', found, 'Name a user of this system, or leave it out.');
}

/** By the system's command and not from a file, because users may come from a directory. */
function findAccount(key: string): Promise<CheckAccount | undefined> {
  const known = accounts.get(key);
  if (known !== undefined) return known;
  const asked = run('getent', ['passwd', key], { timeout: 5_000 }).then(
    ({ stdout }) => {
      const [, , uid, gid, , home] = stdout.trimEnd().split(':');
      return { uid: Number(uid), gid: Number(gid), isKnown: true, home: home || '/' };
    },
    () => {
      // Not cached: the user may be created meanwhile, or the directory was unavailable.
      accounts.delete(key);
      return undefined;
    },
  );
  accounts.set(key, asked);
  return asked;
}
