/** Tests of which repositories a push requests, by its remotes and branches. */
import { expect, it } from 'vitest';
import { acceptPush } from '../../../../src/producer/webhooks/accept-push.js';
import type { PushedBranch } from '../../../../src/producer/webhooks/read-delivery.js';
import type { RemoteIndex, RemoteMatch } from '../../../../src/registry/remote-index.js';
import type { NewPush } from '../../../../src/store/pushes.js';

const MAIN: PushedBranch = { branch: 'main', head: 'a'.repeat(40), isDefault: true };
const NEXT: PushedBranch = { branch: 'next', head: 'b'.repeat(40), isDefault: false };
const MATCHES: readonly RemoteMatch[] = [
  { repoId: '1', slug: 'clone', branch: null },
  { repoId: '2', slug: 'mirror', branch: null },
  { repoId: '3', slug: 'on-main', branch: 'main' },
  { repoId: '4', slug: 'on-next', branch: 'next' },
  { repoId: '5', slug: 'on-other', branch: 'other' },
];

async function accept(...branches: PushedBranch[]) {
  const recorded: NewPush[] = [];
  const index = { find: async () => [...MATCHES] } as unknown as RemoteIndex;
  const record = async (push: NewPush) => {
    recorded.push(push);
    return push.repoIds.map((repoId) => ({ repoId, priority: 2, collapsed: false }));
  };
  const due: string[] = [];
  const makeDue = async (repoId: string) => void due.push(repoId);
  const accepted = await acceptPush(
    { index, record, makeDue },
    { kind: 'push', branches, remotes: ['https://h/a'] },
  );
  return { ...accepted, recorded, due };
}

it('when the default branch was pushed, then it requests those without a branch, and those judged by it', async () => {
  const { slugs, recorded, toWake, pushed } = await accept(MAIN);
  expect(slugs).toEqual(['clone', 'mirror', 'on-main']);
  const { branch, head } = MAIN;
  expect(recorded).toEqual([
    { repoIds: ['1', '2', '3'], branch, head, reason: 'aaaaaaa was pushed to main' },
  ]);
  expect(toWake).toEqual(['1', '2', '3'].map((repoId) => ({ repoId, priority: 2 })));
  expect(pushed).toEqual([{ branch, head }]);
});

it('when another branch was pushed, then it requests only those that are judged by it', async () => {
  const { slugs, recorded } = await accept(NEXT);
  expect(slugs).toEqual(['on-next']);
  expect(recorded).toMatchObject([{ repoIds: ['4'], branch: 'next', head: NEXT.head }]);
});

it('when several branches were pushed at once, then each repository gets the commit of its own', async () => {
  const { slugs, recorded } = await accept(NEXT, MAIN);
  expect(slugs).toEqual(['clone', 'mirror', 'on-main', 'on-next']);
  expect(recorded.map(({ repoIds, branch }) => [branch, repoIds])).toEqual([
    ['main', ['1', '2', '3']],
    ['next', ['4']],
  ]);
});

it('when no default branch is named and the first branch was deleted, then the pushed one counts', async () => {
  const { recorded, due } = await accept({ ...NEXT, head: null, isDefault: true }, MAIN);
  expect(recorded).toMatchObject([{ repoIds: ['1', '2', '3'], branch: 'main' }]);
  expect(due).toEqual(['4']);
});

it('when no repository is judged by the branch, then nothing is recorded', async () => {
  const accepted = await accept({ ...NEXT, branch: 'topic' });
  const none = { slugs: [], recorded: [], toWake: [], pushed: [], due: [] };
  expect(accepted).toEqual({ ...none, isKnown: true });
});

it('when a branch was deleted, then the mirrors that are judged by it are due, and nothing is recorded', async () => {
  const { due, recorded } = await accept({ ...NEXT, head: null }, { ...MAIN, head: null });
  expect({ due, recorded }).toEqual({ due: ['1', '2', '3', '4'], recorded: [] });
});
