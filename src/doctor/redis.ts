/** Checks Redis: whether it answers, its release, and the settings by which it could lose or refuse jobs. */
import { DoiError } from '../domain/errors.js';
import { isAtLeast } from '../domain/release.js';
import type { Clock } from '../platform/clock.js';
import { REDIS_RELEASES, type RedisFacts, type RedisInspector } from '../queue/inspect-redis.js';
import { isRefusal } from '../queue/redis-connections.js';
import { type Check, ok, problem, type Report, runCheck, showRedis, warning } from './check.js';
import { judgeClock, measureClock } from './clock-difference.js';

const NEEDED_RIGHTS =
  'Give the user of REDIS_URL what it needs: "ACL SETUSER doi ~doi-* +@read +@write +@scripting +@connection -@dangerous +info +time +config|get".';

export interface RedisDeps {
  readonly url: string;
  readonly redis: RedisInspector;
  readonly clock: Clock;
}

export async function examineRedis({ url, redis, clock }: RedisDeps, report: Report): Promise<void> {
  const place = showRedis(url);
  let facts: RedisFacts;
  try {
    facts = await redis.readFacts();
  } catch (error) {
    if (!(error instanceof DoiError)) throw error;
    report(describeFailure(error, place));
    return;
  }
  report(judgeRelease(facts, place));
  report(judgeRole(facts));
  await runCheck(report, 'scripts', async () => {
    await redis.tryScript();
    return ok('scripts', 'may run, which adding a job needs');
  });
  report(await tryOneJob(redis));
  report(judgeEviction(facts));
  report(judgeMemory(facts));
  report(judgePersistence(facts));
  await runCheck(report, 'clock', async () =>
    judgeClock('Redis', await measureClock(clock, () => redis.readTime())),
  );
}

/** Says whether the server does not answer or refuses: each is corrected in another place. */
function describeFailure({ cause, message }: DoiError, place: string): Check {
  const why = cause instanceof Error ? cause.message : message;
  if (isRefusal(cause)) {
    const found = `Redis at ${place} refuses the connection: ${why}.`;
    return problem(
      'server',
      found,
      'Correct the user, the password or the database in REDIS_URL, or the server.',
    );
  }
  const remedy = 'Start it, or correct REDIS_URL. Nothing is lost meanwhile: PostgreSQL keeps all requests.';
  return problem('server', `Redis does not answer at ${place} (${why}).`, remedy);
}

async function tryOneJob(redis: RedisInspector): Promise<Check> {
  try {
    await redis.tryJob();
    return ok('jobs', 'one was added, taken and finished');
  } catch (error) {
    if (!(error instanceof DoiError)) throw error;
    const found = `No job can be added and taken, so nothing is evaluated: ${error.message}`;
    return problem('jobs', found, isRefusal(error.cause) ? NEEDED_RIGHTS : error.remedy);
  }
}

function judgeRelease({ kind, release, mode }: RedisFacts, place: string): Check {
  if (kind === undefined || release === undefined) {
    const found = `A server answers at ${place}, but the user may not run INFO.`;
    return warning('server', found, 'Let the user of REDIS_URL run INFO, or check the release by hand.');
  }
  const { oldest, advised } = REDIS_RELEASES;
  const found = `${kind} ${release} at ${place}`;
  if (mode === 'cluster') {
    return problem(
      'server',
      `${found}, a cluster, which is not supported.`,
      'Use a single server, replicated or not.',
    );
  }
  if (!isAtLeast(release, oldest)) return problem('server', `${found}: too old.`, `Use ${advised} or later.`);
  if (!isAtLeast(release, advised)) return warning('server', `${found}: old.`, `Use ${advised} or later.`);
  return ok('server', found);
}

function judgeRole({ role, primary }: RedisFacts): Check {
  if (role === undefined)
    return warning('writing', 'INFO does not say whether it accepts writes.', 'Make sure that it does.');
  if (role === 'master') return ok('writing', 'accepts writes');
  const remedy = `Set REDIS_URL to the primary${primary === undefined ? '' : ` (${primary})`}.`;
  return problem('writing', 'This server is a replica, which accepts no jobs.', remedy);
}

function judgeEviction({ evictionPolicy: policy }: RedisFacts): Check {
  const name = 'maxmemory-policy';
  if (policy === 'noeviction') return ok(name, policy);
  if (policy === undefined) {
    const found = 'It could not be read: this server allows neither INFO nor CONFIG GET.';
    return warning(name, found, 'Make sure in its settings that maxmemory-policy is noeviction.');
  }
  const remedy = 'Run "redis-cli config set maxmemory-policy noeviction", and set it in redis.conf.';
  return problem(name, `${policy}: Redis may drop jobs when memory is short.`, remedy);
}

const NEARLY_FULL = 0.9;

function judgeMemory({ usedMemory, maxMemory }: RedisFacts): Check {
  if (usedMemory === undefined || maxMemory === undefined) {
    return warning('memory', 'The memory in use could not be read.', 'Make sure that it has memory left.');
  }
  if (maxMemory === 0) return ok('memory', `${megabytes(usedMemory)} used, no limit`);
  const found = `${megabytes(usedMemory)} of ${megabytes(maxMemory)} used`;
  if (usedMemory < maxMemory * NEARLY_FULL) return ok('memory', found);
  return warning('memory', `${found}: when it is full, Redis refuses jobs.`, 'Raise maxmemory.');
}

function judgePersistence(facts: RedisFacts): Check {
  const { appendOnly, snapshots, lastSaveFailed } = facts;
  const name = 'persistence';
  if (lastSaveFailed) {
    const found = 'The last snapshot or append failed; a server in this state refuses writes.';
    return problem(name, found, 'See its log: most often its disk is full, or it may not write its folder.');
  }
  if (appendOnly) return ok(name, 'append-only file');
  const cost =
    'a restart loses queued wake-ups; that costs a delay, not work, since the watch sends them again';
  const remedy = 'Run "redis-cli config set appendonly yes", and set it in redis.conf.';
  if (snapshots)
    return ok(
      name,
      `snapshots (save ${snapshots}); the watch sends again what was queued since the last one`,
    );
  if (appendOnly === undefined || snapshots === undefined) {
    const found = `It could not be read in full (append-only file: ${shown(appendOnly)}): without any, ${cost}.`;
    return warning(name, found, 'Make sure in its settings that appendonly is yes.');
  }
  return warning(name, `None: ${cost}.`, remedy);
}

function shown(value: boolean | undefined): string {
  return value === undefined ? 'not known' : value ? 'yes' : 'no';
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
