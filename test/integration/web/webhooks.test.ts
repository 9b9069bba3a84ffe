import { createRequire } from 'node:module';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { WEBHOOK_PROVIDERS } from '../../../src/platform/settings/webhook-secrets.js';
import { archiveRepositories } from '../../../src/registry/change.js';
import { openWorld, type World } from '../../helpers/world.js';
import { makeGate } from '../queue/signals.js';
import { readRequest } from '../store/rows.js';
import {
  type Delivery,
  deliver,
  deliveryOf,
  gitlabPayload,
  HEAD,
  proofOf,
  pushPayload,
  SECRETS,
  send,
} from './deliveries.js';
import { startWeb } from './web.js';

const scope = new Scope();
const lines: string[] = [];
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('webhooks'), (it) => it.close());
  for (const slug of ['thing', 'thing-again', 'other']) await world.add(slug);
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) });
  url = await startWeb(scope, { databaseUrl: world.url, log });
});
beforeEach(async () => {
  await world.sql`delete from doi_request`;
  await world.sql`delete from doi_push`;
  await setRemotes({
    thing: 'https://me:pass@GIT.example:443/acme/thing/',
    'thing-again': 'ssh://git@git.example/Acme/Thing.git',
    other: 'https://git.example/acme/other',
  });
});
afterAll(() => scope.close());

async function setRemotes(remotes: Readonly<Record<string, string>>): Promise<void> {
  for (const [slug, remote] of Object.entries(remotes))
    await world.sql`update managed_repos set remote_url = ${remote} where slug = ${slug}`;
}

const readPush = async (slug: string) => {
  const [row] = await world.sql<{ branch: string; head: string }[]>`
    select branch, head from doi_push where repo_id = ${await world.id(slug)}`;
  return row;
};

async function expectProblem(delivery: Delivery, status: number, code: string) {
  const reply = await deliver(url, delivery);
  expect(reply.status, reply.text).toBe(status);
  expect(reply.headers['content-type']).toContain('application/problem+json');
  expect(reply.json).toMatchObject({ status, code });
  return reply;
}

