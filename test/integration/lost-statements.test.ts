import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closeSql, openSql, type Sql } from '../../src/platform/postgres/sql.js';
import { Scope } from '../../src/platform/process/shutdown.js';
import {
  archiveRepositories,
  changeRepositories,
  unregisterRepositories,
} from '../../src/registry/change.js';
import { recordDomain, recordGoal, recordSbom, recordTpsc } from '../../src/registry/record.js';
import { ensureDomain, insertRepositories } from '../../src/registry/rows.js';
import { recordFailure } from '../../src/store/evaluations/failures.js';
import { trimHistory } from '../../src/store/evaluations/history.js';
import { writeEvaluation } from '../../src/store/evaluations/write-evaluation.js';
import { forgetHost } from '../../src/store/hosts/forget-host.js';
import { voidTimesAhead } from '../../src/store/hosts/future-times.js';
import {
  announceHost,
  awaitRecords,
  readDatabaseTime,
  recordHeartbeat,
} from '../../src/store/hosts/heartbeat.js';
import { HostLead } from '../../src/store/hosts/host-lead.js';
import { recordHostProblem } from '../../src/store/hosts/host-problem.js';
import { recordObservations } from '../../src/store/hosts/record-observations.js';
import { recordWorkerMetrics } from '../../src/store/hosts/worker-metrics.js';
import { endMirror, retargetMirrors, storeBranch } from '../../src/store/mirrors/change-sources.js';
import { makeDue } from '../../src/store/mirrors/contacts.js';
import { moveMirrors, storeServer } from '../../src/store/mirrors/own-places.js';
import { addPushes, recordUpdate } from '../../src/store/pushes.js';
import { writeSources } from '../../src/store/repositories/forge-sources.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import {
  completeAsFresh,
  completeRequest,
  deferRequest,
  requeueRequest,
  resumeLeftRequests,
} from '../../src/store/requests/end-requests.js';
import { startRequests } from '../../src/store/requests/start-requests.js';
import { beginSweep, endSweep, keepSweep, reportSweep, trimSweeps } from '../../src/store/sweeps.js';
import { openTestDatabase } from '../helpers/test-database.js';
import { FAILURE, makeWrite, plainRequest } from './store/rows.js';

const HOST = 'here';
const AT = '2026-01-02T03:04:05.678901Z';
const idOf = (n: number) => `00000000-0000-4000-8000-00000000000${n}`;
const KEY = { seq: '1', startedAt: AT, observation: '1' };
const SEEN = { claimedBy: null, fingerprint: 'f "quoted" \\', head: null, headAt: null, seenAt: AT };
const COUNTS = { probed: 1, reasons: { 'a "b"': 2 }, away: {} } as never;
const HOST_RECORD = { host: HOST, version: '1', capacity: 2, isolation: 'none' } as const;

/**
 * Runs each writing statement for repository `n`, by the file that holds it and, where a file holds several, by its name; in
 * an order that the statements need.
 */
