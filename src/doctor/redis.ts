/** Checks Redis: whether it answers, what it is, and the settings by which it could lose or refuse jobs. */
import { DoiError } from '../domain/errors.js';
import type { Clock } from '../platform/clock.js';
import { REDIS_RELEASES, type RedisFacts, type RedisInspector } from '../queue/inspect-redis.js';
import { isRefusal } from '../queue/redis-connections.js';
import { type Check, isAtLeast, ok, problem, type Report, runCheck, showRedis, warning } from './check.js';
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
    return ok('scripts', 'may be run, which adding a job does');
  });
  report(await tryOneJob(redis));
  report(judgeEviction(facts));
  report(judgeMemory(facts));
  report(judgePersistence(facts));
  await runCheck(report, 'clock', async () =>
    judgeClock('Redis', await measureClock(clock, () => redis.readTime())),
  );
}

/** Whether it is away, or is there and refuses: the two are put right in different places. */
function describeFailure({ cause, message }: DoiError, place: string): Check {
  const why = cause instanceof Error ? cause.message : message;
  if (isRefusal(cause)) {
    const found = `Redis at ${place} refuses: ${why}.`;
    return problem(
      'server',
      found,
      'Correct the user, the password or the database in REDIS_URL, or the server.',
    );
  }
  const remedy =
    'Start it, or correct REDIS_URL. Nothing is lost meanwhile: what is asked for is kept in PostgreSQL.';
  return problem('server', `Redis does not answer at ${place} (${why}).`, remedy);
}

async function tryOneJob(redis: RedisInspector): Promise<Check> {
  try {
    await redis.tryJob();
    return ok('jobs', 'one was added, waited for, taken and ended');
  } catch (error) {
    if (!(error instanceof DoiError)) throw error;
    const found = `No job can be added and taken, so nothing is evaluated: ${error.message}`;
    return problem('jobs', found, isRefusal(error.cause) ? NEEDED_RIGHTS : error.remedy);
  }
}

function judgeRelease({ kind, release, mode }: RedisFacts, place: string): Check {
  if (kind === undefined || release === undefined) {
    const found = `A server answers at ${place}, and INFO may not be asked.`;
    return warning('server', found, 'Let the user of REDIS_URL run INFO, or look up the release by hand.');
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
    return warning('writing', 'INFO does not say whether it takes writes.', 'See that it does.');
  if (role === 'master') return ok('writing', 'takes writes');
  const remedy = `Give REDIS_URL of the primary${primary === undefined ? '' : ` (${primary})`}.`;
  return problem('writing', 'This server is a replica, which takes no jobs.', remedy);
}

function judgeEviction({ evictionPolicy: policy }: RedisFacts): Check {
  const name = 'maxmemory-policy';
  if (policy === 'noeviction') return ok(name, policy);
  if (policy === undefined) {
    const found = 'It could not be asked: this server allows neither INFO nor CONFIG GET.';
    return warning(name, found, 'See in its settings that maxmemory-policy is noeviction.');
  }
  const remedy = 'Run "redis-cli config set maxmemory-policy noeviction", and set it in redis.conf.';
  return problem(name, `${policy}: jobs may be dropped when memory is short.`, remedy);
}

const NEARLY_FULL = 0.9;

function judgeMemory({ usedMemory, maxMemory }: RedisFacts): Check {
  if (usedMemory === undefined || maxMemory === undefined) {
    return warning('memory', 'How much is used could not be asked.', 'See that it has memory left.');
  }
  if (maxMemory === 0) return ok('memory', `${megabytes(usedMemory)} used, no limit`);
  const found = `${megabytes(usedMemory)} of ${megabytes(maxMemory)} used`;
  if (usedMemory < maxMemory * NEARLY_FULL) return ok('memory', found);
  return warning('memory', `${found}: when it is full, jobs are refused.`, 'Raise maxmemory.');
}

function judgePersistence(facts: RedisFacts): Check {
  const { appendOnly, snapshots, lastSaveFailed } = facts;
  const name = 'persistence';
  if (lastSaveFailed) {
    const found = 'The last snapshot or append failed; a server in this state refuses writes.';
    return problem(name, found, 'See its log: most often its disk is full or its folder is not its own.');
  }
  if (appendOnly) return ok(name, 'append-only file');
  const cost = 'a restart loses what is queued; that costs a delay, not work, since the watch asks again';
  const remedy = 'Run "redis-cli config set appendonly yes", and set it in redis.conf.';
  if (snapshots)
    return ok(name, `snapshots (save ${snapshots}); what was queued since the last one is asked for again`);
  if (appendOnly === undefined || snapshots === undefined) {
    const found = `It could not be asked in full (append-only file: ${shown(appendOnly)}): without any, ${cost}.`;
    return warning(name, found, 'See in its settings that appendonly is yes.');
  }
  return warning(name, `None: ${cost}.`, remedy);
}

function shown(value: boolean | undefined): string {
  return value === undefined ? 'not known' : value ? 'yes' : 'no';
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_048_576).toFixed(1)} MiB`;
}