describe('a push', () => {
  it.each(WEBHOOK_PROVIDERS)(
    'by %s is committed for all repositories of its remote before the 202',
    async (provider) => {
      const reply = await deliver(url, deliveryOf(provider));
      const requests = await Promise.all(
        ['thing', 'thing-again'].map(async (slug) => readRequest(world.sql, await world.id(slug))),
      );
      expect(reply.status, reply.text).toBe(202);
      expect(reply.json).toEqual({ accepted: true, repositories: ['thing', 'thing-again'] });
      const reason = `${HEAD.slice(0, 7)} was pushed to main`;
      for (const request of requests)
        expect(request).toMatchObject({ priority: 2, forced: false, wanted: null, reason });
      expect(await readPush('thing')).toEqual({ branch: 'main', head: HEAD });
      expect(await readRequest(world.sql, await world.id('other'))).toBeUndefined();
    },
  );

  it('when it is to another branch, then it requests the repositories that are judged by that branch', async () => {
    // No delivery named this remote before, so that it is read now.
    const remote = 'https://git.example/acme/named';
    await setRemotes({ other: remote });
    await world.sql`insert into doi_source (repo_id, branch) values (${await world.id('other')}, 'next')`;
    const repository = { default_branch: 'main', clone_url: remote };
    const push = async (branch: string) =>
      (await deliver(url, deliveryOf('github', pushPayload({ ref: `refs/heads/${branch}`, repository }))))
        .json;
    expect(await push('next')).toEqual({ accepted: true, repositories: ['other'] });
    expect(await readPush('other')).toEqual({ branch: 'next', head: HEAD });
    for (const branch of ['main', 'topic'])
      expect(await push(branch)).toEqual({
        ignored: 'No active repository of this remote judges this branch.',
      });
    await world.sql`delete from doi_source`;
  });

  it('when it deletes the branch of a mirror, then the mirror is due at once, and the deletion is ignored', async () => {
    const id = await world.id('thing');
    await world.sql`
      insert into doi_source (repo_id, mirror_host, server, due_at) values (${id}, 'here', 'h', now() + interval '1 hour')`;
    const reply = await deliver(url, deliveryOf('github', pushPayload({ deleted: true })));
    expect(reply.json).toEqual({ ignored: 'The branch was deleted.' });
    expect(await world.sql`select due_at <= clock_timestamp() as due from doi_source`).toEqual([
      { due: true },
    ]);
    await world.sql`delete from doi_source`;
  });

  it('is answered only after its request is committed', async () => {
    const gate = makeGate();
    const held = makeGate();
    const holding = world.sql.begin(async (sql) => {
      await sql`lock table doi_request in exclusive mode`;
      held.open();
      await gate.opened;
    });
    await held.opened;
    let answered = false;
    const reply = deliver(url, deliveryOf('github')).finally(() => {
      answered = true;
    });
    const waiting = () => world.sql`
      select 1 from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock' and query like '%doi_push%'`;
    await expect.poll(async () => (await waiting()).length, { interval: 5 }).toBe(1);
    expect(answered).toBe(false);
    gate.open();
    await holding;
    expect((await reply).status).toBe(202);
  });

  it('by GitLab may be proven by the token instead', async () => {
    const { headers, body } = deliveryOf('gitlab');
    const token = [...headers.slice(0, 2), ['X-Gitlab-Token', SECRETS.gitlabToken] as const];
    expect(await deliver(url, { provider: 'gitlab', headers: token, body })).toMatchObject({ status: 202 });
  });

  it('by a system hook of GitLab is accepted', async () => {
    const payload = gitlabPayload({ event_name: 'push', object_kind: 'push' });
    expect(await deliver(url, deliveryOf('gitlab', payload, 'System Hook'))).toMatchObject({ status: 202 });
  });

  it('of a repository that was just registered is accepted', async () => {
    expect((await deliver(url, deliveryOf('github'))).status).toBe(202);
    await setRemotes({ other: 'https://git.example/acme/new' });
    const repository = { clone_url: 'https://git.example/acme/new.git' };
    const reply = await deliver(url, deliveryOf('github', pushPayload({ repository })));
    expect(reply.json).toEqual({ accepted: true, repositories: ['other'] });
  });

  it('sent 1,000 times at once is accepted each time, and makes one request', async () => {
    const began = performance.now();
    const replies = await Promise.all(Array.from({ length: 1000 }, () => deliver(url, deliveryOf('github'))));
    console.log(`1,000 identical pushes at once: ${Math.round(performance.now() - began)} ms`);
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([202]));
    const rows = await world.sql`select repo_id from doi_request`;
    expect(rows).toHaveLength(2);
  });

  it('is accepted with a body of 5 MiB, and refused with more', async () => {
    const fill = (size: number) => {
      const bare = JSON.stringify(pushPayload({ fill: '' }));
      return deliveryOf('github', pushPayload({ fill: 'x'.repeat(size - bare.length) }));
    };
    expect((await deliver(url, fill(5 * 1024 * 1024))).status).toBe(202);
    await expectProblem(fill(5 * 1024 * 1024 + 1), 413, 'bad_request');
  });
});

