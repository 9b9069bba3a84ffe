import { describe, expect, it } from 'vitest';
import type { ForgeRepository } from '../../../src/domain/forge.js';
import { type DiscoveryOptions, planDiscovery } from '../../../src/registry/plan-discovery.js';
import type { Registration } from '../../../src/registry/rows.js';
import type { KnownSource } from '../../../src/store/repositories/forge-sources.js';

const FORGE = 'github#https://api.github.com';

const repo = (id: number, name: string, more: Partial<ForgeRepository> = {}): ForgeRepository => ({
  ...{ id: String(id), name, fullName: `acme/${name}`, defaultBranch: 'main', topics: [] },
  ...{ cloneUrl: `https://github.com/acme/${name}.git`, sshUrl: `git@github.com:acme/${name}.git` },
  ...{ isArchived: false, isFork: false, ...more },
});
const row = (slug: string, more: Partial<Registration> = {}): Registration => ({
  ...{ id: `id-${slug}`, slug, name: slug, status: 'active', domainSlug: 'default', localPath: null },
  ...{ remoteUrl: `https://github.com/acme/${slug}.git`, hostPaths: { here: `/m/${slug}.git` }, ...more },
});

/** Rows with the ids that an earlier run found; 0 for a row that no run found. */
function plan(
  listed: readonly ForgeRepository[],
  rows: readonly (readonly [Registration, number])[] = [],
  more: Partial<DiscoveryOptions> = {},
) {
  const options: DiscoveryOptions = {
    ...{ forge: FORGE, owner: 'Acme', basePath: '', listed, isWhole: true, matches: () => true },
    ...{ archived: false, forks: false, ssh: false, prune: false, force: false, gone: new Set(), ...more },
  };
  const sources = new Map<string, KnownSource>(
    rows.flatMap(([{ id }, forgeId]) =>
      forgeId === 0
        ? []
        : [[id, { repoId: id, branch: null, mirrorHost: 'here', forge: FORGE, forgeId: String(forgeId) }]],
    ),
  );
  return planDiscovery(options, { known: rows.map(([each]) => each), sources });
}

describe('a repository that is not registered', () => {
  it('is added with its id, over https or ssh', () => {
    const { added } = plan([repo(1, 'widget')], [], { domain: 'shop' });
    expect(added).toEqual([
      {
        ...{ remoteUrl: 'https://github.com/acme/widget.git', name: 'widget', domain: 'shop' },
        ...{ forge: FORGE, forgeId: '1' },
      },
    ]);
    expect(plan([repo(1, 'widget')], [], { ssh: true }).added[0]?.remoteUrl).toBe(
      'git@github.com:acme/widget.git',
    );
  });

  it.each([
    ['archived', { isArchived: true }, {}],
    ['fork', { isFork: true }, {}],
    ['empty', { isEmpty: true }, { archived: true, forks: true }],
    ['not matching', {}, { matches: (name: string) => name !== 'widget' }],
    ['not matching', { topics: ['a'] }, { topic: 'b' }],
  ])('is skipped as %s', (why, more, options) => {
    const { added, skipped } = plan([repo(1, 'widget', more)], [], options);
    expect({ added, skipped }).toEqual({ added: [], skipped: [{ name: 'acme/widget', why }] });
  });

  it('is added where the filters let it pass', () => {
    const listed = [repo(1, 'a', { isArchived: true }), repo(2, 'b', { isFork: true, topics: ['x'] })];
    expect(plan(listed, [], { archived: true, forks: true }).added).toHaveLength(2);
    expect(plan(listed, [], { forks: true, topic: 'x' }).added).toMatchObject([{ name: 'b' }]);
  });
});

