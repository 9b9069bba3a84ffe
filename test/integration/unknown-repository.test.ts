import { afterAll, beforeAll, expect, it } from 'vitest';
import { unknownRepository } from '../../src/store/repositories/unknown-repository.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const remedy = async (...slugs: string[]) => (await unknownRepository(database.sql, slugs)).remedy;

it('the error for an unknown slug names the nearest one, and of thousands reads only those that may be near', async () => {
  const { sql } = database;
  expect(await remedy('widget')).toContain('Nothing is registered yet');
  await sql`insert into managed_repos (slug, name)
    select slug, slug from unnest(${['widget', 'state-hub']}::text[]) slug`;
  await sql`insert into managed_repos (slug, name)
    select 'filler-with-a-long-name-' || n, 'x' from generate_series(1, 5000) n`;
  expect(await remedy('widgte')).toBe('Did you mean widget?');
  expect(await remedy('widget', 'hub')).toBe('Did you mean state-hub?');
  await sql`insert into managed_repos (slug, name) values ('u', 'u')`;
  expect(await remedy('hub')).toBe('Did you mean state-hub?');
  expect(await remedy('much')).toContain('doi summary');
  expect(await remedy('zzzzzz')).toContain('doi summary');
  expect(await remedy('z'.repeat(100))).toContain('doi summary');
  let read = 0;
  const counting = new Proxy(sql, {
    apply: async (target, self, parameters) => {
      const rows: unknown[] = await Reflect.apply(target, self, parameters);
      read += rows.length;
      return rows;
    },
  });
  await unknownRepository(counting, ['filler-with-a-long-name-x']);
  expect(read).toBeGreaterThan(100);
  expect(read).toBeLessThanOrEqual(1002);
});
