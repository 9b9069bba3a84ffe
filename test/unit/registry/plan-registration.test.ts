import { describe, expect, it } from 'vitest';
import { planRegistration } from '../../../src/registry/plan-registration.js';
import type { Checkout, Registration } from '../../../src/registry/rows.js';

const REMOTE = 'git@h.example:acme/widget.git';
const SAME_REMOTE = 'https://h.example/acme/Widget';

describe('planning a registration', () => {
  it('gives a new checkout its folder as the slug, with its path on this host', () => {
    const plan = planOf([{ path: '/src/acme/Widget', remoteUrl: REMOTE }]);
    expect(plan.changes).toEqual([]);
    expect(plan.inserts).toMatchObject([
      {
        slug: 'widget',
        name: 'Widget',
        domain: 'default',
        remoteUrl: REMOTE,
        hostPaths: { here: '/src/acme/Widget' },
      },
    ]);
  });

  it('when another repository has the slug, then adds the parent folder, then a number', () => {
    const checkouts = ['/a/x/widget', '/b/x/widget', '/c/x/widget', '/d/x/widget'].map((path) => ({
      path,
      remoteUrl: REMOTE,
    }));
    const slugs = planOf(checkouts).inserts.map(({ slug }) => slug);
    expect(slugs).toEqual(['widget', 'x-widget', 'x-widget-2', 'x-widget-3']);
  });

  it('gives the plain slug to the folder with the shortest path, in any order', () => {
    const paths = ['/src/a/b/widget', '/src/widget', '/src/c/widget'];
    const { outcomes } = planOf(paths.map((path) => ({ path, remoteUrl: null })));
    expect(outcomes.map(({ path, slug }) => [path, slug])).toEqual([
      ['/src/a/b/widget', 'b-widget'],
      ['/src/widget', 'widget'],
      ['/src/c/widget', 'c-widget'],
    ]);
  });

  it('when the folder of its remote is gone here, then a checkout is refused with the command that moves it', () => {
    const checkouts = [{ path: '/new place/widget', remoteUrl: REMOTE }];
    const row = registration({ slug: 'thing', hostPaths: { here: '/old/widget' }, remoteUrl: SAME_REMOTE });
    const refused = (gone: Registration) => () => planOf(checkouts, [gone], { gone });
    expect(refused(row)).toThrowError(
      expect.objectContaining({
        code: 'checkout_moved',
        message: expect.stringContaining('/old/widget'),
        remedy: expect.stringMatching(/"doi move thing '\/new place\/widget'";.*--slug/),
      }),
    );
    expect(refused({ ...row, status: 'archived' })).toThrowError(
      expect.objectContaining({ remedy: expect.stringContaining('"doi archive thing --undo"') }),
    );
    expect(planOf(checkouts, [row], { gone: row, skipMoved: true })).toMatchObject({
      inserts: [],
      changes: [],
      outcomes: [{ slug: 'thing', path: '/new place/widget', outcome: 'moved' }],
    });
    expect(planOf(checkouts, [row], { gone: row, slug: 'second' }).inserts).toMatchObject([
      { slug: 'second' },
    ]);
  });

  it('when the folder of its remote is gone here, then a checkout still joins a row of other hosts', () => {
    const gone = registration({ slug: 'widget', hostPaths: { here: '/old/widget' }, remoteUrl: REMOTE });
    const row = registration({ slug: 'new', hostPaths: { there: '/x/new' }, remoteUrl: REMOTE });
    const plan = planOf([{ path: '/x/new', remoteUrl: SAME_REMOTE }], [gone, row], { gone });
    expect(plan).toMatchObject({ inserts: [], changes: [{ id: row.id, host: 'here', path: '/x/new' }] });
  });

  it('changes nothing for a path that is registered, whatever its slug is', () => {
    const row = registration({ slug: 'other', hostPaths: { here: '/src/widget' }, remoteUrl: SAME_REMOTE });
    const plan = planOf([{ path: '/src/widget', remoteUrl: REMOTE }], [row], { slug: 'wanted' });
    expect(plan).toMatchObject({
      inserts: [],
      changes: [],
      outcomes: [{ slug: 'other', outcome: 'already_registered' }],
    });
  });

  it('stores a remote that names another repository, and a given domain', () => {
    const row = registration({ slug: 'widget', hostPaths: { here: '/src/widget' }, remoteUrl: null });
    const plan = planOf([{ path: '/src/widget', remoteUrl: REMOTE }], [row], { domain: 'shop' });
    expect(plan.changes).toEqual([
      { id: row.id, host: 'here', path: null, remoteUrl: REMOTE, domain: 'shop' },
    ]);
    expect(plan.outcomes[0]?.changed).toEqual(['remote', 'domain']);
  });

  it('replaces a remote that was stored with a credential, and does not show it', () => {
    const row = registration({
      slug: 'widget',
      hostPaths: { here: '/src/widget' },
      remoteUrl: SAME_REMOTE.replace('://', '://me:s3cret@'),
    });
    expect(row.remoteUrl).toContain('s3cret');
    const plan = planOf([{ path: '/src/widget', remoteUrl: REMOTE }], [row]);
    expect(plan.changes).toMatchObject([{ remoteUrl: REMOTE }]);
    const kept = planOf([{ path: '/src/widget', remoteUrl: null }], [row]);
    expect(JSON.stringify([plan, kept])).not.toContain('s3cret');
  });

  it('never drops a remote because the checkout names none', () => {
    const row = registration({ slug: 'widget', hostPaths: { here: '/src/widget' }, remoteUrl: REMOTE });
    expect(planOf([{ path: '/src/widget', remoteUrl: null }], [row]).changes).toEqual([]);
  });

  it('adds this host to a repository of other hosts with the same remote', () => {
    const row = registration({ slug: 'widget', hostPaths: { there: '/x' }, remoteUrl: SAME_REMOTE });
    const plan = planOf([{ path: '/src/widget', remoteUrl: REMOTE }], [row]);
    expect(plan.inserts).toEqual([]);
    expect(plan.changes).toEqual([
      { id: row.id, host: 'here', path: '/src/widget', remoteUrl: null, domain: null },
    ]);
  });

  it('keeps a second clone on one host apart from the first', () => {
    const row = registration({ slug: 'widget', hostPaths: { here: '/first/widget' }, remoteUrl: REMOTE });
    const plan = planOf([{ path: '/second/widget', remoteUrl: REMOTE }], [row]);
    expect(plan.inserts.map(({ slug }) => slug)).toEqual(['second-widget']);
  });

  it('lets only one of two clones join a repository of other hosts', () => {
    const row = registration({ slug: 'widget', hostPaths: { there: '/x' }, remoteUrl: REMOTE });
    const plan = planOf(
      ['/a/widget', '/b/widget'].map((path) => ({ path, remoteUrl: REMOTE })),
      [row],
    );
    expect(plan.changes.map(({ path }) => path)).toEqual(['/a/widget']);
    expect(plan.inserts.map(({ slug }) => slug)).toEqual(['b-widget']);
  });

  it('refuses a given slug that another repository has, and names that repository', () => {
    const row = registration({
      slug: 'widget',
      hostPaths: { here: '/first/widget' },
      remoteUrl: 'git@h.example:other/x',
    });
    expect(() => planOf([{ path: '/second', remoteUrl: REMOTE }], [row], { slug: 'widget' })).toThrowError(
      expect.objectContaining({ code: 'slug_taken', message: expect.stringContaining('/first/widget') }),
    );
  });
});

function planOf(
  checkouts: Checkout[],
  known: Registration[] = [],
  options: { slug?: string; domain?: string; skipMoved?: boolean; gone?: Registration } = {},
) {
  const byPath = new Map(
    checkouts.flatMap(({ path }) => {
      const row = known.find(({ hostPaths }) => hostPaths['here'] === path);
      return row === undefined ? [] : [[path, row] as const];
    }),
  );
  const { gone, ...rest } = options;
  const goneByPath = new Map(gone === undefined ? [] : checkouts.map(({ path }) => [path, gone] as const));
  const given = { checkouts, host: 'here', defaultDomain: 'default', ...rest };
  return planRegistration(given, { known, byPath, goneByPath });
}

function registration(given: Partial<Registration> & { slug: string }): Registration {
  return {
    id: `id of ${given.slug}`,
    name: given.slug,
    status: 'active',
    domainSlug: 'default',
    remoteUrl: null,
    localPath: null,
    hostPaths: {},
    ...given,
  };
}