describe('the server ignores, with the reason,', () => {
  const zero = '0'.repeat(40);
  const gitlab = (payload: Record<string, unknown>, event?: string) => deliveryOf('gitlab', payload, event);
  it.each([
    ['a ping', deliveryOf('github', { zen: 'x' }, 'ping'), /ping/],
    ['another event', deliveryOf('gitea', pushPayload(), 'issues'), /"issues"/],
    ['another event of GitLab', gitlab(gitlabPayload(), 'Tag Push Hook'), /"Tag Push Hook"/],
    [
      "another event of GitLab's system hook",
      gitlab({ event_name: 'project_create' }, 'System Hook'),
      /"project_create"/,
    ],
    ['a push of a tag', deliveryOf('forgejo', pushPayload({ ref: 'refs/tags/main' })), /tag/],
    ['a push to no branch', deliveryOf('github', pushPayload({ ref: 'refs/notes/commits' })), /branch/],
    [
      'a push to another branch',
      deliveryOf('github', pushPayload({ ref: 'refs/heads/topic' })),
      /judges this branch/,
    ],
    ['the deletion of a branch', deliveryOf('github', pushPayload({ deleted: true })), /deleted/],
    ['the deletion of a branch, shown by its commit', gitlab(gitlabPayload({ after: zero })), /deleted/],
    ['a push that names no commit', deliveryOf('github', pushPayload({ after: 'HEAD' })), /commit/],
    [
      'a push that names no repository',
      deliveryOf('github', pushPayload({ repository: 7 })),
      /no repository/,
    ],
    [
      'a push to a repository that is not registered',
      deliveryOf('github', pushPayload({ repository: { clone_url: 'https://h/a' } })),
      /No active repository/,
    ],
    ['JSON of another form', deliveryOf('github', [] as never), /branch/],
  ])('%s', async (_what, delivery, why) => {
    const reply = await deliver(url, delivery);
    expect(reply.status, reply.text).toBe(200);
    expect(reply.json).toEqual({ ignored: expect.stringMatching(why) });
    expect(await world.sql`select repo_id from doi_request`).toHaveLength(0);
  });

  it('a push to an archived repository', async () => {
    await archiveRepositories(world.sql, ['other']);
    const repository = { clone_url: 'https://git.example/acme/other.git' };
    const reply = await deliver(url, deliveryOf('github', pushPayload({ repository })));
    expect(reply.json).toEqual({ ignored: expect.stringMatching(/No active repository/) });
    await world.sql`update managed_repos set status = 'active' where slug = 'other'`;
  });

  it('no branch when the payload does not name the default one', async () => {
    const repository = { clone_url: 'https://git.example/acme/thing.git' };
    const delivery = deliveryOf('github', pushPayload({ ref: 'refs/heads/topic', repository }));
    expect((await deliver(url, delivery)).status).toBe(202);
    expect(await readPush('thing')).toEqual({ branch: 'topic', head: HEAD });
  });
});

describe('the server refuses', () => {
  const { headers, body } = deliveryOf('github');
  const withType = (...types: string[]): Delivery => ({
    provider: 'github',
    headers: [...types.map((type) => ['Content-Type', type] as const), ...headers.slice(1)],
    body,
  });

  it.each([
    ['a form', withType('application/x-www-form-urlencoded')],
    ['plain text', withType('text/plain')],
    ['a body that does not say what it is', withType()],
    ['JSON of a kind of its own', withType('application/ld+json')],
  ])('%s, by 415 with the reason', async (_what, delivery) => {
    const { json } = await expectProblem(delivery, 415, 'bad_request');
    expect(json['detail']).toMatch(/application\/json/);
  });

  it('no JSON because it has a charset', async () => {
    expect((await deliver(url, withType('application/json; charset=utf-8'))).status).toBe(202);
  });

  it.each([['{"ref":'], ['\xff'], ['']])('%j that is proven and no JSON, by 400', async (text) => {
    const raw = Buffer.from(text, 'latin1');
    const proof = proofOf('github', raw, SECRETS.github);
    await expectProblem(
      { provider: 'github', headers: [...headers.slice(0, 2), ...proof], body: raw },
      400,
      'bad_request',
    );
  });

  it('a query, by 400', async () => {
    const reply = await send(`${url}/webhooks/github?secret=1`, {
      headers: [['Host', 'x'], ...headers],
      body,
    });
    expect(reply).toMatchObject({ status: 400, json: { code: 'bad_request' } });
  });

  it('another method, by 405 with `Allow`, and another provider, by 404', async () => {
    for (const method of ['PUT', 'PATCH', 'DELETE']) {
      const reply = await send(`${url}/webhooks/github`, {
        method,
        headers: [['Host', 'localhost'], ...headers],
        body,
      });
      expect(reply, method).toMatchObject({ status: 405, json: { code: 'method_not_allowed' } });
      expect(reply.headers['allow']).toBe('POST');
    }
    for (const provider of ['bitbucket', 'GitHub', '__proto__', 'constructor'])
      await expectProblem({ provider: provider as 'github', headers, body }, 404, 'unknown_route');
  });

  it('any delivery of a provider without a secret, by 404 that names the setting', async () => {
    const off = new Scope();
    const other = await startWeb(off, { databaseUrl: world.url, env: { DOI_WEBHOOK_SECRET_GITHUB: '' } });
    const reply = await deliver(other, deliveryOf('github'));
    expect(reply.status).toBe(404);
    expect(reply.json['detail']).toMatch(/off.*DOI_WEBHOOK_SECRET_GITHUB/);
    expect((await deliver(other, deliveryOf('gitea'))).status).toBe(202);
    await off.close();
  });
});

