import { describe, expect, it } from 'vitest';
import { findKept, readServerTime, refuseKept } from '../../../src/client/kept-by-cache.js';

const VERIFIED = '2026-11-26T10:00:00.000Z';

/** The headers of an answer that the server made when it verified, seen so many seconds later. */
function seen(seconds: number, more: Record<string, string> = {}): Record<string, string> {
  const date = new Date(Date.parse(VERIFIED) + seconds * 1000).toUTCString();
  const status = 'doi-worker; hit; ttl=600; doi-ttl-ms=600000; doi-bound-ms=600000';
  return { date, 'doi-verified-at': VERIFIED, 'cache-status': status, ...more };
}
const isKept = (headers: Record<string, string>, stale = false) => findKept(headers, stale) !== undefined;

describe('the time of the server when an answer arrives', () => {
  it('is its Date and the Age that a cache adds', () => {
    expect(readServerTime(seen(5))?.toISOString()).toBe('2026-11-26T10:00:05.000Z');
    expect(readServerTime(seen(0, { age: '3600' }))?.toISOString()).toBe('2026-11-26T11:00:00.000Z');
    expect(readServerTime(seen(0, { age: 'x' }))?.toISOString()).toBe(VERIFIED);
    expect(readServerTime({})).toBeNull();
  });
});

describe('a fresh answer', () => {
  it('when it is within its bound, and a minute for clocks that differ, then it holds', () => {
    for (const seconds of [-60, 0, 600, 660]) expect(isKept(seen(seconds))).toBe(false);
    for (const seconds of [-61, 661, 86_400]) expect(isKept(seen(seconds))).toBe(true);
  });

  it('when the server names no bound, then there is none', () => {
    for (const status of ['', 'doi-worker; hit', 'doi-worker; hit; xdoi-bound-ms=600000']) {
      expect(isKept(seen(60, { 'cache-status': status }))).toBe(false);
      expect(isKept(seen(61, { 'cache-status': status }))).toBe(true);
    }
    const passed = 'doi-worker; hit; doi-bound-ms=600000, nginx; hit; ttl=9';
    expect(isKept(seen(600, { 'cache-status': passed }))).toBe(false);
  });

  it('when its age says that a cache kept it, then it does not hold, whatever its Date', () => {
    expect(isKept(seen(0, { age: '60' }))).toBe(false);
    expect(isKept(seen(0, { age: '61' }))).toBe(true);
    for (const age of ['86400, 0', '99999999999', '9'.repeat(400)])
      expect(isKept(seen(0, { age }))).toBe(true);
  });

  it('is named as verified at a time, whatever text a proxy gives for that', () => {
    const kept = findKept(seen(0, { 'doi-verified-at': '2020-01-01 (Bearer secret)' }), false);
    expect(kept?.text).toContain('verified at 2020-01-01T00:00:00.000Z,');
    expect(kept?.text).not.toContain('secret');
  });

  it.each(['date', 'doi-verified-at'])('when %s is missing, then it is not known to hold', (name) => {
    const { [name]: _, ...headers } = seen(0);
    expect(isKept(headers)).toBe(true);
  });
});

describe('a stale answer', () => {
  it('when its age says that a cache kept it, then it is no answer of now', () => {
    expect(isKept(seen(86_400), true)).toBe(false);
    expect(isKept({}, true)).toBe(false);
    expect(isKept(seen(0, { age: '61' }), true)).toBe(true);
  });
});

describe('a client that refuses kept answers', () => {
  const answers = (headers: Record<string, string>, body: unknown) =>
    refuseKept({ request: async () => ({ status: 200, headers, body }) }).request({ path: '/' });

  it('when an answer is of now, or is stale, or names no bound, then it hands it on', async () => {
    const old = seen(86_400);
    const { 'cache-status': _, ...unbound } = old;
    for (const [headers, body] of [
      [seen(0), { stale: false }],
      [old, { stale: true }],
      [unbound, []],
    ] as const)
      expect(await answers(headers, body)).toEqual({ status: 200, headers, body });
  });

  it('when a fresh report is older than its bound, or a cache kept anything, then it says so', async () => {
    for (const headers of [seen(86_400), seen(0, { age: '61' })])
      await expect(answers(headers, { stale: false })).rejects.toMatchObject({
        code: 'server_unreachable',
        remedy: expect.stringContaining('Let no cache'),
      });
    await expect(answers({ age: '61' }, [])).rejects.toMatchObject({ code: 'server_unreachable' });
  });
});
