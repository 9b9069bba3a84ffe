/** The badge: its text, that it changes with the report, and that nothing in it is active. */
import { DOMParser } from '@xmldom/xmldom';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TIERS } from '../../../src/domain/tier.js';
import { openLog } from '../../../src/platform/log.js';
import { drawBadge } from '../../../src/reader/routes/badge.js';
import { addReaderRoutes } from '../../../src/reader/routes/index.js';
import { makeCheckedServer } from '../../helpers/checked-server.js';
import { EVIL_PIECES } from '../../helpers/evil-texts.js';
import { openWorld, type World } from '../../helpers/world.js';

const TOKEN = 'a-token-of-sixteen-or-more';
const KNOWN = /^(?:svg|title|g|rect|text|clipPath|linearGradient|stop|filter|feGaussianBlur)$/;
const URL = '/repos/widget/doi/badge.svg';

let world: World;
const servers: FastifyInstance[] = [];
beforeAll(async () => {
  world = await openWorld('badge');
  await world.add('widget', { 'SCOPE.md': '# Scope\n' });
});
afterAll(async () => {
  for (const server of servers) await server.close();
  await world.close();
});

function serve({ readToken, publicBadges = false }: { readToken?: string; publicBadges?: boolean } = {}) {
  const server = makeCheckedServer({ log: openLog('test', 'silent'), address: '127.0.0.1', readToken });
  addReaderRoutes(server, { ...world.deps, publicBadges });
  servers.push(server);
  return server;
}

/** The badge's text for screen readers. */
const titleOf = (svg: string) => /<title>([^<]*)<\/title>/.exec(svg)?.[1];

it('the badge has the tier, and is grey while stale, each with another tag', async () => {
  const server = serve();
  const get = async () => {
    const reply = await server.inject(URL);
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-type': 'image/svg+xml',
      'cache-control': 'no-cache, private',
      'x-content-type-options': 'nosniff',
    });
    return { title: titleOf(reply.body), tag: reply.headers.etag, isGrey: reply.body.includes('#9f9f9f') };
  };
  const never = await get();
  expect(never).toMatchObject({ title: 'DoI: not evaluated', isGrey: true });
  await world.evaluate('widget');
  const fresh = await get();
  expect(fresh).toMatchObject({ title: 'DoI: none', isGrey: false });
  await world.write('widget', 'SCOPE.md', '# Another\n');
  const stale = await get();
  expect(stale).toMatchObject({ title: 'DoI: none, under 1 d old', isGrey: true });
  expect(new Set([never.tag, fresh.tag, stale.tag]).size).toBe(3);
  const again = await server.inject({ url: URL, headers: { 'if-none-match': String(stale.tag) } });
  expect([again.statusCode, again.body]).toEqual([304, '']);
});

it('the age is in whole days, so that the badge changes seldom', () => {
  const at = '2026-11-26T12:00:00.000Z';
  const message = (checked_at: string) => titleOf(drawBadge({ tier: 'full', stale: true, checked_at }, at));
  expect(message('2026-11-26T11:30:00.000Z')).toBe('DoI: full, under 1 d old');
  expect(message('2026-11-26T07:01:00.000Z')).toBe('DoI: full, under 1 d old');
  expect(message('2026-11-25T12:00:00.000Z')).toBe('DoI: full, 1 d old');
  expect(message('2026-11-24T11:00:00.000Z')).toBe('DoI: full, 2 d old');
  // A clock that was set back.
  expect(message('2026-11-28T11:00:00.000Z')).toBe('DoI: full, under 1 d old');
});

