import { describe, expect, it } from 'vitest';
import { proveDelivery } from '../../../../src/producer/webhooks/proof.js';
import { gitlabSignature, proofOf } from '../../../integration/web/deliveries.js';

const NOW = 1_790_000_000_000;
const prove = (
  provider: Parameters<typeof proveDelivery>[0],
  headers: readonly string[],
  body = 'Hello, World!',
) => {
  const secrets = ["It's a Secret to Everybody", 'the-secret-before-it'];
  return proveDelivery(provider, { headers, body: Buffer.from(body) }, { secrets, now: NOW });
};

describe('the proof of a delivery', () => {
  const PUBLISHED = 'sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';

  it('is the one that GitHub has published', () => {
    const proof = prove('github', ['x-hub-signature-256', PUBLISHED, 'X-GitHub-Event', 'push']);
    expect(proof).toEqual({ ok: true, event: 'push' });
  });

  it('may be by any of the secrets', () => {
    for (const secret of ["It's a Secret to Everybody", 'the-secret-before-it']) {
      const headers = ['X-Gitea-Event', 'push', ...proofOf('gitea', 'Hello, World!', secret).flat()];
      expect(prove('gitea', headers)).toEqual({ ok: true, event: 'push' });
    }
  });

  it('never is one where there is no secret', () => {
    const headers = ['X-Gitea-Event', 'push', ...proofOf('gitea', 'Hello, World!', '').flat()];
    const delivery = { headers, body: Buffer.from('Hello, World!') };
    expect(proveDelivery('gitea', delivery, { secrets: [], now: NOW })).toMatchObject({ ok: false });
  });

  it('says in a sentence what is wrong, and nothing of a secret', () => {
    expect(prove('github', ['X-GitHub-Event', 'push'])).toEqual({
      ok: false,
      why: 'X-Hub-Signature-256 is missing.',
    });
    const wrong = prove('github', ['X-Hub-Signature-256', PUBLISHED, 'X-GitHub-Event', 'push'], 'Hello');
    expect(wrong).toEqual({
      ok: false,
      why: 'X-Hub-Signature-256 does not fit the body and any of the secrets.',
    });
  });

  it('of GitLab holds for five minutes to either side, to the second', () => {
    const at = (shift: number) => {
      const proof = gitlabSignature('Hello, World!', 'the-secret-before-it', NOW / 1000 + shift);
      return prove('gitlab', ['X-Gitlab-Event', 'Push Hook', ...proof.flat()]).ok;
    };
    expect([-301, -300, 0, 300, 301].map(at)).toEqual([false, true, true, true, false]);
  });
});
