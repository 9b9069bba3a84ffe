import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { parseRemoteUrl } from '../../../src/git/remote/parse-remote-url.js';
import { remoteError } from '../../../src/git/remote/remote-error.js';
import { openLog } from '../../../src/platform/log.js';
import {
  claimDueMirrors,
  type Mirror,
  nextDue,
  recordContacts,
} from '../../../src/store/mirrors/contacts.js';
import { ContactFailures } from '../../../src/worker/contact-failures.js';
import { MirrorContacts, type Reached } from '../../../src/worker/mirror-contacts.js';
import { correctServers } from '../../../src/worker/read-own-mirror.js';
import { openTestDatabase } from '../../helpers/test-database.js';

const HOST = 'here';
const EVERY = 300_000;
const CLAIM = { everyMs: EVERY, mostOfServer: 2, busy: [] };
const HEAD = 'a'.repeat(40);
const REACHED: Reached = { commit: HEAD, listed: HEAD, fetched: true, isNew: false, bytes: 100 };
let requests = 0;
/** A new request each time, so that nothing was contacted for it before. */
const job = () => {
  requests += 1;
  const signal = new AbortController().signal;
  return { seq: String(requests), isPerson: false, isDamaged: false, signal };
};

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

function makeGate(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

type Contact = (mirror: Mirror) => Promise<Reached>;

function open(
  contact: Contact,
  options: { isServers?: boolean; url?: string; begin?: Promise<void>; jobWaitMs?: number } = {},
) {
  const { isServers = false, url, begin, jobWaitMs = 5000 } = options;
  const ended: string[] = [];
  const log = openLog('test', 'silent');
  let asked = 0;
  const contacts = new MirrorContacts({
    ...{ sql: database.sql, host: HOST, log, everyMs: EVERY, contact, jobWaitMs },
    isOurs: ({ path }) => {
      asked += 1;
      return path.startsWith('/mirrors/');
    },
    failures: new ContactFailures({
      ...{ sql: database.sql, host: HOST, log },
      faultOf: () => ({ isServers, url }),
    }),
    inTurn: async (_, act) => {
      await begin;
      return act();
    },
    onEnd: async (id) => void ended.push(id),
  });
  return { contacts, ended, asked: () => asked };
}

const reaching =
  (reached = REACHED): Contact =>
  async () =>
    reached;
const failing = (code: 'remote_gone' | 'remote_denied' | 'remote_unreachable'): Contact => {
  return async () => {
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
    const { contacts, ended } = open(reaching());
    expect(await contacts.contact(id, job())).toEqual({ state: 'reached', moved: true });
    expect(await sourceOf(id)).toMatchObject({
      contact_head: HEAD,
      attempts: 0,
      bytes: 100,
      first_bytes: 100,
    });
    // The job that waits judges what was moved.
    expect(ended).toEqual([]);
  });

  it('when one is waiting for its turn, then a second caller shares it; when it has begun, then another one follows', async () => {
    const [id = ''] = ids;
    let count = 0;
    const gate = makeGate();
    const started = makeGate();
    const held = makeGate();
    const contact: Contact = async () => {
      count += 1;
      started.resolve();
      await held.promise;
      return REACHED;
    };
    const { contacts, asked } = open(contact, { begin: gate.promise });
    const first = contacts.contact(id, job());
    const shared = contacts.contact(id, job());
    // Each is asked about once, just before it begins or shares a contact.
    await expect.poll(asked).toBe(2);
    gate.resolve();
    await started.promise;
    const next = contacts.contact(id, job());
    held.resolve();
    await Promise.all([first, shared, next]);
    expect(count).toBe(2);
  });

  it('when it takes longer than a job may wait, then the job is let go, and what follows is requested at its end', async () => {
    const [id = ''] = ids;
    const held = makeGate();
    let count = 0;
    const contact: Contact = async () => {
      count += 1;
      await held.promise;
      return { ...REACHED, fetched: false };
    };
    const { contacts, ended } = open(contact, { jobWaitMs: 1 });
    const same = job();
    expect(await contacts.contact(id, same)).toEqual({ state: 'under-way' });
    // The same request, started again, does not ask for another contact while that is under way, nor after it.
    expect(await contacts.contact(id, same)).toEqual({ state: 'under-way' });
    held.resolve();
    await expect.poll(() => ended).toEqual([id]);
    expect(await contacts.contact(id, same)).toEqual({ state: 'reached', moved: false });
    expect(count).toBe(1);
  });

  it('when the branch moves between the list and the fetch, then a contact that began later is recorded', async () => {
    const [id = ''] = ids;
    let count = 0;
    const contact: Contact = async () => {
      count += 1;
      return { ...REACHED, listed: count === 1 ? 'b'.repeat(40) : HEAD };
    };
    await open(contact).contacts.contact(id, job());
    expect(count).toBe(2);
    expect(await sourceOf(id)).toMatchObject({ contact_head: HEAD });
  });

  it('when the registry names another folder than that of our mirror, then nothing is fetched into it, and that is its failure', async () => {
    const [id = ''] = ids;
    const paths = database.sql.json({ [HOST]: '/home/person/widget' });
    await database.sql`update managed_repos set host_paths = ${paths} where id = ${id}`;
    let count = 0;
    const counting: Contact = async () => {
      count += 1;
      return REACHED;
    };
    const { contacts } = open(counting);
    expect(await contacts.contact(id, job())).toEqual({ state: 'none' });
    const claimed = await claimDueMirrors(database.sql, HOST, { ...CLAIM, most: 9, mostOfServer: 9 });
    await Promise.all(claimed.map((mirror) => contacts.contactDue(mirror)));
    expect(count).toBe(ids.length - 1);
    // Else a report would not say why it is not contacted.
    expect(await sourceOf(id)).toMatchObject({ code: 'remote_failed', attempts: 1, later: true });
  });

  it('when the branch to judge is changed during it, then it is not recorded', async () => {
    const [id = ''] = ids;
    const contact: Contact = async () => {
      await database.sql`update doi_source set branch = 'other' where repo_id = ${id}`;
      return REACHED;
    };
    await open(contact).contacts.contact(id, job());
    expect(await sourceOf(id)).toMatchObject({ contact_head: null });
  });

  it('when it fails, then the failure is recorded beside the last contact, and it is due later and later', async () => {
    const [id = ''] = ids;
    await open(reaching()).contacts.contact(id, job());
    const { contacts, ended } = open(failing('remote_gone'));
    expect(await contacts.contact(id, job())).toMatchObject({
      state: 'failed',
      error: { code: 'remote_gone' },
    });
    expect(await sourceOf(id)).toMatchObject({
      contact_head: HEAD,
      code: 'remote_gone',
      attempts: 1,
      later: true,
    });
    expect(ended).toEqual([]);
    // Until its time has come, only a person has it contacted again.
    expect(await open(reaching()).contacts.contact(id, job())).toMatchObject({
      error: { code: 'remote_gone' },
    });
    await open(reaching()).contacts.contact(id, { ...job(), isPerson: true });
    expect(await sourceOf(id)).toMatchObject({ code: null, attempts: 0 });
  });

  it('when the server itself is the problem, then it is left alone, as one problem of all its mirrors', async () => {
    const [one = '', two = ''] = ids;
    const { contacts } = open(failing('remote_unreachable'), { isServers: true });
    await contacts.contact(one, job());
    expect(await contacts.contact(two, job())).toEqual({ state: 'left-alone' });
    expect(await claimDueMirrors(database.sql, HOST, { ...CLAIM, most: 9 })).toEqual([]);
    const rows = await database.sql`select server, attempts, problem ->> 'code' as code from doi_server`;
    expect(rows).toEqual([{ server: 'git.example.org', attempts: 1, code: 'remote_unreachable' }]);
    expect(await sourceOf(one)).toMatchObject({ code: null });
    // When its time has come, one contact that succeeds ends the problem.
    await database.sql`update doi_server set retry_at = clock_timestamp()`;
    await open(reaching()).contacts.contact(two, job());
    expect(await database.sql`select from doi_server`).toHaveLength(0);
  });

  it('when a push comes while the server is left alone, then the mirror is contacted when the time of the server has come', async () => {
    const [bad = '', pushed = '', failed = ''] = ids;
    await database.sql`update doi_source set due_at = clock_timestamp() + interval '5 minutes'`;
    const gone = open(failing('remote_gone')).contacts;
    await gone.contact(failed, job());
    await open(failing('remote_unreachable'), { isServers: true }).contacts.contact(bad, job());
    const { contacts } = open(reaching());
    for (const id of [pushed, failed])
      expect(await contacts.contact(id, job())).toEqual({ state: 'left-alone' });
    await database.sql`update doi_server set retry_at = clock_timestamp()`;
    const claimed = await claimDueMirrors(database.sql, HOST, { ...CLAIM, most: 9, mostOfServer: 9 });
    // The one that failed has a time of its own, and the one that found the problem is due after those that wait.
    expect(claimed.map(({ repoId }) => repoId)).toEqual([pushed]);
    const [due] = await database.sql`
      select due_at between clock_timestamp() and clock_timestamp() + interval '1 minute' as soon
      from doi_source where repo_id = ${bad}`;
    expect(due).toEqual({ soon: true });
  });

  it('when the registry gets an address at another server, then what fails there counts against that one', async () => {
    const [id = ''] = ids;
    const { sql } = database;
    await open(failing('remote_unreachable'), { isServers: true }).contacts.contact(ids[1] ?? '', job());
    await sql`update managed_repos set remote_url = 'https://new.example.org:8443/one.git' where id = ${id}`;
    await correctServers(sql, HOST);
    const claimed = await claimDueMirrors(sql, HOST, { ...CLAIM, most: 9 });
    expect(claimed).toMatchObject([{ repoId: id, server: 'new.example.org:8443' }]);

    await sql`update managed_repos set remote_url = 'git@last.example.org:one.git' where id = ${id}`;
    const due = claimed.map((mirror) => ({ ...mirror, url: 'git@last.example.org:one.git' }));
    const { contacts } = open(failing('remote_unreachable'), { isServers: true });
    for (const mirror of due) await contacts.contactDue(mirror);
    const rows = await sql<{ server: string }[]>`select server from doi_server order by server`;
    expect(rows.map(({ server }) => server)).toEqual(['git.example.org', 'last.example.org']);
    expect(await sql`select from doi_source where server = 'last.example.org'`).toHaveLength(1);
  });

  it.each(['remote_denied', 'remote_unreachable'] as const)(
    'when one mirror fails by %s again and again, then the others of its server are contacted',
    async (code) => {
      const [bad = '', good = ''] = ids;
      const { contacts } = open(failing(code));
      for (let times = 0; times < 4; times += 1) await contacts.contact(bad, { ...job(), isPerson: true });
      expect(await database.sql`select from doi_server`).toHaveLength(0);
      expect(await sourceOf(bad)).toMatchObject({ code, attempts: 4, later: true });
      expect(await open(reaching()).contacts.contact(good, job())).toMatchObject({ state: 'reached' });
    },
  );

  it('when the server is the problem, then what all its mirrors show names the server, and no repository', async () => {
    const [bad = ''] = ids;
    const url = 'https://git.example.org/one.git';
    const messages = `fatal: unable to access '${url}/': Failed to connect`;
    const problem = { code: 'remote_unreachable', isServers: true, messages } as const;
    const contact: Contact = async () => {
      throw remoteError(problem, parseRemoteUrl(url));
    };
    await open(contact, { isServers: true, url }).contacts.contact(bad, job());
    const [row] = await database.sql`select problem ->> 'message' as message from doi_server`;
    expect(row?.['message']).toBe(
      "The server git.example.org cannot be reached, or stopped answering. git: fatal: unable to access 'git.example.org/': Failed to connect",
    );
  });

  it('when another mirror is reached between refusals, then they count from the start', async () => {
    const [one = '', two = '', three = ''] = ids;
    const good = await addMirror('good');
    const contact: Contact = (mirror) =>
      mirror.repoId === good ? reaching()(mirror) : failing('remote_denied')(mirror);
    const { contacts } = open(contact);
    for (const id of [one, two, good, three]) await contacts.contact(id, job());
    expect(await database.sql`select from doi_server`).toHaveLength(0);
  });

  it('when a mirror is reached whose contact began before the server refused, then the server refuses no more', async () => {
    const good = await addMirror('good');
    const held = makeGate();
    const begun = makeGate();
    const contact: Contact = async (mirror) => {
      if (mirror.repoId !== good) return failing('remote_denied')(mirror);
      begun.resolve();
      await held.promise;
      return REACHED;
    };
    const { contacts } = open(contact);
    const reached = contacts.contact(good, job());
    await begun.promise;
    for (const id of ids) await contacts.contact(id, job());
    expect(await database.sql`select from doi_server`).toHaveLength(1);
    held.resolve();
    await reached;
    expect(await database.sql`select from doi_server`).toHaveLength(0);
  });

  it.each(['remote_denied', 'remote_unreachable'] as const)(
    'when three mirrors fail by %s and none is reached, then the server is the problem',
    async (code) => {
      const { contacts } = open(failing(code));
      for (const id of ids) await contacts.contact(id, job());
      expect(await database.sql`select problem ->> 'code' as code from doi_server`).toEqual([{ code }]);
      // Each has a time of its own, so that none is the first again whenever the server is tried.
      for (const id of ids) expect(await sourceOf(id)).toMatchObject({ attempts: 1, later: true });
    },
  );

  it('when the mirror is due much later than it is to be contacted, then it is due earlier', async () => {
    const [id = '', soon = ''] = ids;
    await database.sql`update doi_source set due_at = clock_timestamp() + interval '1 hour' where repo_id = ${id}`;
    const { contacts } = open(reaching());
    for (const each of [id, soon]) await contacts.contact(each, job());
    const rows = await database.sql<{ s: number }[]>`
      select extract(epoch from due_at - clock_timestamp())::float8 as s from doi_source
      where repo_id = any(${[id, soon]}::uuid[]) order by 1 desc`;
    expect(rows[0]?.s).toBeCloseTo((1.5 * EVERY) / 1000, -1);
    expect(rows[1]?.s).toBeLessThanOrEqual(0);
  });

  it('when it began before the one that is recorded, then it is not recorded', async () => {
    const [id = ''] = ids;
    const at = (began: string, head: string) =>
      recordContacts(
        database.sql,
        [
          {
            ...{ repoId: id, host: HOST, server: '', url: 'u', branch: null },
            ...{ began, head, bytes: 1, isNew: false },
          },
        ],
        EVERY,
      );
    await at('2026-01-01T00:00:01.000000Z', 'later');
    await at('2026-01-01T00:00:00.000000Z', 'earlier');
    expect(await sourceOf(id)).toMatchObject({ contact_head: 'later' });
  });
});

