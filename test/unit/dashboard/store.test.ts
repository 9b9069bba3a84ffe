/** Tests of which answers the page keeps and shows, and of when it drops them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../src/dashboard/state/store.js';
import { makeEntry } from './entries.js';

const SUMMARY = './repos/doi/summary';
const NOW = Date.parse('2026-11-26T12:00:00.000Z');
type Answer = (path: string, headers: Record<string, string>) => Response | Promise<Response>;
/** How the service answers, and the paths and headers of the HTTP requests that it received. */
let answer: Answer;
let paths: string[];
let sent: Record<string, string>[];

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
  const held = new Map<string, string>();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('addEventListener', () => {});
  vi.stubGlobal('location', { href: 'http://here/', search: '', pathname: '/' });
  vi.stubGlobal('document', {
    ...{ hidden: false, documentElement: { dataset: {} }, addEventListener: () => {} },
  });
  vi.stubGlobal('sessionStorage', {
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => held.set(key, value),
    removeItem: (key: string) => held.delete(key),
  });
  paths = [];
  sent = [];
  vi.stubGlobal('fetch', async (path: string, init: { headers: Record<string, string> }) => {
    paths.push(path);
    sent.push(init.headers);
    return answer(path, init.headers);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

const reply = (value: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(value), { headers: { etag: '"1"', ...headers } });
const refused = () => new Response('{}', { status: 401 });
const whole = (path: string) => reply(path === SUMMARY ? [makeEntry()] : []);
/** Answers as a service that needs a token for reading. */
const guarded: Answer = (path, { authorization }) =>
  authorization === 'Bearer good' ? whole(path) : refused();

function held<Value>() {
  let release: (value: Value) => void = () => {};
  const promise = new Promise<Value>((resolve) => {
    release = resolve;
  });
  return { promise, release };
}

describe('a token that is forgotten', () => {
  it.each([SUMMARY, './hosts'])(
    'when an answer to %s is under way, then the page neither keeps nor shows it',
    async (late) => {
      const pending = held<Response>();
      answer = (path, headers) =>
        path === late && headers['authorization'] !== undefined ? pending.promise : guarded(path, headers);
      const store = new Store();
      store.api.tokens.set('read', 'good');
      const polled = store.poll();
      await vi.waitFor(() => expect(paths).toContain(late));
      store.forgetTokens();
      pending.release(whole(late));
      await polled;
      const { connection, entries, trend, hosts } = store.page;
      expect([connection.state, entries, trend, hosts]).toEqual([
        'unauthorized',
        undefined,
        undefined,
        undefined,
      ]);
      await store.api.get(late);
      expect(sent.at(-1)).not.toHaveProperty('if-none-match');
    },
  );

  it('when the service had refused it before, then the page drops what it had read with it', async () => {
    answer = guarded;
    const store = new Store();
    store.api.tokens.set('read', 'good');
    store.api.tokens.set('write', 'other');
    await store.poll();
    expect(store.page.entries).toHaveLength(1);
    answer = refused;
    await store.poll();
    store.forgetTokens();
    expect(store.page.entries).toBeUndefined();
  });
});

describe('a token that the service refuses', () => {
  it('when it was sent for a report, then the page shows nothing as live, without waiting for the next poll', async () => {
    answer = guarded;
    const store = new Store();
    store.api.tokens.set('read', 'good');
    await store.poll();
    answer = refused;
    await store.api.get('./repos/thing/doi');
    await vi.waitFor(() => expect(store.page.connection.state).toBe('unauthorized'));
    expect(Date.now() - NOW).toBeLessThan(15_000);
    expect([store.api.tokens.isEmpty, store.api.wasRefused]).toEqual([true, true]);
  });

  it('when it was sent to request an evaluation, then the page forgets it and notifies its views', async () => {
    answer = refused;
    const store = new Store();
    store.api.tokens.set('write', 'bad');
    const hasTokens: boolean[] = [];
    store.subscribe(() => hasTokens.push(!store.api.tokens.isEmpty));
    expect(await store.api.refresh('thing')).toEqual({ kind: 'unauthorized' });
    expect(hasTokens[0]).toBe(false);
  });
});

describe('times', () => {
  it('when an answer says for which time it holds, then the page shows that time, and keeps it while no answer comes', async () => {
    const store = new Store();
    for (const [minute, status] of [
      ['11:58', 200],
      ['11:59', 304],
    ] as const) {
      const time = `2026-11-26T${minute}:00.000Z`;
      answer = () =>
        new Response(status === 304 ? null : '[]', {
          status,
          headers: { etag: '"1"', 'doi-verified-at': time },
        });
      await store.poll();
      expect(store.page.verifiedAt).toBe(time);
    }
    answer = () => Promise.reject(new TypeError('away'));
    await store.poll();
    expect(store.page.verifiedAt).toBe('2026-11-26T11:59:00.000Z');
  });

  it.each([-300, 0, 300])(
    'when the browser is %d s ahead, then ages are by the clock of the service',
    async (ahead) => {
      const date = new Date(NOW - ahead * 1000).toUTCString();
      answer = () => reply([], { date });
      const store = new Store();
      await store.poll();
      expect(store.page.now).toBe(NOW - ahead * 1000);
      expect(store.page.connection.confirmedAt).toBe(store.page.now);
      vi.advanceTimersByTime(10_000);
      expect(store.page.now).toBe(NOW - ahead * 1000 + 10_000);
    },
  );
});

it('when the page reads many reports, then it caches the latest, and the answers of each poll', async () => {
  answer = whole;
  const { api } = new Store();
  for (let count = 0; count < 150; count += 1) {
    await api.get(SUMMARY);
    await api.get(`./repos/${count}/doi`);
  }
  const isCached = async (path: string) => {
    await api.get(path);
    return sent.at(-1)?.['if-none-match'] !== undefined;
  };
  expect(await isCached(SUMMARY)).toBe(true);
  expect(await isCached('./repos/149/doi')).toBe(true);
  expect(await isCached('./repos/0/doi')).toBe(false);
});