describe('a registered repository', () => {
  it('when nothing changed, then stays, whatever the filters are', () => {
    const none = plan([repo(1, 'widget', { isFork: true })], [[row('widget'), 1]], { matches: () => false });
    expect(none).toMatchObject({
      added: [],
      adopted: [],
      renamed: [],
      skipped: [],
      vanished: [],
      unchanged: 1,
    });
  });

  it('when it was registered by a person, then is adopted by its remote, however that is written', () => {
    const known = row('mine', { remoteUrl: 'ssh://git@ssh.github.com:443/Acme/Widget' });
    expect(plan([repo(1, 'widget')], [[known, 0]])).toMatchObject({
      added: [],
      adopted: [{ row: known, forgeId: '1' }],
      renamed: [],
    });
  });

  it('when it has a place on no host, then a mirror of its remote is added', () => {
    const known = row('hub', { remoteUrl: 'git@github.com:acme/widget', hostPaths: {} });
    const { added, adopted } = plan([repo(1, 'widget')], [[known, 0]]);
    expect({ added, adopted }).toMatchObject({
      added: [{ remoteUrl: 'git@github.com:acme/widget', forgeId: '1' }],
      adopted: [],
    });
  });

  it('when it was renamed, then keeps its row and gets the new address, over ssh where it was fetched so', () => {
    const ssh = row('gadget', { remoteUrl: 'git@github.com:acme/gadget.git' });
    const listed = [repo(1, 'new-widget'), repo(2, 'new-gadget')];
    const { renamed, added, vanished } = plan(listed, [
      [row('widget'), 1],
      [ssh, 2],
    ]);
    expect(renamed).toMatchObject([
      { row: { slug: 'widget' }, remoteUrl: 'https://github.com/acme/new-widget.git' },
      { row: { slug: 'gadget' }, remoteUrl: 'git@github.com:acme/new-gadget.git' },
    ]);
    expect({ added, vanished }).toEqual({ added: [], vanished: [] });
  });

  it('when ssh is wanted, then a mirror gets its ssh address, and a checkout keeps its own', () => {
    const known = [
      [row('widget'), 1],
      [row('mine'), 0],
    ] as const;
    const { renamed } = plan([repo(1, 'widget'), repo(2, 'mine')], known, { ssh: true });
    expect(renamed).toMatchObject([{ row: { slug: 'widget' }, remoteUrl: 'git@github.com:acme/widget.git' }]);
  });

  it('when it is fetched over ssh and the forge names no usable ssh address, then it stays so until it is renamed', () => {
    const known = [[row('widget', { remoteUrl: 'git@ssh.example:acme/widget' }), 1]] as const;
    expect(plan([repo(1, 'widget', { sshUrl: null })], known).renamed).toEqual([]);
    expect(plan([repo(1, 'new', { sshUrl: null })], known).renamed).toMatchObject([
      { remoteUrl: 'https://github.com/acme/new.git' },
    ]);
  });

  it('when another one has taken its old name, then each is what its id says', () => {
    const { renamed, added } = plan([repo(9, 'widget'), repo(1, 'old-widget')], [[row('widget'), 1]]);
    expect(renamed).toMatchObject([
      { row: { slug: 'widget' }, remoteUrl: expect.stringContaining('/old-widget') },
    ]);
    expect(added).toMatchObject([{ forgeId: '9' }]);
  });

  it('when it was deleted and made again, then gets the new id', () => {
    const { adopted, vanished } = plan([repo(9, 'widget')], [[row('widget'), 1]]);
    expect({ adopted, vanished }).toMatchObject({ adopted: [{ forgeId: '9' }], vanished: [] });
    // The one of before may be on a page that was not listed.
    const early = plan([repo(9, 'widget')], [[row('widget'), 1]], { isWhole: false });
    expect(early).toMatchObject({ adopted: [], added: [] });
  });

  it('when the forge has archived it, then is archived, unless archived ones are wanted or the list is not whole', () => {
    const listed = [repo(1, 'widget', { isArchived: true })];
    const known = [[row('widget'), 1]] as const;
    expect(plan(listed, known).archived).toMatchObject([{ slug: 'widget' }]);
    expect(plan(listed, known, { archived: true }).archived).toEqual([]);
    expect(plan(listed, known, { isWhole: false }).archived).toEqual([]);
  });

  it('when only the registry has archived it, then is named and stays archived', () => {
    const { inactive, archived } = plan([repo(1, 'widget')], [[row('widget', { status: 'archived' }), 1]]);
    expect({ inactive, archived }).toMatchObject({ inactive: [{ slug: 'widget' }], archived: [] });
  });
});

describe('a repository that is no longer listed', () => {
  const rows = ['a', 'b', 'c'].map((slug, at) => [row(slug), at + 1] as const);
  const listed = [repo(1, 'a'), repo(2, 'b')];

  it('is named, and pruned only where that is wanted and the list is whole', () => {
    expect(plan(listed, rows)).toMatchObject({ vanished: [{ slug: 'c' }], prunes: false });
    const gone = new Set(['id-c']);
    expect(plan(listed, rows, { prune: true, gone })).toMatchObject({
      ...{ vanished: [{ slug: 'c' }], unconfirmed: [], prunes: true },
    });
    expect(plan(listed, rows, { prune: true })).toMatchObject({
      ...{ vanished: [], unconfirmed: [{ id: '3', fullName: 'acme/c' }], prunes: false },
    });
    expect(plan(listed, rows, { prune: true, gone, isWhole: false })).toMatchObject({
      ...{ vanished: [], prunes: false, keptBecause: 'not whole' },
    });
  });

  it('when more than half are gone, then stays, unless that is forced', () => {
    for (const few of [[repo(1, 'a')], []]) {
      expect(plan(few, rows, { prune: true })).toMatchObject({ prunes: false, keptBecause: 'most are gone' });
      const gone = new Set(rows.map(([{ id }]) => id));
      expect(plan(few, rows, { prune: true, gone, force: true })).toMatchObject({ prunes: true });
    }
  });

  it('is not missed where it is of another owner, another forge, archived, or registered by a person', () => {
    const others = [
      [row('x', { remoteUrl: 'https://github.com/acme-labs/x.git' }), 7],
      [row('y', { status: 'archived' }), 8],
      [row('z'), 0],
    ] as const;
    expect(plan([], others).vanished).toEqual([]);
    const known = row('w', { remoteUrl: 'https://git.example.org/git/team/tools/w.git' });
    const at = (owner: string) => plan([], [[known, 5]], { owner, basePath: '/git' }).vanished;
    expect([at('team'), at('Team/Tools'), at('tools')].map((list) => list.length)).toEqual([1, 1, 0]);
    expect(plan([], [[known, 5]], { owner: 'team', forge: 'gitlab#x' }).vanished).toEqual([]);
  });
});
