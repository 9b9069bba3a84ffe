import { expect, it } from 'vitest';
import { withMoved } from '../../../src/cli/register.js';
import type { RegisterOutcome } from '../../../src/registry/plan-registration.js';

it('when a checkout was probably moved, then names the command that records it; of several only one can be it', () => {
  const all = [
    moved('/x/one', 'widget'),
    moved('/x/two', 'widget'),
    moved('/new place', 'gadget', 'archived'),
    { ...moved('/x/sound', 'sound'), outcome: 'registered' as const },
  ];
  const { outcomes, skipped } = withMoved(all, []);
  expect(outcomes).toMatchObject([{ slug: 'sound' }]);
  const oneOf = 'It is one of 2 that have the remote of widget, whose registered folder is gone.';
  expect(skipped).toEqual([
    { path: '/x/one', why: expect.stringMatching(`${oneOf} .*"doi move widget /x/one"; then register the`) },
    { path: '/x/two', why: expect.stringMatching(`${oneOf} .*"doi move widget /x/two"; then register the`) },
    {
      path: '/new place',
      why: expect.stringContaining(`"doi move gadget '/new place'", then "doi archive gadget --undo".`),
    },
  ]);
});

function moved(path: string, slug: string, status = 'active'): RegisterOutcome {
  return { slug, path, remoteUrl: null, status, outcome: 'moved', changed: [] };
}