describe('a webhook under any name and without a token is accepted', () => {
  it.each([
    '/repos/doi/summary',
    '/repos/thing/doi',
    '/webhooks',
    '/webhooks/github/x',
    '/webhooks/%zz',
    '/x',
  ])('opens nothing else: %s', async (path) => {
    const { headers, body } = deliveryOf('github');
    for (const method of ['GET', 'POST']) {
      const reply = await send(url + path, { method, headers: [['Host', 'doi.example'], ...headers], body });
      expect(reply, method).toMatchObject({ status: 403, json: { code: 'forbidden' } });
    }
  });

  it('also with a token for reading', async () => {
    const closed = new Scope();
    const other = await startWeb(closed, {
      databaseUrl: world.url,
      env: { DOI_READ_TOKEN: 'token-for-reading-01' },
    });
    expect((await deliver(other, deliveryOf('github'))).status).toBe(202);
    const reply = await send(`${other}/repos/thing/doi`, {
      method: 'GET',
      headers: [['Host', 'doi.example']],
    });
    expect(reply.status).toBe(401);
    await closed.close();
  });
});

describe('the samples of GitHub', () => {
  type Sample = { readonly name: string; readonly examples: readonly Record<string, unknown>[] };
  const all = createRequire(import.meta.url)('@octokit/webhooks-examples') as readonly Sample[];
  const samples = all.flatMap(({ name, examples }) =>
    examples.map((payload, index) => ({ name, index, payload })),
  );

  it('are all accepted, or ignored for the stated reason', async () => {
    await setRemotes({ other: 'git@github.com:codertocat/hello-world.git' });
    let accepted = 0;
    for (const { name, index, payload } of samples) {
      const reply = await deliver(url, deliveryOf('github', payload, name));
      const what = `${name} ${index}`;
      const isBranch = name === 'push' && String(payload['ref']).startsWith('refs/heads/');
      if (isBranch && payload['deleted'] !== true) {
        expect(reply.json, what).toEqual({ accepted: true, repositories: ['other'] });
        expect(reply.status).toBe(202);
        accepted += 1;
        continue;
      }
      const why = name === 'ping' ? /ping/ : name === 'push' ? /tag/ : new RegExp(`"${name}"`);
      expect(reply.json, what).toEqual({ ignored: expect.stringMatching(why) });
      expect(reply.status).toBe(200);
    }
    expect(samples.length).toBeGreaterThan(300);
    expect(accepted).toBe(2);
  });
});

describe('no secret', () => {
  it('is in a line of the log after all these deliveries', () => {
    expect(lines.length).toBeGreaterThan(1000);
    const text = lines.join('');
    for (const secret of [...Object.values(SECRETS), 'me:pass']) expect(text).not.toContain(secret);
    expect(text).toContain('a push was accepted');
  });
});
