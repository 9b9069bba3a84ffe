import { describe, expect, it } from 'vitest';
import { remoteReasons } from '../../../src/domain/freshness.js';
import { isContactRecent, type RemoteState } from '../../../src/domain/remote-state.js';

const NOON = new Date('2026-11-26T12:00:00Z');
const LIMIT = 600_000;
const HEAD = 'a'.repeat(40);
const PUSHED = 'b'.repeat(40);
const state = (change: Partial<RemoteState> = {}): RemoteState => ({
  ...{ contactedAt: '2026-11-26T11:55:00.000000Z', contactHead: HEAD, head: HEAD, pushed: null },
  ...change,
});
const push = (at: string) => ({ branch: 'main', head: PUSHED, at });
const codes = (remote: RemoteState) =>
  remoteReasons(remote, NOON, LIMIT).map(({ input, code }) => `${input} ${code}`);

describe('the reasons of the remote of a mirror', () => {
  it('when the last contact is recent and found the commit that was compared, then there is none', () => {
    expect(codes(state())).toEqual([]);
    expect(codes(state({ pushed: push('2026-11-26T11:54:59.999999Z') }))).toEqual([]);
  });

  it('when a push was stored since the contact began, then it names the commit', () => {
    const reasons = remoteReasons(state({ pushed: push('2026-11-26T11:55:00.000000Z') }), NOON, LIMIT);
    expect(reasons).toMatchObject([{ input: 'remote', code: 'pushed', was: HEAD, now: PUSHED }]);
    expect(reasons[0]?.text).toBe(`remote: ${PUSHED} was pushed to main, and was not fetched yet.`);
  });

  it.each([
    ['never', null],
    ['longer ago than the limit', '2026-11-26T11:49:59.999000Z'],
    ['in the future, by a clock that was set back since', '2026-11-26T12:00:01.000000Z'],
  ])('when the remote was reached %s, then it is not verified', (_, contactedAt) => {
    expect(codes(state({ contactedAt }))).toEqual(['remote not_verified']);
    expect(isContactRecent(state({ contactedAt }), NOON, LIMIT)).toBe(false);
  });

  it.each([
    ['another commit', PUSHED],
    ['no known commit', null],
  ])('when the mirror has %s, then the last contact says nothing of it', (_, head) => {
    expect(codes(state({ head }))).toEqual(['remote not_verified']);
  });
});
