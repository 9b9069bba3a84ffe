import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isBranchName } from '../../../../src/domain/branch-name.js';
import { classify } from '../../../../src/git/remote/classify.js';
import { isGrown } from '../../../../src/git/remote/mirror.js';
import { parseRemoteUrl } from '../../../../src/git/remote/parse-remote-url.js';
import { remoteError } from '../../../../src/git/remote/remote-error.js';
import { ServerTurns } from '../../../../src/git/remote/server-limits.js';

describe('the address of a remote', () => {
  it.each([
    'ext::sh -c id',
    'fd::3',
    '/srv/x',
    'ftp://h/x',
    '',
    '-x',
    'ssh://-oProxyCommand=x/y',
    'file://h/x',
  ])('when the remote is %j, then it is refused', (url) =>
    expect(() => parseRemoteUrl(url)).toThrow(expect.objectContaining({ code: 'bad_request' })),
  );
});

describe('a run of git that failed', () => {
  const now = Date.parse('2027-01-15T08:00:00Z');
  const exited = (stderr: string, step: 'list' | 'fetch' = 'list') =>
    classify({ step, why: 'exited', stderr, now });
  const answered = (...headers: string[]) =>
    exited(headers.map((text) => `10:00:00.000000 http.c:684  <= Recv header: ${text}\n`).join(''));
  it.each([
    ['git@github.com: Permission denied (publickey).', 'remote_denied', false],
    ['Received disconnect from 1.2.3.4 port 22:2: Too many authentication failures', 'remote_denied', false],
    ['Host key verification failed.', 'remote_denied', false],
    [
      "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
      'remote_denied',
      false,
    ],
    ['ERROR: Repository not found.\nfatal: Could not read from remote repository.', 'remote_gone', false],
    ['Forgejo: Cannot find repository: a/b', 'remote_gone', false],
    ['remote: The project you were looking for could not be found', 'remote_gone', false],
    ["fatal: '/x' does not appear to be a git repository", 'remote_gone', false],
    ['ssh: Could not resolve hostname h: Name or service not known', 'remote_unreachable', true],
    ['ssh: connect to host h port 22: Connection refused', 'remote_unreachable', true],
    ['fatal: unable to access: SSL certificate problem', 'remote_unreachable', true],
    ['error: RPC failed; curl 56 Recv failure\nfatal: early EOF', 'remote_unreachable', true],
    ['error: index-pack died of signal 25', 'remote_too_large', false],
    ["fatal: couldn't find remote ref refs/heads/x", 'branch_missing', false],
    ['fatal: something else', 'remote_failed', false],
    [
      "error: cannot lock ref 'refs/heads/fix/tls': 'refs/heads/fix' exists; cannot create 'refs/heads/fix/tls'\n ! main  ->  fix/tls  (unable to update local ref)",
      'remote_failed',
      false,
    ],
    [
      "fatal: unable to access 'https://tls.example.org/it's/certificate/': it said no",
      'remote_failed',
      false,
    ],
    [
      'fatal: expected flush after ssl.example.org, of refs/heads/timeout and /srv/tls',
      'remote_failed',
      false,
    ],
    ["fatal: '/srv/connection refused' does not appear to be a git repository", 'remote_gone', false],
    ["fatal: repository 'https://tls.example.org/a.git/' not found", 'remote_gone', false],
    [
      "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none",
      'remote_unreachable',
      true,
    ],
    [
      "fatal: unable to access 'https://h/': error:0A000086:SSL routines::certificate verify failed",
      'remote_unreachable',
      true,
    ],
    ['kex_exchange_identification: banner line 0', 'remote_unreachable', true],
  ])('when git printed %j, then is %s', (stderr, code, isServers) =>
    expect(exited(stderr)).toMatchObject({ code, isServers }),
  );

  it.each([
    [
      'https://h/certificate',
      "fatal: unable to access 'https://h/certificate/': Could not resolve host: h",
      false,
    ],
    ['git@certificate.example.org:a', 'ssh: Could not resolve hostname certificate.example.org: x', false],
    ['https://h/a', 'remote: Your certificate has no access\nERROR: Repository not found.', false],
    ['https://h/a', "fatal: unable to access 'https://h/a/': SSL certificate problem: expired", true],
  ])('of %s, when git printed %j, then names the setting for certificates: %s', (url, stderr, is) => {
    const { remedy } = remoteError(exited(stderr), parseRemoteUrl(url));
    expect(remedy.includes('sslCAInfo')).toBe(is);
  });

  it("when a setting leads to another protocol, then the remedy names it, whatever the protocol's name", () => {
    const { remedy } = remoteError(
      exited("fatal: transport 'x-certificate' not allowed"),
      parseRemoteUrl('https://h/a'),
    );
    expect(remedy).toContain('insteadOf');
  });

  it('when a transfer ended early after the branches were listed, then only the repository failed', () =>
    expect(exited('fatal: early EOF', 'fetch')).toMatchObject({
      code: 'remote_unreachable',
      isServers: false,
    }));

  it('when the limit ends at a time, then the wait is counted by the clock of the server', () => {
    const reset = ['X-RateLimit-Remaining: 0', 'X-RateLimit-Reset: 1800000060'];
    const problem = answered('HTTP/1.1 403 x', ...reset, 'Date: Fri, 15 Jan 2027 07:59:00 GMT');
    expect(problem).toMatchObject({ code: 'remote_limited', retryAfterMs: 121_000, messages: '' });
  });

  // 1800000000 is 08:00:00.
  it.each([
    ['RateLimit-Reset: 1800000060', 61_000],
    ['X-RateLimit-Reset: 600', 600_000],
    ['Retry-After: Fri, 15 Jan 2027 08:10:00 GMT', 600_000],
    ['Retry-After: 999999999', 24 * 3_600_000],
    ['Retry-After: 10000000000', 24 * 3_600_000],
    ['Retry-After: soon', undefined],
  ])('when a limited server says %s and no date, then the wait is %s ms', (header, ms) =>
    expect(answered('HTTP/1.1 429 x', header).retryAfterMs).toBe(ms),
  );

  it('when an answer that is not limited names a time of a reset, then there is no wait', () =>
    expect(answered('HTTP/1.1 404 x', 'RateLimit-Reset: 1800000060')).not.toHaveProperty('retryAfterMs'));

  it('whatever was printed, then there is an error, and no line of the trace is in it', () => {
    const remote = parseRemoteUrl('https://h/x');
    const secret = 'PRIVATE-TOKEN: k3y-of-mine';
    const trace = `08:53:06.438382 http.c:684              => Send header: ${secret}`;
    const part = fc.oneof(
      fc.string(),
      fc.constantFrom('\n', '\r', 'remote: 5%\r', `${trace}\n`, `x${trace}\n`),
    );
    const end = fc.constantFrom('exited', 'timed-out', 'flooded', 'aborted') satisfies fc.Arbitrary<string>;
    const check = (parts: string[], why: 'exited' | 'timed-out' | 'flooded' | 'aborted') => {
      const problem = classify({ step: 'fetch', why, stderr: parts.join(''), now });
      expect(remoteError(problem, remote).message).not.toContain('k3y');
    };
    fc.assert(fc.property(fc.array(part), end, check));
  });
});

