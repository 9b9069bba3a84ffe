/** Proves that a delivery comes from who knows a secret: over the raw bytes of its body, before anything of it is read. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { WebhookProvider } from '../../platform/webhook-secrets.js';
import type { Delivery, ProofSettings } from './delivery.js';
import { proveGitlab } from './gitlab-proof.js';
import { PROVIDERS } from './provider.js';
import { type SingleHeader, singleHeader } from './single-header.js';

/** Whether it is proven, and of what event it says to be; or why not, in a sentence without a secret. */
export type Proof =
  | { readonly ok: true; readonly event: string }
  | { readonly ok: false; readonly why: string };

type Prove = (delivery: Delivery, settings: ProofSettings) => SingleHeader;

const PROVE: Readonly<Record<WebhookProvider, Prove>> = {
  github: (delivery, settings) =>
    proveHex(delivery, settings, { name: 'X-Hub-Signature-256', start: 'sha256=' }),
  gitea: (delivery, settings) => proveHex(delivery, settings, { name: 'X-Gitea-Signature', start: '' }),
  forgejo: (delivery, settings) => proveHex(delivery, settings, { name: 'X-Forgejo-Signature', start: '' }),
  gitlab: proveGitlab,
};

/**
 * Proves a delivery. Only the headers of this very provider count, each exactly once and in exactly its form. The name
 * of the event is not covered by any signature; it decides only whether the delivery is looked at.
 */
export function proveDelivery(provider: WebhookProvider, delivery: Delivery, settings: ProofSettings): Proof {
  const proven = PROVE[provider](delivery, settings);
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
  { secrets }: ProofSettings,
  { name, start }: { name: string; start: string },
): SingleHeader {
  const header = singleHeader(headers, name);
  if (!header.ok) return header;
  const given = header.value.slice(start.length);
  // Checked as text: decoding would take what is no hexadecimal for fewer bytes, or none.
  if (!header.value.startsWith(start) || !/^[0-9a-f]{64}$/.test(given)) {
    return { ok: false, why: `${name} is not "${start}" and 64 lower-case hexadecimal digits.` };
  }
  const isKnown = secrets.some((secret) => {
    const made = createHmac('sha256', secret).update(body).digest('hex');
    return timingSafeEqual(Buffer.from(made), Buffer.from(given));
  });
  return isKnown ? header : { ok: false, why: `${name} does not fit the body and any of the secrets.` };
}
