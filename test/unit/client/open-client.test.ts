import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ApiClient, openClient, throwProblem } from '../../../src/client/open-client.js';
import { DoiError } from '../../../src/domain/errors.js';
import { FakeForge } from '../../helpers/fake-forge.js';

const READ_TOKEN = 'read-token-0123456789';
const TOKEN = 'write-token-0123456789';

let server: FakeForge;
beforeAll(async () => {
  server = await FakeForge.start();
});
afterAll(() => server.close());

const clientOf = (url = server.url): ApiClient =>
  openClient({ url, readToken: READ_TOKEN, token: TOKEN, environment: {} });

async function errorOf(run: () => Promise<unknown>): Promise<DoiError> {
  const error = await run().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof DoiError) return error;
  throw new Error(`It should have thrown a DoiError, but: ${error}`);
}

describe('a request to a server', () => {
  it('when it is answered, then the answer has status, headers and parsed JSON', async () => {
    server.answers['/repos/widget/doi'] = { headers: { ETag: '"a"' }, body: { tier: 'core' } };
    const answer = await clientOf().request({ path: '/repos/widget/doi' });
    expect(answer).toMatchObject({ status: 200, headers: { etag: '"a"' }, body: { tier: 'core' } });
  });

  it('when it is a GET, then it carries the token for reading; a POST carries the other one', async () => {
    server.answers['/x'] = { body: {} };
    server.received.length = 0;
    await clientOf().request({ path: '/x', headers: { 'if-none-match': '"a"' } });
    await clientOf().request({ path: '/x', method: 'POST', body: { a: 1 } });
    const [get, post] = server.received.map(({ headers }) => headers);
    expect(get).toMatchObject({ authorization: `Bearer ${READ_TOKEN}`, 'if-none-match': '"a"' });
    expect(post).toMatchObject({
      authorization: `Bearer ${TOKEN}`,
      'content-type': 'application/json',
    });
  });

  it('when there is no token, then it carries no authorization', async () => {
    server.answers['/x'] = { body: {} };
    server.received.length = 0;
    const client = openClient({ url: server.url, readToken: undefined, token: undefined, environment: {} });
    await client.request({ path: '/x' });
    expect(server.received[0]?.headers).not.toHaveProperty('authorization');
  });

  it('forbids a cache to send an answer that it kept', async () => {
    server.answers['/x'] = { body: {} };
    server.received.length = 0;
    await clientOf().request({ path: '/x' });
    expect(server.received[0]?.headers).toMatchObject({ 'cache-control': 'no-cache' });
  });

  it('when the answer quotes the token that was sent, however it is escaped, then that is hidden', async () => {
    const readToken = 'read/"token"\\0123456789';
    const quoted = JSON.stringify({ failure: { message: `Bearer ${readToken}` } }).replaceAll('/', '\\/');
    server.answers['/x'] = { body: quoted };
    const client = openClient({ url: server.url, readToken, token: undefined, environment: {} });
    expect((await client.request({ path: '/x' })).body).toEqual({ failure: { message: 'Bearer ***' } });
  });

  it('when the answer is no JSON, then its body is undefined', async () => {
    server.answers['/x'] = { body: '<html>' };
    expect((await clientOf().request({ path: '/x' })).body).toBeUndefined();
  });

  it('when the answer is a redirect, then nothing is sent to where it leads', async () => {
    server.answers['/x'] = { status: 302, headers: { location: '/elsewhere' } };
    server.received.length = 0;
    const answer = await clientOf().request({ path: '/x' });
    expect(answer.status).toBe(302);
    expect(server.targets).toEqual(['/x']);
    expect(() => throwProblem(answer)).toThrow(/redirect 302/);
  });

  it('when the server hangs, then it ends at the limit of time as server_unreachable', async () => {
    server.answers['/x'] = { hangs: true };
    const error = await errorOf(() => clientOf().request({ path: '/x', timeoutMs: 50 }));
    expect(error).toMatchObject({
      code: 'server_unreachable',
      message: `${server.url} did not answer within 0.05 s.`,
    });
  });

  it('when nothing listens, then it is server_unreachable, with what the system says and a note on a proxy', async () => {
    const client = openClient({
      url: 'http://127.0.0.1:1',
      readToken: READ_TOKEN,
      token: undefined,
      environment: { HTTPS_PROXY: 'http://proxy:3128' },
    });
    const error = await errorOf(() => client.request({ path: '/x' }));
    expect(error.code).toBe('server_unreachable');
    expect(error.message).toMatch(/^http:\/\/127\.0\.0\.1:1 cannot be reached: ./);
    expect(error.remedy).toMatch(/HTTPS_PROXY/);
    expect(`${error.message}${error.remedy}`).not.toContain(READ_TOKEN);
  });

  it('when the answer is larger than the limit, then it is server_answer_invalid', async () => {
    server.answers['/x'] = { body: `"${'x'.repeat(17 * 1024 * 1024)}"` };
    const error = await errorOf(() => clientOf().request({ path: '/x' }));
    expect(error).toMatchObject({ code: 'server_answer_invalid' });
  });
});

describe('an answer that carries a problem', () => {
  const problem = {
    ...{ type: 'about:blank', title: 'Not Found', status: 404, code: 'unknown_repository' },
    ...{ detail: 'No repository has this slug.', remedy: 'See doi summary.', request_id: 'x' },
  };
  const codeOf = (status: number, body?: unknown): string => {
    try {
      return throwProblem({ status, headers: {}, body });
    } catch (error) {
      return error instanceof DoiError ? error.code : String(error);
    }
  };

  it('when it is a problem of the API, then the error has its code, detail and remedy', () => {
    const run = () => throwProblem({ status: 404, headers: {}, body: { ...problem, later: 1 } });
    expect(run).toThrow('No repository has this slug.');
    expect(codeOf(404, problem)).toBe('unknown_repository');
  });

  it('when it is a 401, then the remedy is what a person sets, and not what a client sends', () => {
    const body = { ...problem, code: 'unauthorized', remedy: 'Send "Authorization: Bearer <token>".' };
    const remedy = 'Set DOI_READ_TOKEN to the token for reading of that server.';
    const run = () => throwProblem({ status: 401, headers: {}, body });
    expect(run).toThrow(expect.objectContaining({ code: 'unauthorized', remedy }));
  });

  it.each([
    [400, 'bad_request'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'server_answer_invalid'],
    [503, 'server_unreachable'],
  ])(
    'when this release does not know the code of a %i, then the error says what the server says',
    (status, code) => {
      const later = { ...problem, code: 'of_a_later_release', detail: 'It rests.', remedy: 'Wait for it.' };
      try {
        throwProblem({ status, headers: {}, body: later });
      } catch (error) {
        const message = `The server answers ${status} "of_a_later_release": It rests.`;
        expect(error).toMatchObject({ code, message, remedy: 'Wait for it.' });
      }
      expect.assertions(1);
    },
  );

  it.each([
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [502, 'server_unreachable'],
    [503, 'server_unreachable'],
    [504, 'server_unreachable'],
    [404, 'server_answer_invalid'],
    [500, 'server_unreachable'],
    [301, 'server_answer_invalid'],
  ])('when it is a %i without one, as a proxy answers, then the error is %s', (status, code) => {
    expect(codeOf(status, undefined)).toBe(code);
    expect(codeOf(status, { code: 'unknown_code', detail: 'x', remedy: 'y' })).toBe(code);
  });
});
