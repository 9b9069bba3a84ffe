/** Tests of what the page keeps and shows of the service's answers, and of when it drops them. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Asker } from '../../../src/dashboard/state/ask.js';
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
