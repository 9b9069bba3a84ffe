/** Tests of the versions of now: which host's probe or record counts for which repository, and until when. No file is read. */
import { tmpdir } from 'node:os';
import { describe, expect, it, test } from 'vitest';
import { joinFingerprint, type Versions } from '../../../src/domain/fingerprint.js';
import { VERSIONED_KEYS } from '../../../src/domain/input.js';
import { requireComplete } from '../../../src/inputs/complete-now.js';
import { type KnownRepository, observedNow } from '../../../src/inputs/now.js';
import type { CheckoutProber, ProbeOutcome } from '../../../src/inputs/probe/checkout-prober.js';
import { probeCheckout } from '../../../src/inputs/probe/probe-checkout.js';
import { type ReadNowDeps, type ReadNowOptions, readNow, readOneNow } from '../../../src/inputs/read-now.js';
import { nameNow } from '../../../src/inputs/record-now.js';

const NOON = '2026-11-26T12:00:00.000Z';
const release = { version: '1.0.0', criteriaDigest: 'x', builtAt: NOON };
const registry = { repo: 'r', tpsc: 't', goal: 'g', domain: 'none' };
const recorded = {
  ...Object.fromEntries(VERSIONED_KEYS.map((key) => [key, `recorded ${key}`])),
  ...registry,
} as Versions;
const times = {
  ...{ clock: NOON, seen_at: NOON, recorded_at: '2026-11-26T12:00:00.000000Z', checked_exact: null },
  ...{ heartbeat: null, heartbeat_exact: null },
};

function known(change: Partial<KnownRepository> = {}): KnownRepository {
  return {
    ...{ repoId: 'id', slug: 'widget', status: 'active', versions: registry, domain: null },
    repo: {
      ...{ slug: 'widget', name: 'widget', domainId: null, localPath: null, remoteUrl: null },
      ...{ hostPaths: { here: '/x' }, lastSbomAt: null },
    },
    ...{ tpsc: { snapshots: 0 }, goal: { active: 0 }, readAt: NOON, times },
    ...{ claimedBy: 'here', observed: joinFingerprint(recorded) },
    ...{ observedHead: null, observedHeadAt: null, source: null },
    ...change,
  };
}

const found: ProbeOutcome = { ...probeCheckout({ id: 'id', host: 'here', path: tmpdir() }), tookMs: 1 };
const LATE: ProbeOutcome = { failed: 'It was late.', code: 'probe_timed_out', tookMs: 1 };

function read(
  { host = 'here', outcome = found, checker = process.execPath } = {},
  repository = known(),
  options: ReadNowOptions = {},
) {
  const probed: string[] = [];
  const probe: CheckoutProber['probe'] = async (targets) => {
    probed.push(...targets.map(({ id }) => id));
    return new Map(targets.map(({ id }) => [id, outcome]));
  };
  const deps: ReadNowDeps = {
    ...{ prober: { probe } as CheckoutProber, host, probeTimeoutMs: 1, searchPath: '', release },
    ...{ limits: { any: 1, checker: 1 }, observedLimitMs: 60_000, contactLimitMs: 600_000 },
    checker: { kind: 'command', argv: [checker], output: 'json' },
  };
  return readOneNow(deps, repository, options).then((now) => ({ now, probed }));
}

describe('when a repository is at home here', () => {
  it('then this host probes it, whatever was recorded', async () => {
    const { now, probed } = await read();
    expect(probed).toEqual(['id']);
    expect(now).toMatchObject({ home: 'here', verified: 'probed', verifiedAt: NOON, problems: [] });
    expect(now.versions['SCOPE.md']).toEqual({ version: 'absent' });
    expect(requireComplete(now).known.criteria).toBe('1.0.0#x');
  });

  it('and its file system caches, then the answer says so', async () => {
    expect((await read({ outcome: { ...found, isCached: true } })).now.verified).toBe('cached');
  });

  it('and the probe fails, then only the registry is known, and the problem is the first to throw', async () => {
    const { now } = await read({ outcome: LATE });
    expect(now).toMatchObject({ verified: 'registry', fingerprint: null, probe: null });
    expect(now.versions.checker).toEqual({ notVerified: 'It was late.' });
    expect(() => requireComplete(now)).toThrow(expect.objectContaining({ code: 'probe_timed_out' }));
  });

  it('and the checker is missing, then its version alone is not known', async () => {
    const { now } = await read({ checker: '/no/such/program' });
    expect(now.versions.checker).toHaveProperty('notVerified');
    expect(now.versions['SCOPE.md']).toEqual({ version: 'absent' });
    expect(now.problems).toEqual([expect.objectContaining({ code: 'checker_missing' })]);
  });

  it('and the caller waits for stable versions, then what is still young is named', async () => {
    let at = Date.parse(NOON);
    const sleep = async (ms: number) => {
      at += ms;
    };
    const stable = { now: () => at, sleep };
    const young = { ...found, newestCtimes: { ...('failed' in found ? {} : found.newestCtimes) } };
    Object.defineProperty(young.newestCtimes, 'SCOPE.md', { get: () => at });
    const { now } = await read({ outcome: young as ProbeOutcome }, known(), { stable });
    expect([...(now.probe?.unstable ?? [])]).toEqual(['SCOPE.md']);
  });
});

