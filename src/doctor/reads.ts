/** Times what readers run: a server that answers everything else may be too slow for them. */
import { HTTP_LIMITS, type Sql } from '../platform/sql.js';
import { type ReadTimes, timeReads } from '../reader/try-reads.js';
import { type Check, ok, problem, warning } from './check.js';
import { count } from './wording.js';

/** Only where a started request is shown as lost, which these times do not show. */
const RUNNING_LIMIT_MS = 90_000;
/** A quarter of what readers are let wait, in milliseconds. */
const SLOW_MS = HTTP_LIMITS.statementTimeoutMs / 4;

export async function checkReads(sql: Sql): Promise<Check> {
  return judgeReads(await timeReads(sql, RUNNING_LIMIT_MS));
}

export function judgeReads({ reportMs, summaryMs, repositories }: ReadTimes): Check {
  const name = 'reads';
  const took = (ms: number) => `${Math.round(ms)} ms`;
  const found = `a report in ${took(reportMs)}, the summary of ${count(repositories, 'repository', 'repositories')} in ${took(summaryMs)}`;
  const slowest = Math.max(reportMs, summaryMs);
  if (slowest < SLOW_MS) return ok(name, found);
  const remedy =
    'Run "analyze" in the database, and see what loads its server; a pooler in front of it may drop our settings (jit).';
  const limit = `readers are answered 503 after ${HTTP_LIMITS.statementTimeoutMs} ms`;
  const isOver = slowest >= HTTP_LIMITS.statementTimeoutMs;
  return (isOver ? problem : warning)(name, `${found}: ${limit}.`, remedy);
}
