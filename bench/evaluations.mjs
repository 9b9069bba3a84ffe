// Measures evaluations against what none can do without: `node bench/evaluations.mjs`.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NO_ISOLATION, probeIsolation } from '../dist/checker/isolation.js';
import { announceHost } from '../dist/store/hosts/heartbeat.js';
import { addRequests } from '../dist/store/requests/add-requests.js';
import { handleJob } from '../dist/worker/handle-job.js';
import { makeCheckout, register, workplan } from './lib/checkouts.js';
import { addBare, checkerOf, consume, consumeBare, openEvaluating, openQueues } from './lib/jobs.js';
import { alternate, at, printRatios, printTimes, time } from './lib/measure.js';
import { programEnvironment as env, runCheckers } from './lib/programs.js';
import { withServices } from './lib/services.js';

const FORCED = 60;
const EDITS = 300;
const FLEET = 200;
const FLEET_ROUNDS = 5;
const WORKPLANS = 50;
/** Of each repository of a fleet. */
const FEW_WORKPLANS = 10;
/** Longer than an input must have been stable, in milliseconds. */
const STABLE_MS = 30;
const PERSON = 1;

await withServices({}, async (bench) => {
  const { config, folder, sql } = bench;
  await announceHost(sql, { host: config.host, version: '0', capacity: 1, isolation: 'none' });
  const paths = {};
  for (let n = 0; n < FLEET; n += 1)
    paths[`repo-${n}`] = makeOne(join(folder, 'checkouts', `repo-${n}`), n === 0 ? WORKPLANS : FEW_WORKPLANS);
  const ids = await register(sql, config.host, paths);
  await delay(STABLE_MS);
  const isolation = await probeIsolation(process.env);
  const ways = [
    { name: 'not isolated', isolation: NO_ISOLATION, aims: { forced: 3, fleet: 1.25 } },
    { name: `isolated by ${isolation.level}`, isolation, aims: { forced: 3.3, fleet: 1.3 } },
  ];
  for (const way of ways) await benchForced(bench, ids['repo-0'], way);
  const repository = { id: ids['repo-1'], path: paths['repo-1'] };
  const state = { ...bench, ...openQueues(bench), repository, ids, paths };
  const deps = openEvaluating(bench, { check: checkerOf(bench, NO_ISOLATION) });
  const runs = { checks: 0 };
  const counted = {
    ...deps,
    check: (...all) => {
      runs.checks += 1;
      return deps.check(...all);
    },
  };
  const ended = consume(bench, counted, ({ end }) => end === 'written');
  await benchEdits(state, ended, runs);
  for (const way of ways) {
    deps.check = checkerOf(bench, way.isolation);
    await benchFleet(state, ended, way);
  }
});

function makeOne(path, workplans) {
  const plans = Array.from({ length: workplans }, (_, n) => workplan(n + 1));
  return makeCheckout(path, Object.assign({ 'SCOPE.md': '# Scope\n', 'CLAUDE.md': 'kaizen\n' }, ...plans));
}

function plainRequest(repoId, forced = false) {
  return { repoId, reason: 'bench', priority: PERSON, forced, wanted: null };
}

/** A forced evaluation, from its request to its row, against the start of a program that does nothing. */
async function benchForced(bench, id, { name, isolation, aims }) {
  const { sql } = bench;
  const deps = openEvaluating(bench, { check: checkerOf(bench, isolation) });
  const { limits, subjects, ratios } = await alternate(FORCED, {
    limit: () => time(() => once(spawn(process.execPath, ['-e', '0'], { env, stdio: 'ignore' }), 'close')),
    subject: () =>
      time(async () => {
        await addRequests(sql, [plainRequest(id, true)]);
        const { outcome } = await handleJob(deps, id, new AbortController().signal);
        if (outcome.end !== 'written') throw new Error(`It ended as ${JSON.stringify(outcome)}.`);
      }),
  });
  printTimes(`one forced evaluation, ${WORKPLANS} workplans, ${name}`, subjects);
  printRatios(
    ratios,
    `a bare "node -e 0", median ${at(0.5, limits).toFixed(1)} ms`,
    `at most ${aims.forced}`,
  );
}

/** From a trigger to the row after one edit that is older than the time until it is stable, against a job that does nothing. */
async function benchEdits({ sql, scope, config, services, waker, bare, repository }, ended, runs) {
  const noop = consumeBare({ scope, config, services });
  const { id, path } = repository;
  const evaluate = async () => {
    const done = ended.count(1);
    await addRequests(sql, [plainRequest(id)]);
    await waker.wake([{ repoId: id, host: config.host, priority: PERSON }]);
    await done;
  };
  await evaluate();
  runs.checks = 0;
  const { limits, subjects } = await alternate(EDITS, {
    limit: async () => {
      // Both from rest.
      await delay(STABLE_MS);
      return time(async () => {
        const done = noop.count(1);
        await addBare(bare, [id]);
        await done;
      });
    },
    subject: async (n) => {
      writeFileSync(join(path, 'SCOPE.md'), `# Scope ${n}\n`);
      await delay(STABLE_MS);
      return time(evaluate);
    },
  });
  printTimes(
    `from a trigger to the row after an edit of SCOPE.md, stable before, ${FEW_WORKPLANS} workplans`,
    subjects,
  );
  const ratio = at(0.5, subjects) / at(0.5, limits);
  console.log(
    `  ${ratio.toFixed(1)} × the round trip of a bare job, median ${at(0.5, limits).toFixed(2)} ms (aim: at most 6); ` +
      `${runs.checks} subprocesses (aim: 0)`,
  );
}

/** All repositories judged from scratch, against as many runs of the bare checker program. */
async function benchFleet({ sql, config, waker, ids, paths }, ended, { name, aims }) {
  const all = Object.values(ids);
  const { limits, subjects, ratios } = await alternate(FLEET_ROUNDS, {
    limit: () => time(() => runCheckers(config, Object.values(paths))),
    subject: async () => {
      await sql`truncate doi_cache, doi_evaluation, doi_request`;
      return time(async () => {
        const done = ended.count(all.length);
        const asked = await addRequests(
          sql,
          all.map((id) => plainRequest(id)),
        );
        await waker.wake(asked.map(({ repoId, priority }) => ({ repoId, host: config.host, priority })));
        await done;
      });
    },
  });
  printTimes(
    `${FLEET} repositories of ${FEW_WORKPLANS} workplans judged from scratch, ${availableParallelism()} cores, ${name}`,
    subjects,
  );
  const limit = `as many bare checkers by "xargs -P ${availableParallelism()}", median ${at(0.5, limits).toFixed(0)} ms`;
  printRatios(ratios, limit, `at most ${aims.fleet}`);
}