it('the badge is inert for any name of the repository and any row that another program wrote', async () => {
  const evil = '<script>alert(1)</script>"onload="x';
  await world.sql`update managed_repos set name = ${evil}, description = ${evil}`;
  await world.sql`update doi_cache set tier = ${evil.slice(0, 20)}`;
  const { body, headers } = await serve().inject(URL);
  expect(body).not.toMatch(/script|onload|href|url\(http|foreignObject|@import/i);
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'/);
  await world.evaluate('widget', { forced: true });
});

describe('a repository cannot influence its badge', () => {
  const evil = ['<script>alert(1)</script>', '"><g onload="x">', '&lol;', ']]>', ...EVIL_PIECES]
    // PostgreSQL accepts neither.
    .map((piece) => piece.replaceAll('\u0000', '').toWellFormed())
    .filter((piece) => piece !== '');

  it('by its name, its description, or its checkout', async () => {
    const server = serve();
    await world.evaluate('widget');
    const plain = (await server.inject(URL)).body;
    for (const piece of evil) {
      const text = piece.repeat(20).slice(0, 200);
      await world.sql`update managed_repos set name = ${text}, description = ${text} where slug = 'widget'`;
      await world.write('widget', 'SCOPE.md', text);
      await world.evaluate('widget');
      expect((await server.inject(URL)).body, piece).toBe(plain);
    }
  }, 60_000);

  it('by its slug: an invalid one has no badge', async () => {
    const { sql } = world;
    const id = await world.id('widget');
    const server = serve();
    for (const piece of evil) {
      await sql`update managed_repos set slug = ${piece} where id = ${id}`;
      const reply = await server.inject(`/repos/${encodeURIComponent(piece)}/doi/badge.svg`);
      expect(reply.statusCode, piece).toBeGreaterThanOrEqual(400);
      expect(reply.headers['content-type'], piece).toContain('application/problem+json');
    }
    await sql`update managed_repos set slug = 'widget' where id = ${id}`;
  });
});

it('the badge is well-formed XML, and neither runs, loads nor links anything', () => {
  const onError = (_level: string, message: string) => {
    throw new Error(message);
  };
  const at = '2026-11-26T12:00:00.000Z';
  for (const tier of TIERS) {
    for (const stale of [true, false]) {
      for (const checked_at of [null, '2026-11-01T00:00:00.000Z']) {
        const svg = drawBadge({ tier, stale, checked_at }, at);
        const elements = [
          ...new DOMParser({ onError }).parseFromString(svg, 'image/svg+xml').getElementsByTagName('*'),
        ];
        for (const { tagName } of elements) expect(tagName).toMatch(KNOWN);
        for (const { name, value } of elements.flatMap((element) => [...element.attributes])) {
          expect(name).not.toMatch(/^on|href|style|^src/i);
          // Only a reference to the badge itself.
          if (/url|:\/\//.test(value))
            expect(`${name} ${value}`).toMatch(/^\S+ url\(#\w+\)$|^xmlns http:\/\/www\.w3/);
        }
      }
    }
  }
});

it('an unknown repository, or a client that may not read, gets a problem', async () => {
  expect((await serve().inject('/repos/unknown/doi/badge.svg')).json().code).toBe('unknown_repository');
  expect((await serve({ readToken: TOKEN }).inject(URL)).statusCode).toBe(401);
  const foreign = { url: URL, headers: { host: 'evil.example' } };
  expect((await serve().inject(foreign)).statusCode).toBe(403);
});

it('with DOI_PUBLIC_BADGES any client gets the badge, and nothing else', async () => {
  const server = serve({ readToken: TOKEN, publicBadges: true });
  const reply = await server.inject({ url: URL, headers: { host: 'doi.example' } });
  expect([reply.statusCode, reply.headers['cross-origin-resource-policy']]).toEqual([200, 'cross-origin']);
  expect((await server.inject('/repos/widget/doi')).statusCode).toBe(401);
});

it('when badges are not public, then web pages of other origins cannot load them', async () => {
  for (const slug of ['widget', 'unknown']) {
    const { headers } = await serve().inject(`/repos/${slug}/doi/badge.svg`);
    expect(headers['cross-origin-resource-policy'], slug).toBe('same-origin');
  }
});

it('when a client without a token requests an unknown badge, then it learns no registered name', async () => {
  const server = serve({ readToken: TOKEN, publicBadges: true });
  const reply = await server.inject('/repos/widgte/doi/badge.svg');
  expect(reply.json()).toMatchObject({ status: 404, code: 'unknown_repository' });
  expect(reply.body).not.toContain('widget');
});
