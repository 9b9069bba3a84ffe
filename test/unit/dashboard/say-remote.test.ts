/** Tests of the words for a remote. */
import { expect, it } from 'vitest';
import { sayFailed, sayPulled } from '../../../src/dashboard/state/say-remote.js';

const NONE = {
  ...{ host: 'here', path_known: true, branch: 'main', head: 'a', head_at: null, updated_at: null },
  ...{ pushed_branch: 'main', pushed_head: 'b', pushed_at: 'T1', contact_head: null },
};
const pushed = { input: 'remote', was: 'a', now: 'b', code: 'pushed', text: 'Pushed.' } as const;

it.each([
  ['working', true, 'not pulled yet'],
  ['working', false, 'pulled'],
  ['bare', null, 'not known whether it is pulled'],
  [null, null, 'not known whether it is pulled'],
] as const)(
  'when a push reached a checkout of kind %s that is behind: %s, then it is %s',
  (kind, behind, words) => {
    expect(sayPulled({ stale_reasons: [] }, { ...NONE, kind, behind, contacted_at: null })).toBe(words);
  },
);

it('when a push was stored for a mirror, then only a later contact says that it was fetched', () => {
  const mirror = { ...NONE, kind: 'mirror', behind: null } as const;
  expect(sayPulled({ stale_reasons: [] }, { ...mirror, contacted_at: null })).toBe('not fetched yet');
  expect(sayPulled({ stale_reasons: [pushed] }, { ...mirror, contacted_at: 'T0' })).toBe('not fetched yet');
  expect(sayPulled({ stale_reasons: [] }, { ...mirror, contacted_at: 'T2' })).toBe('fetched');
});

it('when the remote was not reached, then that is no failed evaluation', () => {
  expect([sayFailed('remote_denied'), sayFailed('checker_crashed')]).toEqual([
    'The remote was not reached',
    'Broken: the evaluation failed',
  ]);
});
