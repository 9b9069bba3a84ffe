import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { NewRequest } from '../../src/domain/request.js';
import { addRequests } from '../../src/store/requests/add-requests.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { insertRepository, plainRequest } from '../integration/store/rows.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const request = fc.record({
  reason: fc.constantFrom('pushed', 'edited', 'a person'),
  priority: fc.constantFrom<NewRequest['priority'][]>(1, 2, 5, 10),
  forced: fc.boolean(),
  wanted: fc.constantFrom('w1', 'w2', null),
});

async function readRequest(repoId: string) {
  const [row] = await database.sql`
    select forced, priority, reason, collapsed, wanted from doi_request where repo_id = ${repoId}`;
  return row;
}

test('requests made in one call leave the same row as one after the other', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 8 }), async (requests) => {
      const [apart, together] = [await insertRepository(database.sql), await insertRepository(database.sql)];
      for (const one of requests) await addRequests(database.sql, [plainRequest(apart, one)]);
      await addRequests(
        database.sql,
        requests.map((one) => plainRequest(together, one)),
      );
      expect(await readRequest(together)).toEqual(await readRequest(apart));
    }),
    { numRuns: 200, endOnFailure: true },
  );
}, 60_000);
