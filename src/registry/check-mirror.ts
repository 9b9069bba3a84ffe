/** Checks a remote of which a mirror is to be registered: its address, its branch, and what a person named it. */
import { isBranchName } from '../domain/branch-name.js';
import { dropCredentials } from '../domain/drop-credentials.js';
import { DoiError } from '../domain/errors.js';
import { serverOf } from '../domain/remote-server.js';
import { normalizeRemote, remoteKey } from './normalize-remote.js';
import { requireDomainSlug, requireSlug } from './slug.js';

/** A remote of which this host is to keep a mirror. */
export interface MirrorToRegister {
  /** Without user info, but for the user of ssh. */
  readonly remoteUrl: string;
  /** The name of the repository, from which its slug is made. */
  readonly name: string;
  /** Of a mirror of this host that is registered: it gets this address. Otherwise the slug of a new one. */
  readonly slug?: string | undefined;
  readonly domain?: string | undefined;
  /** The branch to judge; `HEAD` for the remote's default branch, which is that of a new one where this is undefined. */
  readonly branch?: string | undefined;
  /** The forge that listed it, as `doi_source` names it, and the forge's id of it. */
  readonly forge?: string | undefined;
  readonly forgeId?: string | undefined;
}

export interface CheckedMirror extends Omit<MirrorToRegister, 'branch'> {
  readonly key: string;
  readonly server: string;
  /** Null for the remote's default branch, undefined where none was named. */
  readonly branch: string | null | undefined;
}

/** @throws {DoiError} `bad_request`, `bad_slug` */
export function checkMirror(mirror: MirrorToRegister): CheckedMirror {
  const remoteUrl = dropCredentials(mirror.remoteUrl);
  const key = mirrorKey(mirror.remoteUrl);
  const server = remoteUrl === undefined ? undefined : serverOf(remoteUrl);
  if (key === undefined || remoteUrl === undefined || server === undefined) {
    const made = normalizeRemote(mirror.remoteUrl);
    const why = made.ok || key !== undefined ? 'it may hold a credential' : made.reason;
    const remedy =
      'Give one such as https://git.example.org/team/widget.git or git@git.example.org:team/widget.';
    throw new DoiError('bad_request', `This remote cannot have a mirror: ${why}.`, remedy);
  }
  if (mirror.domain !== undefined) requireDomainSlug(mirror.domain);
  if (mirror.slug !== undefined) requireSlug(mirror.slug);
  const branch = mirror.branch === undefined ? undefined : requireBranch(mirror.branch);
  return { ...mirror, remoteUrl, key, server, branch };
}

/** The key of a remote; a file URL names no host, and its path is its key. */
export function mirrorKey(remote: string | null): string | undefined {
  const path = /^file:\/\/(\/.*?)\/*$/i.exec(remote ?? '')?.[1];
  return path === undefined ? remoteKey(remote) : `file${path}`;
}

/** The branch that a person named; null for `HEAD`, which is the default branch. @throws {DoiError} `bad_request` */
export function requireBranch(branch: string): string | null {
  if (branch === 'HEAD') return null;
  if (isBranchName(branch)) return branch;
  const found = `${JSON.stringify(branch.slice(0, 120))} is not the name of a branch.`;
  throw new DoiError('bad_request', found, 'Give one as "git branch" lists it, such as main.');
}