const WRITES: Readonly<Record<string, (sql: Sql, n: number) => Promise<unknown>>> = {
  'registry/rows.ts': (sql, n) => ensureDomain(sql, `domain-${n}`),
  'registry/rows.ts insertRepositories': (sql, n) =>
    insertRepositories(sql, [
      {
        ...{ id: idOf(n), slug: `r-${n}`, name: `"${n}"`, domain: `domain-${n}`, remoteUrl: null },
        hostPaths: { [HOST]: `/r/${n}` },
      },
    ]),
  'store/repositories/forge-sources.ts': (sql, n) =>
    writeSources(sql, [
      {
        ...{ repoId: idOf(n), branch: 'a "b"', mirrorHost: HOST, server: 'h:1' },
        ...{ forge: 'gitea#https://h', forgeId: String(n) },
      },
    ]),
  'registry/change.ts': (sql, n) =>
    changeRepositories(sql, [
      { id: idOf(n), host: 'there', path: '/a "b"', remoteUrl: 'https://h/r', domain: null },
    ]),
  'registry/record.ts': (sql, n) =>
    recordDomain(sql, { slug: 'all', name: `All ${n}`, repositories: [`r-${n}`] }),
  'registry/record.ts recordGoal': (sql, n) => recordGoal(sql, `r-${n}`, { title: 'Goal', status: 'active' }),
  'registry/record.ts recordSbom': (sql, n) => recordSbom(sql, `r-${n}`),
  'registry/record.ts recordTpsc': (sql, n) => recordTpsc(sql, `r-${n}`),
  'store/hosts/heartbeat.ts': async (sql, n) => {
    await announceHost(sql, { ...HOST_RECORD, version: String(n) });
    const heartbeat = { ...HOST_RECORD, version: String(n), passBeganAt: await readDatabaseTime(sql) };
    const mark = await awaitRecords(sql, HOST);
    if (mark === undefined) throw new Error('The host is not there.');
    await recordHeartbeat(sql, heartbeat, { mark, differing: [] });
  },
  'store/hosts/host-lead.ts': async (sql, n) => {
    const release = { version: '1.0.0', criteriaDigest: `d${n}`, builtAt: AT };
    const lead = new HostLead({ ...{ sql, host: HOST, machine: `m "${n}"`, silentMs: 0 }, release });
    await lead.take();
    await lead.close();
  },
  'store/hosts/future-times.ts': (sql) => voidTimesAhead(sql, true),
  'store/hosts/forget-host.ts': async (sql, n) => {
    await announceHost(sql, { ...HOST_RECORD, host: `gone-${n}` });
    await forgetHost(sql, `gone-${n}`, { observedLimitMs: 1000, forced: false });
  },
  'store/mirrors/own-places.ts': (sql, n) => moveMirrors(sql, HOST, `/m "${n}"`),
  'store/mirrors/own-places.ts storeServer': (sql, n) =>
    storeServer(sql, { repoId: idOf(n), host: HOST, url: 'https://h/r', server: `s "${n}"` }),
  'store/mirrors/change-sources.ts': (sql, n) => storeBranch(sql, `r-${n}`, `b"${n}`),
  'store/mirrors/change-sources.ts retargetMirrors': (sql, n) =>
    retargetMirrors(sql, [{ repoId: idOf(n), branch: `b"${n}`, server: 'h', keepsForge: n % 2 === 0 }]),
  'store/mirrors/change-sources.ts endMirror': (sql, n) => endMirror(sql, idOf(n), HOST),
  'store/hosts/host-problem.ts': (sql, n) => {
    const problem = { code: 'checker_broken', message: `It "${n}"`, remedy: 'Repair', agoMs: 5 };
    return recordHostProblem(sql, { host: HOST, worker: idOf(9), problem, silentMs: 1000 });
  },
  'store/hosts/worker-metrics.ts': (sql, n) =>
    recordWorkerMetrics(sql, {
      ...{ worker: idOf(n), host: HOST },
      metrics: [{ name: 'doi_evaluations_total' as never, samples: [{ labels: { a: '"' }, value: n }] }],
    }),
  'store/requests/add-requests.ts': (sql, n) =>
    addRequests(sql, [plainRequest(idOf(n), { forced: true, collapsed: { other: 2 } } as never)]),
  'store/pushes.ts': (sql, n) =>
    addPushes(sql, [{ repoIds: [idOf(n)], branch: 'main', head: `h"${n}`, reason: 'push' }]),
  'store/requests/start-requests.ts': (sql, n) => startRequests(sql, [idOf(n)]),
  'store/pushes.ts recordUpdate': (sql, n) =>
    recordUpdate(sql, { repoId: idOf(n), branch: 'main', head: `h"${n}` }, 'updated'),
  'store/hosts/record-observations.ts': (sql, n) =>
    recordObservations(
      sql,
      HOST,
      [SEEN, { ...SEEN, claimedBy: 'there' }].map((one) => ({ ...one, repoId: idOf(n) })),
    ),
  'store/evaluations/failures.ts': (sql, n) => recordFailure(sql, { ...KEY, repoId: idOf(n) }, FAILURE),
  'store/requests/end-requests.ts putOffRequest': async (sql, n) => {
    const { seq } = await openRequest(sql, n);
    await deferRequest(sql, { ...KEY, repoId: idOf(n), seq }, { ...FAILURE, isJudged: true });
  },
  'store/evaluations/write-evaluation.ts': (sql, n) =>
    writeEvaluation(sql, {
      ...makeWrite({ repoId: idOf(n), observation: 5 + n, statuses: ['pass'] }),
      ...{ updated: true, durations: { C7: 1.5 }, collapsed: { 'a "b"': 2 }, kept: ['C2'] },
      ...{ changed: [{ input: 'repo', was: '"', now: null }] as never, judgedAt: { C1: AT } as never },
      seen: { ...SEEN, repoId: idOf(n) },
    }),
  'store/requests/end-requests.ts': async (sql, n) => {
    await addRequests(sql, [plainRequest(idOf(n), { forced: n === 1 })]);
    await startRequests(sql, [idOf(n)]);
    const { seq, startedAt } = await openRequest(sql, n);
    const request = { repoId: idOf(n), seq, startedAt, observation: '1' };
    await requeueRequest(sql, request);
    await completeRequest(sql, { ...request, startedAt: AT });
    await completeAsFresh(sql, request, { host: HOST, seen: { ...SEEN, repoId: idOf(n), fingerprint: 'g' } });
  },
  'store/requests/end-requests.ts resumeLeftRequests': (sql, n) => resumeLeftRequests(sql, `h"${n}`),
  'store/mirrors/contacts.ts': (sql, n) => makeDue(sql, idOf(n)),
  'store/sweeps.ts': async (sql, n) => {
    const id = (await beginSweep(sql, { trigger: `by "${n}"`, host: HOST })) ?? '';
    await keepSweep(sql, id);
    await reportSweep(sql, id, { total: 3, done: n, counts: COUNTS });
    await endSweep(sql, id, 'lost');
  },
  'store/evaluations/history.ts': async (sql) => {
    await trimHistory(sql, 400);
    await trimSweeps(sql, 400);
  },
  'registry/change.ts archiveRepositories': (sql, n) => archiveRepositories(sql, [`r-${n}`]),
  'registry/change.ts unregisterRepositories': (sql, n) => unregisterRepositories(sql, [`r-${n}`]),
};

