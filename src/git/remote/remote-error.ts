/** Words what keeps a remote from being read, and what to do about it. */

import { DoiError } from '../../domain/errors.js';
import { hideSecrets, safeText } from '../../domain/hide-secrets.js';
import type { RemoteCode, RemoteProblem } from './classify.js';
import type { RemoteUrl } from './parse-remote-url.js';
import { withoutNames } from './without-names.js';

/** A remote could not be read. */
export class RemoteError extends DoiError {
  /** Whether any other repository of that server would fail in the same way now. */
  readonly isServers: boolean;
  /** What the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The address in the message, which names one repository. */
  readonly url: string | undefined;

  constructor(
    problem: Omit<RemoteProblem, 'messages'> & { readonly url?: string },
    found: string,
    remedy: string,
  ) {
    super(problem.code, found, remedy);
    this.url = problem.url;
    this.isServers = problem.isServers;
    this.retryAfterMs = problem.retryAfterMs;
  }
}

const EXCERPT = 300;

const FOUND: Readonly<Record<RemoteCode, string>> = {
  remote_denied: 'refuses to let this user read it',
  remote_gone: 'has no such repository, or hides it from this user',
  remote_moved: 'redirects',
  remote_limited: 'limits how often this host may contact it',
  remote_unreachable: 'cannot be reached, or stopped answering',
  remote_too_large: 'sends more than a mirror may hold',
  remote_failed: 'cannot be fetched by git',
  branch_missing: 'does not have the branch',
};

const REMEDIES: Readonly<Record<RemoteCode, string>> = {
  remote_denied:
    'Let git of the user that runs the worker in: an ssh key without a passphrase or an agent (SSH_AUTH_SOCK), or a credential helper with a token; try `git ls-remote` as that user.',
  remote_gone:
    'Correct the address by `doi register URL --slug SLUG`, or end it by `doi unregister SLUG`; where it is private, give the user that runs the worker credentials that may read it.',
  remote_moved:
    'Store the address to which it moved by `doi register URL --slug SLUG`; where that is a login page, give git credentials.',
  remote_limited: 'Raise DOI_FETCH_SECONDS, or give git credentials for which the limit is higher.',
  remote_unreachable: 'See that the remote is up, and that this host reaches it: try `git ls-remote`.',
  remote_too_large: 'Make the repository smaller, or judge a checkout of it instead of a mirror.',
  remote_failed: 'Try `git ls-remote` as the user that runs the worker, and see what git says.',
  branch_missing: 'Push the branch, or name another one: `doi register URL --slug SLUG --branch NAME`.',
};

/** By the code and git's messages without names: remedies that name the one thing to do. */
const SPECIAL: readonly (readonly [RemoteCode, RegExp, string])[] = [
  [
    'remote_denied',
    /host key verification failed/i,
    "Add the key of the remote's server to ~/.ssh/known_hosts of the user that runs the worker, after comparing it: `ssh-keyscan HOST`.",
  ],
  [
    'remote_denied',
    /dubious ownership/i,
    'The folder belongs to another user: as the user that runs the worker, run `git config --global --add safe.directory FOLDER`.',
  ],
  [
    'remote_failed',
    /transport '' not allowed/i,
    'A setting of git (url.….insteadOf) leads to another protocol: register the address that is meant.',
  ],
  [
    'remote_unreachable',
    /certificate/i,
    "Give git the certificate of the remote's server: GIT_SSL_CAINFO or http.sslCAInfo.",
  ],
];

/** The error for a problem of a remote. */
export function remoteError(problem: RemoteProblem, remote: RemoteUrl): RemoteError {
  const status = problem.status !== undefined && problem.status !== 200 ? ` (HTTP ${problem.status})` : '';
  const where = problem.location === undefined ? '' : ` to ${placeOf(problem.location)}`;
  const printed = safeText(hideSecrets(problem.messages), EXCERPT);
  const said = printed === '' ? '' : ` git: ${printed.replaceAll('\n', ' ')}`;
  const found = `The remote ${remote.url} ${FOUND[problem.code]}${where}${status}.${said}`;
  const words = withoutNames(problem.messages);
  const special = SPECIAL.find(([code, pattern]) => code === problem.code && pattern.test(words))?.[2];
  return new RemoteError({ ...problem, url: remote.url }, found, special ?? REMEDIES[problem.code]);
}

/** The error for a remote whose branch is not there. @param found follows the address of the remote */
export function branchMissing(remote: RemoteUrl, found: string): RemoteError {
  const problem = { code: 'branch_missing', isServers: false } as const;
  return new RemoteError(problem, `The remote ${remote.url} ${found}.`, REMEDIES.branch_missing);
}

/** The server to which a redirect leads: nothing else of it is sure to be without secrets. */
function placeOf(location: string): string {
  if (!URL.canParse(location)) return 'an address that cannot be read';
  const { protocol, host } = new URL(location);
  return `${protocol}//${host}`;
}
