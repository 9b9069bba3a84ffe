/** Proves that the sender of a delivery knows a secret: over the raw bytes of its body, before anything of it is read. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { equalInConstantTime } from '../../platform/http/read-auth.js';
import { signingKey, type WebhookProvider } from '../../platform/settings/webhook-secrets.js';
import { PROVIDERS } from './provider.js';

/** That a delivery is proven, with the event that it names; or why it is not, in a sentence without a secret. */
export type Proof =
  | { readonly ok: true; readonly event: string }
  | { readonly ok: false; readonly why: string };

type Prove = (delivery: Delivery, options: ProofOptions) => SingleHeader;

const PROVE: Readonly<Record<WebhookProvider, Prove>> = {
  github: (delivery, options) =>
    proveHex(delivery, options, { name: 'X-Hub-Signature-256', start: 'sha256=' }),
  gitea: (delivery, options) => proveHex(delivery, options, { name: 'X-Gitea-Signature', start: '' }),
  forgejo: (delivery, options) => proveHex(delivery, options, { name: 'X-Forgejo-Signature', start: '' }),
  gitlab: proveGitlab,
};

/**
 * Proves a delivery. Only the headers of this very provider count, each exactly once and in exactly its form. No
 * signature covers the name of the event; it decides only whether the delivery is read.
 */
export function proveDelivery(provider: WebhookProvider, delivery: Delivery, options: ProofOptions): Proof {
  const proven = PROVE[provider](delivery, options);
  if (!proven.ok) return proven;
  const { eventHeader, eventForm } = PROVIDERS[provider];
  const event = singleHeader(delivery.headers, eventHeader);
  if (!event.ok) return event;
  if (!eventForm.test(event.value)) return { ok: false, why: `${eventHeader} is not the name of an event.` };
  return { ok: true, event: event.value };
}

/** HMAC-SHA-256 of the body, as 64 lower-case hexadecimal digits behind a fixed start. */
function proveHex(
  { headers, body }: Delivery,
  { secrets }: ProofOptions,
  { name, start }: { name: string; start: string },
): SingleHeader {
  const header = singleHeader(headers, name);
  if (!header.ok) return header;
  const given = header.value.slice(start.length);
  // Checked as text: decoding stops silently at the first character that is not hexadecimal.
  if (!header.value.startsWith(start) || !/^[0-9a-f]{64}$/.test(given)) {
    return { ok: false, why: `${name} is not "${start}" and 64 lower-case hexadecimal digits.` };
  }
  const isKnown = secrets.some((secret) => {
    const made = createHmac('sha256', secret).update(body).digest('hex');
    return timingSafeEqual(Buffer.from(made), Buffer.from(given));
  });
  return isKnown ? header : { ok: false, why: `${name} does not fit the body and any of the secrets.` };
}

const TOKEN = 'X-Gitlab-Token';
const SIGNATURE = 'webhook-signature';
/** How far a timestamp may be from now, to either side, in seconds. */
const TOLERANCE_S = 300;

/**
 * GitLab has two proofs: a signature by the Standard Webhooks specification, or the secret itself as a token. Where there
 * is a signature, a token beside it does not count.
 */
export function proveGitlab(delivery: Delivery, options: ProofOptions): SingleHeader {
  return hasHeader(delivery.headers, SIGNATURE)
    ? proveSignature(delivery, options)
    : proveToken(delivery, options);
}

function proveToken({ headers }: Delivery, { secrets }: ProofOptions): SingleHeader {
  const token = singleHeader(headers, TOKEN);
  if (!token.ok) return token;
  // Node decodes headers as latin1; encoding them so again restores the bytes that were sent.
  const given = Buffer.from(token.value, 'latin1');
  const isKnown = secrets.some((secret) => equalInConstantTime(given, secret));
  return isKnown ? token : { ok: false, why: `${TOKEN} is none of the secrets.` };
}

function proveSignature({ headers, body }: Delivery, { secrets, now }: ProofOptions): SingleHeader {
  const [id, timestamp, signature] = ['webhook-id', 'webhook-timestamp', SIGNATURE].map((name) =>
    singleHeader(headers, name),
  ) as [SingleHeader, SingleHeader, SingleHeader];
  for (const header of [id, timestamp, signature]) if (!header.ok) return header;
  if (!(id.ok && timestamp.ok && signature.ok)) return id;
  // Dots separate the parts of the signed text: with a dot in the id, the same text could be split elsewhere.
  if (!/^[\w-]{1,200}$/.test(id.value)) return { ok: false, why: 'webhook-id has an unknown form.' };
  if (!/^\d{1,12}$/.test(timestamp.value))
    return { ok: false, why: 'webhook-timestamp is no time in seconds.' };
  if (Math.abs(now / 1000 - Number(timestamp.value)) > TOLERANCE_S) {
    return { ok: false, why: 'webhook-timestamp is more than five minutes from the time here.' };
  }
  const given = readSignatures(signature.value);
  if (given.length === 0) return { ok: false, why: `${SIGNATURE} is not "v1," and a SHA-256 in base64.` };
  const signed = Buffer.concat([Buffer.from(`${id.value}.${timestamp.value}.`), body]);
  const isKnown = secrets.some((secret) => {
    const made = Buffer.from(createHmac('sha256', signingKey(secret)).update(signed).digest('base64'));
    return given.some((one) => timingSafeEqual(made, one));
  });
  return isKnown
    ? signature
    : { ok: false, why: `${SIGNATURE} does not fit the body and any of the secrets.` };
}

/** The signatures of the known version, as text; there may be signatures of other versions beside them. */
function readSignatures(value: string): Buffer[] {
  const parts = value.split(' ');
  // Several are sent only while keys are being replaced, so there are few.
  if (parts.length > 10 || !parts.every((part) => /^v\d+[a-z]?,[A-Za-z0-9+/]+={0,2}$/.test(part))) return [];
  return parts
    .filter((part) => /^v1,[A-Za-z0-9+/]{43}=$/.test(part))
    .map((part) => Buffer.from(part.slice('v1,'.length)));
}

/** The value, or what is wrong with it, as a sentence. */
export type SingleHeader =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly why: string };

/**
 * Reads a header that must be there exactly once, from the list of names and values as they were sent: in the joined form
 * of Node a doubled header cannot be distinguished from a single one.
 * @param raw names and values in turn
 */
export function singleHeader(raw: readonly string[], name: string): SingleHeader {
  const values = headerValues(raw, name);
  const [value] = values;
  if (value === undefined) return { ok: false, why: `${name} is missing.` };
  if (values.length > 1) return { ok: false, why: `${name} is there more than once.` };
  if (value === '') return { ok: false, why: `${name} is empty.` };
  return { ok: true, value };
}

/** Whether a header was sent at all. */
export function hasHeader(raw: readonly string[], name: string): boolean {
  return headerValues(raw, name).length > 0;
}

function headerValues(raw: readonly string[], name: string): string[] {
  const wanted = name.toLowerCase();
  const values: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (raw[index]?.toLowerCase() === wanted) values.push(raw[index + 1] ?? '');
  }
  return values;
}

/** A delivery as it was sent. */
export interface Delivery {
  /** Names and values in turn, as they were sent. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface ProofOptions {
  /** Any of them proves a delivery: there are several while one is being replaced. */
  readonly secrets: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}
