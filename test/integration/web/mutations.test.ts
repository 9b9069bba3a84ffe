import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Scope } from '../../../src/platform/process/shutdown.js';
import { WEBHOOK_PROVIDERS, type WebhookProvider } from '../../../src/platform/settings/webhook-secrets.js';
import { openWorld, type World } from '../../helpers/world.js';
import {
  type Delivery,
  deliver,
  deliveryOf,
  gitlabSignature,
  type Header,
  hex,
  proofOf,
  SECRETS,
} from './deliveries.js';
import { startWeb } from './web.js';

const scope = new Scope();
let world: World;
let url: string;
beforeAll(async () => {
  world = scope.add('world', await openWorld('mutations'), (it) => it.close());
  await world.add('thing');
  await world.sql`update managed_repos set remote_url = 'https://git.example/acme/thing'`;
  url = await startWeb(scope, { databaseUrl: world.url });
});
afterAll(() => scope.close());

/** A changed header; a list repeats the header. */
type Change = (header: Header) => readonly Header[];
const value =
  (change: (text: string) => string): Change =>
  ([name, text]) => [[name, change(text)]];

/** Changes that invalidate any header that counts. */
const ANY: Readonly<Record<string, Change>> = {
  missing: () => [],
  empty: value(() => ''),
  doubled: (header) => [header, header],
  'doubled, the first of them wrong': ([name, text]) => [
    [name, 'x'],
    [name, text],
  ],
  'named almost as it should be': ([name, text]) => [[`${name}-1`, text]],
  'with a mark in front': value((text) => `=${text}`),
  'followed by another one': value((text) => `${text}, ${text}`),
};

/** More changes that invalidate a signature. */
const SIGNATURE: Readonly<Record<string, Change>> = {
  truncated: value((text) => text.slice(0, -1)),
  'cut to half': value((text) => text.slice(0, text.length / 2)),
  extended: value((text) => `${text}0`),
  'in upper case': value((text) => text.toUpperCase()),
  'with another last digit': value(
    (text) => text.slice(0, -2) + (text.at(-2) === 'a' ? 'b' : 'a') + text.slice(-1),
  ),
  'with white space in it': value((text) => `${text.slice(0, -4)} ${text.slice(-4)}`),
  'of zeros': value((text) => text.replace(/[^=,]+=?$/, (it) => '0'.repeat(it.length))),
  'in quotes': value((text) => `"${text}"`),
};

/** Changes that invalidate a signature in hexadecimal. */
const HEXADECIMAL: Readonly<Record<string, Change>> = {
  'of no hexadecimal digits': value((text) => text.replace(/[0-9a-f]{64}$/, 'z'.repeat(64))),
  'with no digits at all': value((text) => text.replace(/[0-9a-f]{64}$/, '')),
  'of another scheme': value((text) => `sha1=${text.replace('sha256=', '')}`),
  'of a scheme in upper case': value((text) => `SHA256=${text.replace('sha256=', '')}`),
  'of two schemes': value((text) => `sha256=sha256=${text.replace('sha256=', '')}`),
  'in base64': value((text) =>
    text.replace(/[0-9a-f]{64}$/, (it) => Buffer.from(it, 'hex').toString('base64')),
  ),
};

const TIMESTAMP: Readonly<Record<string, Change>> = {
  'of six minutes ago': value((text) => String(Number(text) - 360)),
  'of six minutes on': value((text) => String(Number(text) + 360)),
  'in milliseconds': value((text) => `${text}000`),
  'of no number': value(() => 'now'),
  negative: value((text) => `-${text}`),
  'as a fraction': value((text) => `${text}.0`),
  'of another second': value((text) => String(Number(text) + 1)),
};

const ID: Readonly<Record<string, Change>> = {
  'of another delivery': value((text) => `${text}0`),
  'with a dot in it': value((text) => `${text}.0`),
};

const EVENT: Readonly<Record<string, Change>> = {
  'in the other case': value((text) => (text === 'push' ? 'PUSH' : text.toLowerCase())),
};

/** The headers that count, each with the changes that invalidate it. */
const TABLE: Readonly<Record<string, Readonly<Record<string, Change>>>> = {
  'X-Hub-Signature-256': { ...ANY, ...SIGNATURE, ...HEXADECIMAL },
  'X-Gitea-Signature': { ...ANY, ...SIGNATURE, ...HEXADECIMAL },
  'X-Forgejo-Signature': { ...ANY, ...SIGNATURE, ...HEXADECIMAL },
  'webhook-signature': { ...ANY, ...SIGNATURE, 'of another version': value((text) => `v2${text.slice(2)}`) },
  'webhook-timestamp': { ...ANY, ...TIMESTAMP },
  'webhook-id': { ...ANY, ...ID },
  'X-Gitlab-Token': { ...ANY, ...SIGNATURE },
  'X-GitHub-Event': { ...ANY, ...EVENT },
  'X-Gitea-Event': { ...ANY, ...EVENT },
  'X-Forgejo-Event': { ...ANY, ...EVENT },
  'X-Gitlab-Event': { ...ANY, ...EVENT },
};

const VALID: readonly Delivery[] = [
  ...WEBHOOK_PROVIDERS.map((provider) => deliveryOf(provider)),
  tokenDelivery(),
];

function tokenDelivery(): Delivery {
  const { headers, body } = deliveryOf('gitlab');
  return {
    provider: 'gitlab',
    headers: [...headers.slice(0, 2), ['X-Gitlab-Token', SECRETS.gitlabToken]],
    body,
  };
}

