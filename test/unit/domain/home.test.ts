import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkoutPath, homeHost, likelyHome, mayClaim } from '../../../src/domain/home.js';

type Paths = Parameters<typeof checkoutPath>[0];

const host = fc
  .oneof(
    fc.constantFrom('a', 'b', 'c', 'alpha', 'Alpha', '10', '9', 'constructor', 'toString', 'hasOwnProperty'),
    fc.string({ minLength: 1, maxLength: 8 }),
  )
  .filter((name) => name !== '__proto__');
const path = fc.constantFrom('', '/srv/x', '~/x');
const repo = fc.record({
  hostPaths: fc.dictionary(host, path, { maxKeys: 4, noNullPrototype: true }),
  localPath: fc.option(path),
});
const claim = fc.option(host);

describe('the home host', () => {
  it('is unknown unless a permitted host has claimed the repository or the registry names exactly one', () => {
    fc.assert(
      fc.property(repo, claim, (paths, claimedBy) => {
        const named = Object.keys(paths.hostPaths);
        const claims = claimedBy !== null && (named.length === 0 || named.includes(claimedBy));
        expect(homeHost(paths, claimedBy) === undefined).toBe(!claims && named.length !== 1);
      }),
    );
  });

  it('is one of the hosts that the registry names, if it names any', () => {
    fc.assert(
      fc.property(repo, claim, (paths, claimedBy) => {
        const named = Object.keys(paths.hostPaths);
        if (named.length > 0) expect([...named, undefined]).toContain(homeHost(paths, claimedBy));
        else expect(homeHost(paths, claimedBy)).toBe(claimedBy ?? undefined);
      }),
    );
  });

  it('stays the host that claimed it, as long as the registry names it', () => {
    fc.assert(
      fc.property(repo, host, path, (paths, claimedBy, where) => {
        const hostPaths = { ...paths.hostPaths, [claimedBy]: where };
        expect(homeHost({ ...paths, hostPaths }, claimedBy)).toBe(claimedBy);
      }),
    );
  });

  it('does not depend on the order in which hosts are named', () => {
    fc.assert(
      fc.property(repo, claim, (paths, claimedBy) => {
        const hostPaths = Object.fromEntries(Object.entries(paths.hostPaths).reverse());
        expect(homeHost({ ...paths, hostPaths }, claimedBy)).toBe(homeHost(paths, claimedBy));
      }),
    );
  });

  it('is unknown if several are named and none has claimed it, because one may never run again', () => {
    const paths = { hostPaths: { zeta: '/x', alpha: '/x' }, localPath: null };
    expect(homeHost(paths, null)).toBeUndefined();
    expect(homeHost(paths, 'elsewhere')).toBeUndefined();
    expect(homeHost(paths, 'zeta')).toBe('zeta');
  });

  it('is the only one that is named, also if another host claimed it before', () => {
    const paths = { hostPaths: { alpha: '/x' }, localPath: null };
    expect(homeHost(paths, null)).toBe('alpha');
    expect(homeHost(paths, 'elsewhere')).toBe('alpha');
  });
});

describe('the host to wake', () => {
  it('is the home host if there is one, else a host that may claim the repository', () => {
    fc.assert(
      fc.property(repo, claim, host, (paths, claimedBy, here) => {
        const home = homeHost(paths, claimedBy);
        const woken = likelyHome(paths, claimedBy, here);
        if (home !== undefined) expect(woken).toBe(home);
        else expect(mayClaim(paths, woken)).toBe(true);
      }),
    );
  });

  it('is this host first, if it may claim the repository', () => {
    const paths = { hostPaths: { alpha: '/x', beta: '/x' }, localPath: null };
    expect(likelyHome(paths, null, 'beta')).toBe('beta');
    expect(likelyHome(paths, null, 'gamma')).toBe('alpha');
    expect(likelyHome({ hostPaths: {}, localPath: '/x' }, null, 'gamma')).toBe('gamma');
  });
});

describe('the path of a checkout', () => {
  it('is the one of that host, and never another host’s', () => {
    fc.assert(
      fc.property(repo, host, (paths, here) => {
        const named = Object.keys(paths.hostPaths);
        const wanted = named.includes(here)
          ? paths.hostPaths[here]
          : named.length === 0
            ? (paths.localPath ?? undefined)
            : '';
        expect(checkoutPath(paths, here) ?? '').toBe(wanted ?? '');
      }),
    );
  });

  const cases: [paths: Paths, wanted: string | undefined, rule: string][] = [
    [{ hostPaths: { here: '/a' }, localPath: '/b' }, '/a', 'the host’s own, before the local path'],
    [{ hostPaths: { there: '/a' }, localPath: '/b' }, undefined, 'none where only others are named'],
    [{ hostPaths: { here: '' }, localPath: '/b' }, undefined, 'none where the host’s is empty'],
    [{ hostPaths: {}, localPath: '/b' }, '/b', 'the local path where no host is named'],
    [{ hostPaths: {}, localPath: null }, undefined, 'none where nothing is set'],
  ];

  it.each(cases)('of %j is %j: %s', (paths, wanted) => {
    expect(checkoutPath(paths, 'here')).toBe(wanted);
  });

  it('is not read from inherited properties', () => {
    expect(checkoutPath({ hostPaths: { there: '/a' }, localPath: null }, 'constructor')).toBeUndefined();
  });
});
