import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDelivery } from '../../../../src/producer/webhooks/read-delivery.js';
import { gitlabPayload, HEAD, pushPayload } from '../../../integration/web/deliveries.js';

const read = (payload: unknown) => readDelivery('github', 'push', Buffer.from(JSON.stringify(payload)));

const MAIN = { branch: 'main', head: HEAD, isDefault: true };

describe('what is read of a push', () => {
  it('is branch, commit and remotes', () => {
    expect(read(pushPayload())).toEqual({
      kind: 'push',
      branches: [MAIN],
      remotes: [
        'https://git.example/acme/thing.git',
        'git@git.example:acme/thing.git',
        'https://git.example/acme/thing',
      ],
    });
    const body = Buffer.from(JSON.stringify(gitlabPayload()));
    expect(readDelivery('gitlab', 'Push Hook', body)).toMatchObject({ kind: 'push', branches: [MAIN] });
  });

  it('when it is not of the default branch, then it says so', () => {
    const of = (repository: object) => read(pushPayload({ ref: 'refs/heads/next', repository }));
    const remote = { clone_url: 'https://h/a' };
    const next = { branch: 'next', head: HEAD };
    expect(of({ ...remote, default_branch: 'main' })).toMatchObject({
      branches: [{ ...next, isDefault: false }],
    });
    expect(of(remote)).toMatchObject({ branches: [{ ...next, isDefault: true }] });
  });

  it('is a commit of SHA-1 or SHA-256, in lower case', () => {
    const after = 'AB'.repeat(32);
    expect(read(pushPayload({ after }))).toMatchObject({ branches: [{ head: 'ab'.repeat(32) }] });
    for (const bad of ['ab'.repeat(19), 'ab'.repeat(33), `${'ab'.repeat(19)}g1`, `${'ab'.repeat(20)}\n`])
      expect(read(pushPayload({ after: bad }))).toMatchObject({
        kind: 'ignored',
        why: 'The push names no commit.',
      });
  });

  it('is a name of a branch that can be shown', () => {
    const repository = { clone_url: 'https://h/a' };
    const shown = (name: string) => read(pushPayload({ ref: `refs/heads/${name}`, repository }));
    expect(shown('a\u001b[31m\u202eb')).toMatchObject({ branches: [{ branch: 'a[31m\ufffdb' }] });
    expect(shown('x'.repeat(5000))).toMatchObject({
      branches: [{ branch: expect.stringMatching(/^x{254}…$/) }],
    });
    expect(shown('\u0000')).toMatchObject({ kind: 'ignored' });
  });

  it('is nothing of another type than it should have', () => {
    for (const key of ['ref', 'after', 'repository'])
      for (const odd of [null, 1, true, [], {}, [HEAD]])
        expect(read(pushPayload({ [key]: odd })), key).toMatchObject({ kind: 'ignored' });
    expect(read(pushPayload({ deleted: 'true' }))).toMatchObject({ kind: 'push' });
  });

  it('is, for any JSON, a push or a reason to ignore it', () => {
    const key = fc.constantFrom(
      'ref',
      'after',
      'deleted',
      'repository',
      'project',
      'default_branch',
      'clone_url',
    );
    const odd = fc.oneof(
      fc.json().map((text) => JSON.parse(text) as unknown),
      fc.dictionary(key, fc.anything()),
    );
    fc.assert(
      fc.property(odd, fc.dictionary(key, odd), (whole, parts) => {
        for (const payload of [whole, pushPayload(parts)]) {
          const text =
            JSON.stringify(payload, (_, it) => (typeof it === 'bigint' ? String(it) : it)) ?? 'null';
          const made = readDelivery('github', 'push', Buffer.from(text));
          if (made.kind === 'ignored') expect(made.why).toMatch(/^[A-Z].*\.$/);
          else for (const { head } of made.branches) expect(head ?? '0').toMatch(/^[0-9a-f]+$/);
        }
      }),
    );
  });
});

describe('a system hook of GitLab', () => {
  const hook = (payload: Record<string, unknown>) =>
    readDelivery('gitlab', 'System Hook', Buffer.from(JSON.stringify(payload)));
  const { project } = gitlabPayload();
  const change = (ref: string, after = HEAD) => ({ before: '0'.repeat(40), after, ref });
  const main = { kind: 'push', branches: [MAIN] };

  it('when its event is a push, then it is read as that of a project is', () => {
    const remotes = [
      'https://git.example/acme/thing.git',
      'git@git.example:acme/thing.git',
      'https://git.example/acme/thing',
    ];
    expect(hook(gitlabPayload({ event_name: 'push', object_kind: 'push' }))).toEqual({ ...main, remotes });
    expect(hook(gitlabPayload({ object_kind: 'push' }))).toMatchObject(main);
    expect(hook(gitlabPayload({ event_name: 'push', ref: 'refs/heads/x' }))).toMatchObject({
      branches: [{ branch: 'x', isDefault: false }],
    });
  });

  it('when its event is all that one push changed, then each branch that was moved counts', () => {
    const update = (...changes: unknown[]) => hook({ event_name: 'repository_update', project, changes });
    const tag = change('refs/tags/v1');
    const x = { branch: 'x', head: 'ab'.repeat(20), isDefault: false };
    expect(update(tag, change('refs/heads/x', x.head), change('refs/heads/main'))).toMatchObject({
      branches: [x, MAIN],
    });
    const gone = change('refs/heads/old', '0'.repeat(40));
    const old = { branch: 'old', head: null, isDefault: false };
    const twice = [change('refs/heads/main'), change('refs/heads/main')];
    expect(update(gone, ...twice)).toMatchObject({ branches: [old, MAIN] });
    const unnamed = { ...Object(project), default_branch: undefined };
    const changes = [tag, change('refs/heads/main')];
    expect(hook({ event_name: 'repository_update', project: unnamed, changes })).toMatchObject(main);
    expect(update(tag)).toEqual({
      kind: 'ignored',
      why: 'A tag was pushed, and only branches count.',
    });
    expect(update(tag, gone)).toMatchObject({ branches: [old] });
    for (const odd of [[], [null], [{ ref: 1 }]]) expect(update(...odd)).toMatchObject({ kind: 'ignored' });
    expect(hook({ event_name: 'repository_update', project, changes: 'odd' })).toMatchObject({
      kind: 'ignored',
    });
  });

  it('when its event is another one, then the answer names it', () => {
    const why = (payload: Record<string, unknown>) => hook({ ...gitlabPayload(), ...payload });
    expect(why({ event_name: 'tag_push', object_kind: 'tag_push' })).toEqual({
      kind: 'ignored',
      why: 'The event of the system hook is "tag_push", and only pushes count.',
    });
    expect(why({ object_kind: 'merge_request' })).toMatchObject({
      why: expect.stringContaining('"merge_request"'),
    });
    expect(why({ event_name: 'a\nb' })).toMatchObject({
      why: 'The event has no name, and only pushes count.',
    });
  });
});