it('when a commit cannot be read for an unforeseen reason, then only its repository is not verified', async () => {
  const probe: CheckoutProber['probe'] = async (targets) =>
    new Map(
      targets.map(({ id }) => {
        const tip = { folder: '/x', owner: { uid: 1, gid: 1 }, branch: 'main', commit: 'c' };
        return [id, id === 'bare' && !('failed' in found) ? { ...found, bare: tip } : found];
      }),
    );
  const cause = Object.assign(new Error("EACCES: permission denied, open '/x/config'"), { code: 'EACCES' });
  const deps: ReadNowDeps = {
    ...{ prober: { probe } as CheckoutProber, host: 'here', probeTimeoutMs: 1, searchPath: '', release },
    ...{ limits: { any: 1, checker: 1 }, observedLimitMs: 60_000, contactLimitMs: 600_000 },
    checker: { kind: 'command', argv: [process.execPath], output: 'json' },
    readCommit: () => Promise.reject(cause),
  };
  const [bare, other] = await readNow(deps, [known({ repoId: 'bare' }), known()]);
  expect(bare).toMatchObject({ fingerprint: null });
  expect(bare?.versions['SCOPE.md']).toMatchObject({ notVerified: expect.stringContaining('EACCES') });
  expect(bare?.problems[0]).toMatchObject({ code: 'objects_unreadable', cause });
  expect(other).toMatchObject({ problems: [] });
});

describe('when a repository is at home elsewhere', () => {
  const elsewhere = (change: Partial<KnownRepository> = {}) => read({ host: 'elsewhere' }, known(change));

  it('then what its home recorded a short while ago counts, and nothing is probed', async () => {
    const { now, probed } = await elsewhere();
    expect(probed).toEqual([]);
    expect(now).toMatchObject({ verified: 'observed', verifiedAt: NOON, registryDoubt: null });
    expect(now.versions['SCOPE.md']).toEqual({ version: 'recorded SCOPE.md' });
    expect(now.versions.criteria).toEqual({ version: '1.0.0#x' });
  });

  it('and the caller probes all, then this host probes it', async () => {
    const { now, probed } = await read({ host: 'elsewhere' }, known(), { isHere: () => true });
    expect([probed, now.verified]).toEqual([['id'], 'probed']);
  });

  it.each<[string, Partial<KnownRepository>, RegExp]>([
    ['no host has probed it', { claimedBy: null, repo: { ...known().repo, hostPaths: {} } }, /^no host has/],
    ['its home has recorded nothing', { claimedBy: null }, /^the host here has not probed it yet/],
    ['its times are not known', { times: undefined }, /^the host here has not probed it yet/],
    ['its home could not read it', { observed: null }, /^the host here could not read/],
    ['its record is old', { times: { ...times, clock: '2026-11-26T12:01:00.001Z' } }, /was last active at/],
    [
      'its record is of the future',
      { times: { ...times, clock: '2026-11-26T11:59:59.999Z' } },
      /last active/,
    ],
  ])('and %s, then no version of its checkout is known', async (_why, change, text) => {
    const { now } = await elsewhere(change);
    expect(now).toMatchObject({ verified: 'registry', fingerprint: null });
    expect(now.versions.checkout).toEqual({ notVerified: expect.stringMatching(text) });
    expect(now.versions.repo).toEqual({ version: 'r' });
  });

  it('and its record is of another registry, then that is a doubt, and no fingerprint', async () => {
    const { now } = await elsewhere({ versions: { ...registry, goal: 'another' } });
    expect(now).toMatchObject({ verified: 'observed', fingerprint: null });
    expect(now.registryDoubt).toMatch(/registry entry differs/);
    expect(now.versions.goal).toEqual({ version: 'another' });
  });
});

test('when a heartbeat covers the record, then the answer is verified as of the heartbeat', () => {
  const later = { heartbeat: '2026-11-26T12:00:30.000Z', heartbeat_exact: '2026-11-26T12:00:30.000000Z' };
  const options = {
    release,
    limits: { any: 1, checker: 1 },
    observedLimitMs: 60_000,
    contactLimitMs: 600_000,
  };
  const clock = '2026-11-26T12:01:10.000Z';
  const now = observedNow(known({ times: { ...times, ...later, clock } }), options);
  expect(now).toMatchObject({
    verified: 'observed',
    verifiedAt: later.heartbeat,
    observedAt: later.heartbeat,
  });
});

test('two repositories of which the same is known and not known have the same name for it', async () => {
  const late = async () => nameNow((await read({ outcome: LATE })).now);
  expect(await late()).toBe(await late());
  expect(await late()).not.toBe(nameNow((await read()).now));
});