async function openRequest(sql: Sql, n: number): Promise<{ seq: string; startedAt: string }> {
  const [row] = await sql<{ seq: string; startedAt: string }[]>`
    select seq::text, coalesce(started_at::text, ${AT}) as "startedAt" from doi_request where repo_id = ${idOf(n)}`;
  if (row === undefined) throw new Error('Nothing is asked for.');
  return row;
}

/** A pool whose server forgets all prepared statements before each statement, as one behind a pooler may. */
function makeForgetful(sql: Sql, onQuery: (query: { retried?: unknown }) => void): Sql {
  return new Proxy(sql, {
    apply(target, self, args: unknown[]) {
      const query = Reflect.apply(target as never, self, args) as { retried?: unknown };
      if (!Array.isArray((args[0] as { raw?: unknown }).raw)) return query;
      void target.unsafe('deallocate all').execute();
      onQuery(query);
      return query;
    },
  });
}

const TABLES = [...readFileSync('schema.sql', 'utf8').matchAll(/^create table (\w+)/gim)].map(
  ([, name]) => name ?? '',
);
const OWN_TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g;
const OWN_ID = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** The rows of every table. Times and random ids, which differ between two runs, are replaced by their form. */
async function dumpAll(sql: Sql): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {};
  for (const table of TABLES) {
    const rows = await sql<{ text: string }[]>`
      select (to_jsonb(t) - 'cache_digest')::text as text from ${sql(table)} t`;
    const mask = (text: string) => text.replace(OWN_ID, (id) => (id.startsWith('0000') ? id : 'ID'));
    dump[table] = rows
      .map(({ text }) => mask(text).replace(OWN_TIME, (at) => (at === AT ? at : 'TIME')))
      .sort();
  }
  return dump;
}

const scope = new Scope();
let [plain, forgetful]: Sql[] = [];
let retried: { retried?: unknown }[] = [];
beforeAll(async () => {
  const pools: Sql[] = [];
  for (const purpose of ['plain', 'forgetful']) {
    const database = scope.add('database', await openTestDatabase(), (it) => it.close());
    // One connection: what forgets is then the one that runs what comes next.
    pools.push(scope.add('pool', openSql({ url: database.url, purpose, connections: 1 }), closeSql));
  }
  [plain, forgetful] = pools;
});
afterAll(() => scope.close());

describe('when the server has lost a prepared statement, then it stores the given values', () => {
  it('for every statement that writes', async () => {
    if (plain === undefined || forgetful === undefined) throw new Error('no pools');
    const forgets = makeForgetful(forgetful, (query) => retried.push(query));
    for (const [file, write] of Object.entries(WRITES)) {
      await write(plain, 1);
      await write(plain, 2);
      await write(forgets, 1);
      retried = [];
      await write(forgets, 2);
      // Else this would be no test of it: the statement was prepared before, and the server did not know it.
      expect(
        retried.some((query) => query.retried !== undefined),
        file,
      ).toBe(true);
      expect(await dumpAll(forgetful), file).toEqual(await dumpAll(plain));
    }
  });

  it('and every file that writes to a table is among them', () => {
    const writes = /(?<!Run ")(?:insert into|delete from|update) (?:doi_|managed_|domains|repo_goals|tpsc_)/;
    const files = (readdirSync('src', { recursive: true }) as string[]).filter((file) =>
      file.endsWith('.ts'),
    );
    const writing = files.filter((file) => writes.test(readFileSync(`src/${file}`, 'utf8')));
    const named = Object.keys(WRITES).map((name) => name.split(' ')[0]);
    expect(writing.sort()).toEqual([...new Set(named)].sort());
  });
});
