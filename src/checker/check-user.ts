/** Finds the user as whom a worker that is root starts the programs that work on a checkout. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { bytePath } from '../checkout/byte-path.js';
import { type Owner, resolveRoot } from '../checkout/resolve-root.js';
import { FOREIGN_LINK } from '../domain/checkout-version.js';
import { DoiError } from '../domain/errors.js';
import { withFileErrors } from '../platform/file-errors.js';

/** A user of this system. */
export interface CheckUser extends Owner {
  /** Whether the system has an account of this user, and so knows its groups. */
  readonly isKnown: boolean;
}

/** A user, and the user's home folder. */
export interface CheckAccount extends CheckUser {
  readonly home: string;
}

const run = promisify(execFile);
const accounts = new Map<string, Promise<CheckAccount | undefined>>();

/**
 * The user as whom to start programs for a checkout: the one that the operator named, else the folder's owner.
 * @param folder without `owner`, this function reads the owner of the folder
 * @param named a user's name or number, from DOI_CHECK_USER
 * @returns undefined for this process's own user, as always where this process is not root
 * @throws {DoiError} `bad_configuration` where no user has that name; `file_unreadable` where the folder is not there
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
 * Makes sure that this process can start programs as the user that the operator named.
 * @throws {DoiError} `bad_configuration` where they cannot
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
    throw new DoiError(
      'file_unreadable',
      `${path} ${found}.`,
      'A worker tries again by itself, "doi check" does not.',
    );
  }
  return { uid: Number(root.stat.uid), gid: Number(root.stat.gid) };
}

async function findNamed(name: string): Promise<CheckAccount> {
  const account = await findAccount(name);
  if (account !== undefined) return account;
  const found = `DOI_CHECK_USER names ${name}, and there is no such user here.`;
  throw new DoiError('bad_configuration', found, 'Name a user of this system, or leave it out.');
}

/** Runs `getent`, since users need not stand in a file: they may come from a directory in the network. */
function findAccount(key: string): Promise<CheckAccount | undefined> {
  const known = accounts.get(key);
  if (known !== undefined) return known;
  const found = run('getent', ['passwd', key], { timeout: 5_000 }).then(
    ({ stdout }) => {
      const [, , uid, gid, , home] = stdout.trimEnd().split(':');
      return { uid: Number(uid), gid: Number(gid), isKnown: true, home: home || '/' };
    },
    () => {
      // Not kept: the user may be added later, or the directory was out of reach.
      accounts.delete(key);
      return undefined;
    },
  );
  accounts.set(key, found);
  return found;
}