it.each([
  ['main', true],
  ['a/b.c', true],
  ['../../config', false],
  ['a..b', false],
  ['.a', false],
  ['a.lock', false],
  ['a/', false],
  ['-a', false],
  ['a b', false],
  ['', false],
])('whether %j is the name of a branch: %s', (name, is) => expect(isBranchName(name)).toBe(is));

it('when a mirror has many packs or three times its first size, then it has grown', () => {
  const MiB = 2 ** 20;
  expect(isGrown(10 * MiB, { bytes: 30 * MiB, packs: 50 })).toBe(false);
  expect(isGrown(10 * MiB, { bytes: 30 * MiB + 1, packs: 1 })).toBe(true);
  expect(isGrown(1, { bytes: 3 * MiB, packs: 1 })).toBe(false);
  expect(isGrown(1, { bytes: 1, packs: 51 })).toBe(true);
});

describe('turns at servers', () => {
  it('when one server holds its turns, then others go on, and at most two run with each', async () => {
    const turns = new ServerTurns(3);
    const ends: (() => void)[] = [];
    const running: string[] = [];
    const start = (server: string) =>
      turns.run(server, () => {
        running.push(server);
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    const all = ['a', 'a', 'a', 'b', 'b'].map(start);
    await expect.poll(() => running).toEqual(['a', 'a', 'b']);
    while (running.length < 5) {
      ends.shift()?.();
      await new Promise(setImmediate);
    }
    for (const end of ends) end();
    await Promise.all(all);
  });

  it('when what waits is aborted, then it ends at once and never begins', async () => {
    const turns = new ServerTurns(1);
    const abort = new AbortController();
    let end = () => {};
    const first = turns.run('a', () => new Promise<void>((resolve) => (end = resolve)));
    const second = turns.run('b', () => Promise.reject(new Error('began')), abort.signal);
    abort.abort(new Error('stop'));
    await expect(second).rejects.toThrow('stop');
    end();
    await first;
    expect(await turns.run('b', () => Promise.resolve(1))).toBe(1);
  });

  it('when many wait with one signal, then they share one listener, and all end when it is aborted', async () => {
    const turns = new ServerTurns(1);
    const abort = new AbortController();
    const count = () => getEventListeners(abort.signal, 'abort').length;
    let end = () => {};
    const first = turns.run('a', () => new Promise<void>((resolve) => (end = resolve)), abort.signal);
    const others = Array.from({ length: 20 }, (_, n) => turns.run(`s${n % 3}`, async () => {}, abort.signal));
    const ended = Promise.allSettled(others);
    await new Promise(setImmediate);
    expect(count()).toBe(1);
    abort.abort(new Error('stop'));
    expect((await ended).map(({ status }) => status)).toEqual(others.map(() => 'rejected'));
    end();
    await first;
  });
});
