/** Tests of what the page keeps and shows of the service's answers, and of when it drops them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Store } from '../../../src/dashboard/state/store.js';
import { makeEntry } from './entries.js';

const SUMMARY = './repos/doi/summary';
const NOW = Date.parse('2026-11-26T12:00:00.000Z');
type Answer = (path: string, headers: Record<string, string>) => Response | Promise<Response>;
/** What the service answers, and what it was asked. */
let answer: Answer;
let asked: string[];
let asks: Record<string, string>[];

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
  asked = [];
  asks = [];
  vi.stubGlobal('fetch', async (path: string, init: { headers: Record<string, string> }) => {
    asked.push(path);
    asks.push(init.headers);
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
/** As a service that needs a token for reading. */
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
    'when %s is still to be answered, then nothing of it is kept or shown',
    async (late) => {
      const answered = held<Response>();
      answer = (path, headers) =>
        path === late && headers['authorization'] !== undefined ? answered.promise : guarded(path, headers);
      const store = new Store();
      store.asker.tokens.set('read', 'good');
      const polled = store.poll();
      await vi.waitFor(() => expect(asked).toContain(late));
      store.forgetTokens();
      answered.release(whole(late));
      await polled;
      const { connection, entries, trend, hosts } = store.page;
      expect([connection.state, entries, trend, hosts]).toEqual([
        'unauthorized',
        undefined,
        undefined,
        undefined,
      ]);
      await store.asker.get(late);
      expect(asks.at(-1)).not.toHaveProperty('if-none-match');
    },
  );

  it('when the service had refused it before, then what it had shown is gone too', async () => {
    answer = guarded;
    const store = new Store();
    store.asker.tokens.set('read', 'good');
    store.asker.tokens.set('ask', 'other');
    await store.poll();
    expect(store.page.entries).toHaveLength(1);
    answer = refused;
    await store.poll();
    store.forgetTokens();
    expect(store.page.entries).toBeUndefined();
  });
});

describe('a token that the service refuses', () => {
  it('when it was sent for a report, then the page shows nothing as live any more, without waiting', async () => {
    answer = guarded;
    const store = new Store();
    store.asker.tokens.set('read', 'good');
    await store.poll();
    answer = refused;
    await store.asker.get('./repos/thing/doi');
    await vi.waitFor(() => expect(store.page.connection.state).toBe('unauthorized'));
    expect(Date.now() - NOW).toBeLessThan(15_000);
    expect([store.asker.tokens.isEmpty, store.asker.wasRefused]).toEqual([true, true]);
  });

  it('when it was sent to ask for an evaluation, then it is gone, and whoever shows the page hears of it', async () => {
    answer = refused;
    const store = new Store();
    store.asker.tokens.set('ask', 'bad');
    const holds: boolean[] = [];
    store.listen(() => holds.push(!store.asker.tokens.isEmpty));
    expect(await store.asker.refresh('thing')).toEqual({ kind: 'unauthorized' });
    expect(holds[0]).toBe(false);
  });
});

describe('times', () => {
  it('when the service says as of when it knows, then the page says that, and keeps it while nothing answers', async () => {
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

it('when many reports are read, then the latest are kept, and what each poll asks for', async () => {
  answer = whole;
  const { asker } = new Store();
  for (let count = 0; count < 150; count += 1) {
    await asker.get(SUMMARY);
    await asker.get(`./repos/${count}/doi`);
  }
  const isKept = async (path: string) => {
    await asker.get(path);
    return asks.at(-1)?.['if-none-match'] !== undefined;
  };
  expect(await isKept(SUMMARY)).toBe(true);
  expect(await isKept('./repos/149/doi')).toBe(true);
  expect(await isKept('./repos/0/doi')).toBe(false);
});