const mutations = VALID.flatMap((valid) =>
  valid.headers.flatMap(([name]) =>
    Object.entries(TABLE[name] ?? {}).map(([what, change]) => {
      const headers = valid.headers.flatMap((header) => (header[0] === name ? change(header) : [header]));
      return { title: `${valid.provider}: ${name} ${what}`, delivery: { ...valid, headers } };
    }),
  ),
);

/** Proofs that are valid for another delivery. */
const OTHERS: readonly { readonly title: string; readonly delivery: Delivery }[] = WEBHOOK_PROVIDERS.flatMap(
  (provider) => {
    const { headers, body } = deliveryOf(provider);
    const plain = headers.slice(0, 2);
    const proven = (...proof: Header[]) => ({ provider, headers: [...plain, ...proof], body });
    const elsewhere = WEBHOOK_PROVIDERS.filter((other) => other !== provider);
    const text = body.toString();
    return [
      { title: 'no proof at all', delivery: proven() },
      { title: 'the proof of another body', delivery: { provider, headers, body: `${text} ` } },
      {
        title: 'the proof of a body of other bytes',
        delivery: { provider, headers, body: text.replace('main', 'mаin') },
      },
      { title: 'the proof of no body', delivery: proven(...proofOf(provider, '', SECRETS[provider])) },
      {
        title: 'the proof by another secret',
        delivery: proven(...proofOf(provider, body, 'another-secret-0123')),
      },
      { title: 'the proof by an empty secret', delivery: proven(...proofOf(provider, body, '')) },
      {
        title: 'SHA-1 only',
        delivery: proven(['X-Hub-Signature', `sha1=${hex(SECRETS[provider], body, 'sha1')}`]),
      },
      {
        title: 'SHA-1 in the place of SHA-256',
        delivery: { provider, headers: headers.map((header) => sha1InPlace(provider, header, body)), body },
      },
      ...elsewhere.map((other) => ({
        title: `the proof as ${other} makes it, by this one’s secret`,
        delivery: proven(...proofOf(other, body, SECRETS[provider])),
      })),
      ...elsewhere.map((other) => ({
        title: `the very delivery that ${other} makes`,
        delivery: { ...deliveryOf(other), provider },
      })),
    ].map(({ title, delivery }) => ({ title: `${provider}: ${title}`, delivery }));
  },
);

/** Proofs that were valid at another time. */
const LATE = [-360, -301, 400, 3600].map((shift) => {
  const { headers, body } = deliveryOf('gitlab');
  const proof = gitlabSignature(body, SECRETS.gitlab, Math.floor(Date.now() / 1000) + shift);
  const delivery: Delivery = { provider: 'gitlab', headers: [...headers.slice(0, 2), ...proof], body };
  return { title: `gitlab: the proof of ${shift} s from now`, delivery };
});

function sha1InPlace(provider: WebhookProvider, [name, text]: Header, body: string | Buffer): Header {
  const isProof = /signature/i.test(name);
  return [
    name,
    isProof ? text.replace(/[0-9a-f]{64}$|[^,]{43}=$/, hex(SECRETS[provider], body, 'sha1')) : text,
  ];
}

describe('a delivery whose proof is not exactly right gets 401', () => {
  it('but 202 when it is unchanged', async () => {
    for (const valid of VALID)
      expect(await deliver(url, valid), valid.provider).toMatchObject({ status: 202 });
    expect(mutations.length + OTHERS.length).toBeGreaterThan(150);
    await world.sql`delete from doi_request`;
  });

  it.each([...mutations, ...OTHERS, ...LATE])('$title', async ({ delivery }) => {
    const reply = await deliver(url, delivery);
    expect(reply.status, reply.text).toBe(401);
    expect(reply.json).toMatchObject({ code: 'unauthorized', detail: expect.stringMatching(/not proven/) });
    for (const secret of Object.values(SECRETS)) expect(reply.text).not.toContain(secret);
  });

  it('even if the change stands after 1,200 other headers', async () => {
    const { headers, ...rest } = deliveryOf('github');
    const many = Array.from({ length: 1200 }, (): Header => ['a', '']);
    const delivery = { ...rest, headers: [...headers, ...many, ['X-Hub-Signature-256', 'x'] as const] };
    expect(await deliver(url, delivery)).toMatchObject({ status: 401 });
  });

  it('and makes no request', async () => {
    expect(await world.sql`select repo_id from doi_request`).toHaveLength(0);
  });
});

describe('GitLab’s signature', () => {
  const { headers, body } = deliveryOf('gitlab');
  const now = () => Math.floor(Date.now() / 1000);
  const signed = (...proof: Header[]) =>
    deliver(url, { provider: 'gitlab', headers: [...headers.slice(0, 2), ...proof], body });

  it('may be one of several, while keys are being replaced', async () => {
    const proof = gitlabSignature(body, SECRETS.gitlab, now());
    const [, other] = gitlabSignature(body, 'another-secret-0123', now())[2] ?? [];
    const several = proof.map(
      ([name, text]): Header => [name, name === 'webhook-signature' ? `${other} v1a,AAAA ${text}` : text],
    );
    expect(await signed(...several)).toMatchObject({ status: 202 });
  });

  it('may be four minutes old or early', async () => {
    for (const shift of [-240, 240])
      expect(await signed(...gitlabSignature(body, SECRETS.gitlab, now() + shift))).toMatchObject({
        status: 202,
      });
  });

  it('that is wrong is refused although the token beside it is valid', async () => {
    const proof = gitlabSignature(`${body} `, SECRETS.gitlab, now());
    expect(await signed(...proof, ['X-Gitlab-Token', SECRETS.gitlabToken])).toMatchObject({ status: 401 });
  });
});
