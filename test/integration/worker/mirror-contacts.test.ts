import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { systemClock } from '../../../src/platform/clock.js';
import { openLog } from '../../../src/platform/log.js';
import {
  claimDueMirrors,
  type Mirror,
  nextDue,
  recordContacts,
} from '../../../src/store/mirrors/contacts.js';
import { MirrorContacts, type Reached } from '../../../src/worker/mirror-contacts.js';
import { openTestDatabase } from '../../helpers/test-database.js';

const HOST = 'here';
const EVERY = 300_000;
const HEAD = 'a'.repeat(40);
const REACHED: Reached = { commit: HEAD, fetched: true, isNew: false, bytes: 100 };

let database: Awaited<ReturnType<typeof openTestDatabase>>;
let ids: string[];
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
beforeEach(async () => {
  const { sql } = database;
  await sql`delete from managed_repos`;
  await sql`delete from doi_server`;
  ids = [];
  for (const slug of ['one', 'two', 'three']) ids.push(await addMirror(slug));
});

async function addMirror(slug: string): Promise<string> {
  const { sql } = database;
  const url = `https://git.example.org/${slug}.git`;
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (id, slug, name, remote_url, host_paths)
    values (gen_random_uuid(), ${slug}, ${slug}, ${url}, ${sql.json({ [HOST]: `/mirrors/${slug}.git` })})
    returning id::text`;
  const id = row?.id ?? '';
  await sql`insert into doi_source (repo_id, mirror_host, server, due_at)
    values (${id}, ${HOST}, 'git.example.org', clock_timestamp())`;
  return id;
}

type Contact = (mirror: Mirror, onTurn: () => Promise<void>) => Promise<Reached>;

function open(contact: Contact, isServers = false) {
  const moved: string[] = [];
  const contacts = new MirrorContacts({
    ...{ sql: database.sql, host: HOST, clock: systemClock, log: openLog('test', 'silent') },
    ...{ everyMs: EVERY, concurrency: 4, contact, faultOf: () => ({ isServers }) },
    onMoved: async (id) => void moved.push(id),
  });
  return { contacts, moved };
}

const turn = (reached = REACHED): Contact => {
  return async (_, onTurn) => {
    await onTurn();
    return reached;
  };
};
const failing = (code: 'remote_gone' | 'remote_denied' | 'remote_unreachable'): Contact => {
  return async (_, onTurn) => {
    await onTurn();
    throw new DoiError(code, `It answered ${code}.`, 'Do something.');
  };
};
const sourceOf = async (id: string) => {
  const [row] = await database.sql`
    select contacted_at, contact_head, attempts, failure ->> 'code' as code, due_at > clock_timestamp() as later,
      bytes::int, first_bytes::int
    from doi_source where repo_id = ${id}`;
  return row;
};

describe('a contact with a remote', () => {
  it('when it succeeds, then the commit and the time at which it began are recorded, and its branch has moved', async () => {
    const [id = ''] = ids;
    const { contacts, moved } = open(turn());
    expect(await contacts.contact(id)).toEqual({ state: 'reached', moved: true });
    expect(await sourceOf(id)).toMatchObject({
      contact_head: HEAD,
      attempts: 0,
      bytes: 100,
      first_bytes: 100,
    });
    expect(moved).toEqual([id]);
  });

  it('when one is waiting for its turn, then a second caller shares it; when it has begun, then another one follows', async () => {
    const [id = ''] = ids;
    let count = 0;
    let begin = () => {};
    const gate = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let end = () => {};
    const held = new Promise<void>((resolve) => {
      end = resolve;
    });
    let started = () => {};
    const hasStarted = new Promise<void>((resolve) => {
      started = resolve;
    });
    const { contacts } = open(async (_, onTurn) => {
      count += 1;
      await gate;
      await onTurn();
      started();
      await held;
      return REACHED;
    });
    const first = contacts.contact(id);
    const shared = contacts.contact(id);
    begin();
    await hasStarted;
    const next = contacts.contact(id);
    end();
    await Promise.all([first, shared, next]);
    expect(count).toBe(2);
  });

  it('when it fails, then the failure is recorded beside the last contact, and it is due later and later', async () => {
    const [id = ''] = ids;
    await open(turn()).contacts.contact(id);
    const { contacts, moved } = open(failing('remote_gone'));
    expect(await contacts.contact(id)).toMatchObject({ state: 'failed', error: { code: 'remote_gone' } });
    expect(await sourceOf(id)).toMatchObject({
      contact_head: HEAD,
      code: 'remote_gone',
      attempts: 1,
      later: true,
    });
    expect(moved).toEqual([]);
    await open(turn()).contacts.contact(id);
    expect(await sourceOf(id)).toMatchObject({ code: null, attempts: 0 });
  });

  it('when the server itself is the problem, then it is left alone, as one problem of all its mirrors', async () => {
    const [one = '', two = ''] = ids;
    const { contacts } = open(failing('remote_unreachable'), true);
    await contacts.contact(one);
    expect(await contacts.contact(two)).toEqual({ state: 'left-alone' });
    expect(await claimDueMirrors(database.sql, HOST, { everyMs: EVERY, most: 9 })).toEqual([]);
    const rows = await database.sql`select server, attempts, problem ->> 'code' as code from doi_server`;
    expect(rows).toEqual([{ server: 'git.example.org', attempts: 1, code: 'remote_unreachable' }]);
    expect(await sourceOf(one)).toMatchObject({ code: null });
    // When its time has come, one contact that succeeds ends the problem.
    await database.sql`update doi_server set retry_at = clock_timestamp()`;
    await open(turn()).contacts.contact(two);
    expect(await database.sql`select from doi_server`).toHaveLength(0);
  });

  it('when three mirrors in a row are refused, then the server is the problem', async () => {
    const { contacts } = open(failing('remote_denied'));
    for (const id of ids) await contacts.contact(id);
    expect(await database.sql`select problem ->> 'code' as code from doi_server`).toEqual([
      { code: 'remote_denied' },
    ]);
  });

  it('when it began before the one that is recorded, then it is not recorded', async () => {
    const [id = ''] = ids;
    const at = (began: string, head: string) =>
      recordContacts(database.sql, [
        { repoId: id, host: HOST, server: '', began, head, bytes: 1, isNew: false },
      ]);
    await at('2026-01-01T00:00:01.000000Z', 'later');
    await at('2026-01-01T00:00:00.000000Z', 'earlier');
    expect(await sourceOf(id)).toMatchObject({ contact_head: 'later' });
  });
});

describe('mirrors that are due', () => {
  it('when two workers claim them, then each is claimed once, and its next time is within one period and a half', async () => {
    const claim = () => claimDueMirrors(database.sql, HOST, { everyMs: EVERY, most: 2 });
    const claimed = (await Promise.all([claim(), claim()])).flat().map(({ repoId }) => repoId);
    expect(claimed.sort()).toEqual([...ids].sort());
    const rows = await database.sql<{ s: number }[]>`
      select extract(epoch from due_at - clock_timestamp())::float8 as s from doi_source`;
    for (const { s } of rows) expect(s * 1000).toBeGreaterThan(EVERY / 2 - 5000);
    for (const { s } of rows) expect(s * 1000).toBeLessThanOrEqual(1.5 * EVERY);
    expect(await nextDue(database.sql, HOST)).toBeGreaterThan(EVERY / 2 - 5000);
  });

  it('when a host keeps none, then nothing is due', async () => {
    expect(await claimDueMirrors(database.sql, 'other', { everyMs: EVERY, most: 2 })).toEqual([]);
    expect(await nextDue(database.sql, 'other')).toBeNull();
  });
});
