import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scope } from '../../src/platform/process/shutdown.js';
import { WEBHOOK_PROVIDERS } from '../../src/platform/settings/webhook-secrets.js';
import { openTestDatabase, type TestDatabase } from '../helpers/test-database.js';
import { deliver, deliveryOf, type Header, proofOf, SECRETS } from '../integration/web/deliveries.js';
import { startWeb } from '../integration/web/web.js';

const scope = new Scope();
let database: TestDatabase;
let url: string;
beforeAll(async () => {
  database = scope.add('database', await openTestDatabase(), (it) => it.close());
  url = await startWeb(scope, { databaseUrl: database.url });
});
afterAll(() => scope.close());

const provider = fc.constantFrom(...WEBHOOK_PROVIDERS);
const name = fc.constantFrom(
  ...['X-Hub-Signature-256', 'X-Hub-Signature', 'X-Gitea-Signature', 'X-Forgejo-Signature', 'X-Gitlab-Token'],
  ...[
    'webhook-id',
    'webhook-timestamp',
    'webhook-signature',
    'X-GitHub-Event',
    'X-Gitlab-Event',
    'Content-Encoding',
  ],
);
const text = fc.oneof(
  fc.stringMatching(/^[\x21-\x7e\xa0-\xff][\x20-\x7e\xa0-\xff]{0,80}$/),
  fc.stringMatching(/^(?:sha256=)?[0-9a-f]{64}$/),
  fc.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
  fc.constant(''),
);
const headers = fc.array(fc.tuple(name, text), { maxLength: 6 });
const body = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
const JSON_TYPE: Header = ['Content-Type', 'application/json'];

test('bytes and headers without a proof are always answered by a 4xx', async () => {
  const type = fc.constantFrom<Header[]>([], [JSON_TYPE], [['Content-Type', 'a/b']]);
  await fc.assert(
    fc.asyncProperty(provider, type, headers, body, async (to, types, given, bytes) => {
      const { status } = await deliver(url, { provider: to, headers: [...types, ...given], body: bytes });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }),
    { numRuns: 500 },
  );
});

test('a proven delivery of any bytes is ignored for a reason, or no JSON', async () => {
  const bytes = fc.oneof(
    body,
    fc.json().map((json) => Buffer.from(json)),
    fc.string({ unit: 'binary' }).map((it) => Buffer.from(it)),
  );
  await fc.assert(
    fc.asyncProperty(provider, bytes, async (to, sent) => {
      const [, event] = deliveryOf(to).headers;
      const proven = [JSON_TYPE, event!, ...proofOf(to, sent, SECRETS[to])];
      const reply = await deliver(url, { provider: to, headers: proven, body: sent });
      if (reply.status === 200) expect(reply.json).toEqual({ ignored: expect.stringMatching(/\.$/) });
      else expect(reply).toMatchObject({ status: 400, json: { code: 'bad_request' } });
    }),
    { numRuns: 500 },
  );
});
