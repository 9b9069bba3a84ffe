import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase({ empty: true });
});
afterAll(() => database.close());

async function roundTrip(value: unknown[], type: string): Promise<unknown> {
  const { sql } = database;
  const [row] = await sql`select ${value as string[]}::${sql.unsafe(type)} as value`;
  return row?.['value'];
}

describe('an array goes to PostgreSQL and comes back the same', () => {
  it('of any texts and nulls', async () => {
    const special = fc.constantFrom('', 'NULL', 'null', '{}', 'a,b', '"', '\\', '\\"', ' x ', '\n', 'é😀');
    const plain = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
    const element = fc.oneof(special, plain, fc.constant(null));
    await fc.assert(
      fc.asyncProperty(fc.array(element), async (texts) => {
        expect(await roundTrip(texts, 'text[]')).toEqual(texts);
      }),
    );
  });

  it.each([
    ['uuid[]', ['a3bb189e-8bf9-3888-9912-ace4e6543002']],
    ['integer[]', [1, -2, null]],
    ['smallint[]', [7]],
    ['double precision[]', [1.5, -1e100]],
    ['bigint[]', ['9007199254740993']],
    ['numeric[]', ['0.10']],
    ['jsonb[]', [{ a: ['"', '\\'] }]],
    [
      'text[]',
      [
        ['a', 'b'],
        ['c', 'd,{'],
      ],
    ],
    ['varchar[]', ['x']],
  ])('%s', async (type, value) => {
    expect(await roundTrip(value, type)).toEqual(value);
  });

  it('of booleans and times, which the driver sends as a single one', async () => {
    const { sql } = database;
    const [row] = await sql`
      select array[false, true] as flags, array['2026-01-02T03:04:05.678Z'::timestamptz] as times`;
    expect(row).toEqual({ flags: [false, true], times: [new Date('2026-01-02T03:04:05.678Z')] });
  });

  it('with bounds of its own, and an empty one', async () => {
    const { sql } = database;
    const [row] =
      await sql`select '[0:1]={a,b}'::text[] as bounds, '{}'::text[] as empty, null::text[] as none`;
    expect(row).toEqual({ bounds: ['a', 'b'], empty: [], none: null });
  });
});