describe('mirrors that are due', () => {
  it('when two workers claim them, then each is claimed once, and its next time is within one period and a half', async () => {
    const claim = () => claimDueMirrors(database.sql, HOST, { ...CLAIM, most: 2, mostOfServer: 9 });
    const claimed = (await Promise.all([claim(), claim()])).flat().map(({ repoId }) => repoId);
    expect(claimed.sort()).toEqual([...ids].sort());
    const rows = await database.sql<{ s: number }[]>`
      select extract(epoch from due_at - clock_timestamp())::float8 as s from doi_source`;
    for (const { s } of rows) expect(s * 1000).toBeGreaterThan(EVERY / 2 - 5000);
    for (const { s } of rows) expect(s * 1000).toBeLessThanOrEqual(1.5 * EVERY);
    expect(await nextDue(database.sql, HOST)).toBeGreaterThan(EVERY / 2 - 5000);
  });

  it('when a server has enough contacts under way, or many mirrors, then it takes no place of the others', async () => {
    await database.sql`update doi_source set server = 'slow' where repo_id <> ${ids[0] ?? ''}`;
    const claim = (busy: string[]) =>
      claimDueMirrors(database.sql, HOST, { ...CLAIM, mostOfServer: 1, most: 9, busy });
    expect((await claim(['slow'])).map(({ server }) => server)).toEqual(['git.example.org']);
    expect((await claim([])).map(({ server }) => server)).toEqual(['slow']);
  });

  it('when a host keeps none, then nothing is due', async () => {
    expect(await claimDueMirrors(database.sql, 'other', { ...CLAIM, most: 2 })).toEqual([]);
    expect(await nextDue(database.sql, 'other')).toBeNull();
  });
});
