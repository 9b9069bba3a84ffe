/** Deliveries as the providers make them, sent header by header, so that a header can be repeated. */
import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { WebhookProvider } from '../../../src/platform/settings/webhook-secrets.js';

export const SECRETS = {
  github: 'secret-of-github-0123',
  gitea: 'secret-of-gitea-01234',
  forgejo: 'secret-of-forgejo-012',
  gitlab: `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`,
  gitlabToken: 'secret-of-gitlab-0123',
} as const;

/** The settings that configure all webhooks. */
export const WEBHOOK_ENV = {
  DOI_WEBHOOK_SECRET_GITHUB: SECRETS.github,
  DOI_WEBHOOK_SECRET_GITEA: SECRETS.gitea,
  DOI_WEBHOOK_SECRET_FORGEJO: SECRETS.forgejo,
  DOI_WEBHOOK_SECRET_GITLAB: `${SECRETS.gitlab}, ${SECRETS.gitlabToken}`,
};

export type Header = readonly [name: string, value: string];

export interface Delivery {
  readonly provider: WebhookProvider;
  readonly headers: readonly Header[];
  readonly body: string | Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export const HEAD = '6113728f27ae82c7b1a177c8d03f9e96e0adf246';

/** The body of a push by GitHub, Gitea and Forgejo. */
export function pushPayload(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ref: 'refs/heads/main',
    after: HEAD,
    repository: {
      default_branch: 'main',
      clone_url: 'https://git.example/acme/thing.git',
      ssh_url: 'git@git.example:acme/thing.git',
      html_url: 'https://git.example/acme/thing',
    },
    ...change,
  };
}

/** The body of a push by GitLab. */
export function gitlabPayload(change: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    ref: 'refs/heads/main',
    after: HEAD,
    project: {
      default_branch: 'main',
      git_http_url: 'https://git.example/acme/thing.git',
      git_ssh_url: 'git@git.example:acme/thing.git',
      web_url: 'https://git.example/acme/thing',
    },
    ...change,
  };
}

export const hex = (secret: string, body: string | Buffer, hash = 'sha256') =>
  createHmac(hash, secret).update(body).digest('hex');

/** The proof of a body; of GitLab, the signature. */
export function proofOf(provider: WebhookProvider, body: string | Buffer, secret: string): Header[] {
  if (provider === 'github') return [['X-Hub-Signature-256', `sha256=${hex(secret, body)}`]];
  if (provider === 'gitea') return [['X-Gitea-Signature', hex(secret, body)]];
  if (provider === 'forgejo') return [['X-Forgejo-Signature', hex(secret, body)]];
  return gitlabSignature(body, secret, Math.floor(Date.now() / 1000));
}

export function gitlabSignature(body: string | Buffer, secret: string, timestamp: number): Header[] {
  const id = 'f5e5f430-f57b-4e6e-9fac-d9128cd7232f';
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : secret;
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
  return [
    ['webhook-id', id],
    ['webhook-timestamp', String(timestamp)],
    ['webhook-signature', `v1,${mac}`],
  ];
}

const EVENTS: Readonly<Record<WebhookProvider, Header>> = {
  github: ['X-GitHub-Event', 'push'],
  gitea: ['X-Gitea-Event', 'push'],
  forgejo: ['X-Forgejo-Event', 'push'],
  gitlab: ['X-Gitlab-Event', 'Push Hook'],
};

/** A proven delivery of a push. */
export function deliveryOf(
  provider: WebhookProvider,
  payload = provider === 'gitlab' ? gitlabPayload() : pushPayload(),
  event = EVENTS[provider][1],
): Delivery {
  const body = JSON.stringify(payload);
  const headers: Header[] = [
    ['Content-Type', 'application/json'],
    [EVENTS[provider][0], event],
    ...proofOf(provider, body, SECRETS[provider]),
  ];
  return { provider, headers, body };
}

/** Sends a delivery under a name that the server does not know. */
export function deliver(url: string, { provider, headers, body }: Delivery): Promise<Reply> {
  return send(`${url}/webhooks/${provider}`, {
    headers: [['Host', 'doi.example'], ...headers],
    body,
  });
}

export interface Sending {
  readonly method?: string;
  readonly headers: readonly Header[];
  readonly body?: string | Buffer;
}

/** Sends a POST with exactly these headers and the length of its body. */
export function send(url: string, { method = 'POST', headers, body = '' }: Sending): Promise<Reply> {
  const all = [...headers, ['Content-Length', String(Buffer.byteLength(body))]];
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method, headers: all.flat() as unknown as NodeJS.Dict<string>, agent: false },
      (it) => {
        const chunks: Buffer[] = [];
        it.on('data', (chunk: Buffer) => chunks.push(chunk));
        it.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          resolve({
            status: it.statusCode ?? 0,
            headers: it.headers,
            text,
            json: /json/.test(it.headers['content-type'] ?? '') && text !== '' ? JSON.parse(text) : {},
          });
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}
