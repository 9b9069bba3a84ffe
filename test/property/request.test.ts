import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewRequest } from '../../src/domain/request.js';
import { recordFailure } from '../../src/store/evaluations/failures.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { completeRequest, requeueRequest } from '../../src/store/requests/end-requests.js';
import { findDueRequests } from '../../src/store/requests/find-requests.js';
import { type StartedRequest, startRequest } from '../../src/store/requests/start-requests.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { FAILURE, insertRepository, makeDue, plainRequest, readRequest } from '../integration/store/rows.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

interface Run {
  readonly started: StartedRequest;
  /** How many requests, and how many forced ones, clients had made when it started: those it serves. */
  readonly serves: { readonly requests: number; readonly forced: number };
}

/** What the clients were promised, without regard to how requests are stored. */
interface Model {
  requests: number;
  forced: number;
  /** Those that a run which started later has served to the end. */
  served: { requests: number; forced: number };
  /** Started and not ended; a crash ends one without a word. */
  running: Run[];
}

interface Real {
  readonly repoId: string;
}

type Step = fc.AsyncCommand<Model, Real>;

/** A client that was not served yet has a request, and one that forced has a forced request. */
async function expectNothingLost({ requests, forced, served }: Model, { repoId }: Real): Promise<void> {
  const request = await readRequest(database.sql, repoId);
  if (served.requests < requests) expect(request, 'a client waits').toBeDefined();
  if (served.forced < forced) expect(request, 'a forced ask is open').toMatchObject({ forced: true });
}

function step(name: string, run: (model: Model, real: Real) => Promise<void>, needsRun = false): Step {
  return {
    check: (model) => !needsRun || model.running.length > 0,
    async run(model, real) {
      await run(model, real);
      await expectNothingLost(model, real);
    },
    toString: () => name,
  };
}

const askStep = (change: Partial<NewRequest>): Step =>
  step(`ask(${JSON.stringify(change)})`, async (model, { repoId }) => {
    await addRequests(database.sql, [plainRequest(repoId, change)]);
    model.requests += 1;
    if (change.forced) model.forced += 1;
  });

const startStep = step('start', async (model, { repoId }) => {
  const before = await readRequest(database.sql, repoId);
  const started = await startRequest(database.sql, repoId);
  const mayStart = before !== undefined && (before.delay === null || before.delay <= 0);
  expect(started !== undefined, 'what is open and due starts, and nothing else').toBe(mayStart);
  if (started === undefined) return;
  const serves = { requests: model.requests, forced: started.forced ? model.forced : 0 };
  model.running.push({ started, serves });
});

/** Two workers may run one request, when one of them has lost its lock: any of them may end first. */
function takeRun(model: Model, which: number): Run {
  const [run] = model.running.splice(which % model.running.length, 1);
  if (run === undefined) throw new Error('nothing runs');
  return run;
}

const endStep = (end: 'complete' | 'fail' | 'requeue' | 'crash', which: number): Step =>
  step(
    `${end}(${which})`,
    async (model, { repoId }) => {
      const { started, serves } = takeRun(model, which);
      const key = { repoId, ...started };
      if (end === 'fail') await recordFailure(database.sql, key, FAILURE);
      if (end === 'requeue') await requeueRequest(database.sql, key);
      if (end !== 'complete') return;
      await completeRequest(database.sql, key);
      model.served = {
        requests: Math.max(model.served.requests, serves.requests),
        forced: Math.max(model.served.forced, serves.forced),
      };
    },
    true,
  );

const dueStep = step('next try due', (_, { repoId }) => makeDue(database.sql, repoId));

const someAsk = fc
  .record({
    forced: fc.boolean(),
    priority: fc.constantFrom(1, 2, 5, 10) as fc.Arbitrary<NewRequest['priority']>,
    wanted: fc.constantFrom('w1', 'w2', null),
  })
  .map(askStep);
const someEnd = fc
  .tuple(fc.constantFrom('complete', 'fail', 'requeue', 'crash'), fc.nat(3))
  .map(([end, which]) => endStep(end as 'complete', which));
const steps = fc.commands([someAsk, fc.constant(startStep), someEnd, fc.constant(dueStep)], {
  maxCommands: 25,
});

/** Every worker dies; what the watch does then must serve all that was asked. */
async function expectDrains(model: Model, real: Real): Promise<void> {
  const { sql } = database;
  model.running = [];
  for (let round = 0; (await readRequest(sql, real.repoId)) !== undefined; round += 1) {
    expect(round, 'one run serves all that is open').toBe(0);
    await makeDue(sql, real.repoId);
    const due = await findDueRequests(sql, [real.repoId], 0);
    expect(due, 'the watch finds what is open').toMatchObject([{ repoId: real.repoId }]);
    await startStep.run(model, real);
    await endStep('complete', 0).run(model, real);
  }
  expect(model.served).toEqual({ requests: model.requests, forced: model.forced });
}

test('no order of requests, starts, ends and crashes loses a request, or leaves one that no worker completes', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (commands) => {
      const real = { repoId: await insertRepository(database.sql) };
      const model: Model = { requests: 0, forced: 0, served: { requests: 0, forced: 0 }, running: [] };
      await fc.asyncModelRun(() => ({ model, real }), commands);
      await expectDrains(model, real);
    }),
    { numRuns: 400, endOnFailure: true },
  );
}, 120_000);
