import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { openWorld, type World } from '../../helpers/world.js';
import { startWeb } from '../../integration/web/web.js';
import { exchange, expectRefusal, head } from './wire.js';

const scope = new Scope();
let world: World;
let port: number;
beforeAll(async () => {
  world = scope.add('world', await openWorld('addresses'), (it) => it.close());
  await world.add('thing');
  const url = await startWeb(scope, { databaseUrl: world.url });
  port = Number(new URL(url).port);
});
afterAll(() => scope.close());

const get = async (target: string, method = 'GET') => exchange(port, head(`${method} ${target}`));

describe('an address has one spelling', () => {
  it('the written form is answered', async () => {
    expect(await get('/repos/thing/doi')).toMatchObject([{ status: 200 }]);
  });

  it.each([
    ['an encoded letter', '/repos/%74hing/doi'],
    ['an encoded letter of the route', '/repo%73/thing/doi'],
    ['an encoded slash', '/repos%2Fthing/doi'],
    ['an encoded slash behind', '/repos/thing%2Fdoi'],
    ['a slug of encoded dots', '/repos/%2e%2e/doi'],
    ['a way up in a slug', '/repos/..%2F..%2Fetc%2Fpasswd/doi'],
    ['an encoding of an encoding', '/repos/%2574hing/doi'],
    ['a NUL', '/repos/thing%00/doi'],
    ['a line break', '/repos/thing%0d%0aX-Injected:%20yes/doi'],
    ['a slash too long for UTF-8', '/repos/..%c0%af../doi'],
    ['a dot too long for UTF-8', '/repos/%c0%ae%c0%ae/doi'],
    ['half a character', '/repos/thing%c3/doi'],
    ['the encoding of IIS', '/repos/%u0074hing/doi'],
    ['half an escape', '/repos/thing%/doi'],
    ['a backslash', '/repos\\thing\\doi'],
    ['a backslash in a slug', '/repos/..\\thing/doi'],
    ['two slashes', '//repos/thing/doi'],
    ['two slashes in it', '/repos//thing/doi'],
    ['a dot', '/./repos/thing/doi'],
    ['a dot in it', '/repos/./thing/doi'],
    ['two dots', '/x/../repos/thing/doi'],
    ['two dots in it', '/repos/x/../thing/doi'],
    ['two dots at the beginning', '/../repos/thing/doi'],
    ['a slug of dots', '/repos/../doi'],
    ['a slash at the end', '/repos/thing/doi/'],
    ['an upper case route', '/REPOS/thing/doi'],
    ['an upper case slug', '/repos/THING/doi'],
    ['a matrix parameter', '/repos/thing;a=b/doi'],
    ['a matrix parameter at the end', '/repos/thing/doi;a=b'],
    ['a fragment', '/repos/thing/doi#a'],
    ['a slug of 5,000 letters', `/repos/${'a'.repeat(5000)}/doi`],
    ['a thousand parts', `/${'a/'.repeat(1000)}`],
    ['a scheme and this server', 'http://localhost/repos/thing/doi'],
    ['a scheme and another server', 'http://evil.example/repos/thing/doi'],
    ['a file', 'file:///etc/passwd'],
    ['a star', '*'],
    ['nothing but a query', '?a=b'],
    ['no address', ''],
    ['a space', '/repos/thing /doi'],
    ['bytes beyond ASCII', '/repos/th\xefng/doi'],
    ['a control character', '/repos/thing\x1b[31m/doi'],
    ['a NUL as it is', '/repos/thing\0/doi'],
  ])('%s is refused', async (_what, target) => {
    const answers = await get(target);
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], [400, 404]);
    expect(answers[0]?.head).not.toContain('x-injected');
  });

  it('and one that is too long for any address is refused as such', async () => {
    const [answer] = await get(`/repos/thing/doi?${'a'.repeat(20_000)}`);
    expectRefusal(answer, [431]);
  });
});

describe('a query', () => {
  it.each([
    ['a line break in a name', '?a%0d%0aX-Injected:%20yes=1'],
    ['a line break in a value', '?force_refresh=true%0d%0aX-Injected:%20yes'],
    ['__proto__', '?__proto__=1'],
    ['a field of __proto__', '?__proto__[force_refresh]=true'],
    ['a constructor', '?constructor=1'],
    ['a NUL', '?%00=1'],
    ['nothing for a name', '?=x'],
    ['a name twice', '?wait=1&wait=2'],
    ['thousands of names', `?${Array.from({ length: 3000 }, (_, at) => at).join('&')}`],
    ['one name thousands of times', `?${'a&'.repeat(4000)}`],
    ['half an escape for a name', '?%'],
    ['bytes that are no UTF-8', '?%ff=%c0%af'],
  ])('with %s is refused, and no part of it is a header', async (_what, query) => {
    const answers = await get(`/repos/thing/doi${query}`);
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], [400]);
    expect(answers[0]?.head).not.toMatch(/^x-injected/m);
  });
});

describe('a method', () => {
  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'POST'])(
    '%s that an address does not have gets 405 with the methods that it has',
    async (method) => {
      const [answer] = await get('/repos/thing/doi', method);
      expectRefusal(answer, [405]);
      expect(answer?.head).toContain('\r\nallow: get, head\r\n');
      expect(answer?.head).not.toContain('access-control');
    },
  );

  it('of a webhook, and of a refresh, is POST alone', async () => {
    for (const path of ['/webhooks/github', '/repos/thing/doi/refresh']) {
      const [answer] = await get(path);
      expectRefusal(answer, [405]);
      expect(answer?.head, path).toContain('\r\nallow: post\r\n');
    }
  });

  it('such as TRACE does not send the request back', async () => {
    const [answer] = await exchange(
      port,
      head('TRACE /repos/thing/doi', 'Authorization: Bearer of-mine-0123'),
    );
    expect(answer?.body).not.toContain('of-mine-0123');
  });

  it('that would make this server a proxy is refused, whatever the target', async () => {
    for (const target of ['evil.example:443', 'localhost:80', '127.0.0.1:22'])
      expectRefusal((await get(target, 'CONNECT'))[0], [405]);
  });
});
