/** Decides from what git printed why a remote could not be read, and whether that is a problem of its whole server. */
import type { ErrorCode } from '../../domain/errors.js';
import { requestedWait } from '../../platform/http/requested-wait.js';
import { type HttpAnswer, readTrace } from './read-trace.js';
import { withoutNames } from './without-names.js';

export type RemoteCode = Extract<ErrorCode, `remote_${string}` | 'branch_missing'>;

/** A run of git against a remote that failed. */
export interface FailedRun {
  /** `list`: reading what branches there are. `fetch`: getting objects, after that. */
  readonly step: 'list' | 'fetch';
  readonly why: 'exited' | 'timed-out' | 'flooded' | 'aborted' | 'not-started';
  readonly stderr: string;
  /** When it failed, by this host's clock: milliseconds since the epoch. */
  readonly now: number;
}

export interface RemoteProblem {
  readonly code: RemoteCode;
  /** What git printed, without the trace of HTTP. It is not fit to show before secrets are hidden in it. */
  readonly messages: string;
  readonly status?: number;
  /** What the server asks to wait, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Where the server sends git instead, as the server names it. */
  readonly location?: string;
  /** Whether any other repository of that server would fail in the same way now. */
  readonly isServers: boolean;
}

type Verdict = Pick<RemoteProblem, 'code' | 'isServers'>;

const LONGEST_WAIT_MS = 24 * 3_600_000;

/** By git's messages; the first that matches counts. Texts of GitHub, GitLab and Gitea, and of git, ssh and curl. */
const BY_MESSAGE: readonly (readonly [RegExp, RemoteCode, 'server' | 'repository' | 'either'])[] = [
  [
    /signal 25\b|file size limit|file too large|out of memory|exceeds maximum allowed size/i,
    'remote_too_large',
    'repository',
  ],
  [/couldn't find remote ref|remote branch .{0,200} not found/i, 'branch_missing', 'repository'],
  [/rate limit|too many (?:requests|connections|sessions)/i, 'remote_limited', 'server'],
  [
    /host key verification failed|dubious ownership|could not read (?:username|password)|authentication failed|too many authentication failures/i,
    'remote_denied',
    'repository',
  ],
  [
    /permission denied|access denied|not authorized|not allowed to (?:download|access|upload)|no supported authentication/i,
    'remote_denied',
    'repository',
  ],
  [
    /repository .{0,2000}not found|(?:could not|cannot) find repository|does not appear to be a git repository|project you were looking for|repository does not exist|not valid: is this a git repository/i,
    'remote_gone',
    'repository',
  ],
  [
    /could not resolve|name or service not known|name resolution|connection (?:refused|timed out|reset|closed)|no route to host|network is unreachable|failed to connect|couldn't connect|operation timed out|connect to host/i,
    'remote_unreachable',
    'server',
  ],
  [/\bssl\b|\btls\b|gnutls|certificate|kex_exchange|handshake/i, 'remote_unreachable', 'server'],
  [
    /too slow|timed out|early eof|hung up|rpc failed|disconnect|transfer closed|empty reply|bytes of body are still expected|timeout/i,
    'remote_unreachable',
    'either',
  ],
];

/** Classifies any failed run, without throwing. */
export function classify({ step, why, stderr, now }: FailedRun): RemoteProblem {
  const { messages, answer } = readTrace(stderr);
  const verdict = byEnd(why, step) ?? byStatus(answer) ?? byMessage(messages, step);
  const isRedirect = verdict.code === 'remote_moved';
  const location = isRedirect ? answer?.headers.get('location') : undefined;
  const retryAfterMs = waitOf(answer, verdict.code, now);
  return {
    ...verdict,
    messages,
    ...(answer === undefined ? {} : { status: answer.status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(location === undefined ? {} : { location }),
  };
}

function byEnd(why: FailedRun['why'], step: FailedRun['step']): Verdict | undefined {
  // A server that listed its branches just before is there: what takes too long then is this repository.
  if (why === 'timed-out') return { code: 'remote_unreachable', isServers: step === 'list' };
  return why === 'flooded' ? { code: 'remote_failed', isServers: false } : undefined;
}

function byStatus(answer: HttpAnswer | undefined): Verdict | undefined {
  if (answer === undefined || answer.status < 300) return undefined;
  const { status, headers } = answer;
  const isLimit = headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0';
  if (status === 429 || (status === 403 && isLimit)) return { code: 'remote_limited', isServers: true };
  // A broken repository answers so too. Only with a time to wait does the server speak for itself.
  if (status === 408 || status >= 500)
    return { code: 'remote_unreachable', isServers: headers.has('retry-after') };
  if (status < 400) return status === 304 ? undefined : { code: 'remote_moved', isServers: false };
  // A proxy between this host and all servers wants credentials.
  if (status === 407) return { code: 'remote_denied', isServers: true };
  if (status === 401 || status === 403 || status === 451) return { code: 'remote_denied', isServers: false };
  return { code: status === 404 || status === 410 ? 'remote_gone' : 'remote_failed', isServers: false };
}

function byMessage(messages: string, step: FailedRun['step']): Verdict {
  const words = withoutNames(messages);
  for (const [pattern, code, whose] of BY_MESSAGE) {
    if (!pattern.test(words)) continue;
    return { code, isServers: whose === 'server' || (whose === 'either' && step === 'list') };
  }
  return { code: 'remote_failed', isServers: false };
}

/** What the server asks to wait; undefined where it says nothing that can be understood. */
function waitOf(answer: HttpAnswer | undefined, code: RemoteCode, now: number): number | undefined {
  if (answer === undefined || answer.status < 400) return undefined;
  const { headers } = answer;
  // Servers name the time of a reset in answers that they do not limit, too.
  if (code !== 'remote_limited' && !headers.has('retry-after')) return undefined;
  const serverTime = Date.parse(headers.get('date') ?? '');
  const ms = requestedWait(headers, Number.isNaN(serverTime) ? now : serverTime);
  return ms === undefined ? undefined : Math.min(ms, LONGEST_WAIT_MS);
}
