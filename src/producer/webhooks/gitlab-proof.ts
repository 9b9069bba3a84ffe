/** GitLab's two proofs: a signature by the Standard Webhooks specification, or the secret itself as a token. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { equalInConstantTime } from '../../platform/equal-in-constant-time.js';
import { signingKey } from '../../platform/webhook-secrets.js';
import type { Delivery, ProofSettings } from './delivery.js';
import { hasHeader, type SingleHeader, singleHeader } from './single-header.js';

const TOKEN = 'X-Gitlab-Token';
const SIGNATURE = 'webhook-signature';
/** How far a stamp may be from now, to either side, in seconds. */
const TOLERANCE_S = 300;

/** Where there is a signature, it counts and a token beside it does not. */
export function proveGitlab(delivery: Delivery, settings: ProofSettings): SingleHeader {
  return hasHeader(delivery.headers, SIGNATURE)
    ? proveSignature(delivery, settings)
    : proveToken(delivery, settings);
}

function proveToken({ headers }: Delivery, { secrets }: ProofSettings): SingleHeader {
  const token = singleHeader(headers, TOKEN);
  if (!token.ok) return token;
  // Node reads headers as latin1; what was sent are bytes.
  const given = Buffer.from(token.value, 'latin1');
  const isKnown = secrets.some((secret) => equalInConstantTime(given, secret));
  return isKnown ? token : { ok: false, why: `${TOKEN} is none of the secrets.` };
}

function proveSignature({ headers, body }: Delivery, { secrets, now }: ProofSettings): SingleHeader {
  const [id, stamp, signature] = ['webhook-id', 'webhook-timestamp', SIGNATURE].map((name) =>
    singleHeader(headers, name),
  ) as [SingleHeader, SingleHeader, SingleHeader];
  for (const header of [id, stamp, signature]) if (!header.ok) return header;
  if (!(id.ok && stamp.ok && signature.ok)) return id;
  // With a dot in it the parts of what is signed could be moved.
  if (!/^[\w-]{1,200}$/.test(id.value)) return { ok: false, why: 'webhook-id has an unknown form.' };
  if (!/^\d{1,12}$/.test(stamp.value)) return { ok: false, why: 'webhook-timestamp is no time in seconds.' };
  if (Math.abs(now / 1000 - Number(stamp.value)) > TOLERANCE_S) {
    return { ok: false, why: 'webhook-timestamp is more than five minutes from the time here.' };
  }
  const given = readSignatures(signature.value);
  if (given.length === 0) return { ok: false, why: `${SIGNATURE} is not "v1," and a SHA-256 in base64.` };
  const signed = Buffer.concat([Buffer.from(`${id.value}.${stamp.value}.`), body]);
  const isKnown = secrets.some((secret) => {
    const made = Buffer.from(createHmac('sha256', signingKey(secret)).update(signed).digest('base64'));
    return given.some((one) => timingSafeEqual(made, one));
  });
  return isKnown
    ? signature
    : { ok: false, why: `${SIGNATURE} does not fit the body and any of the secrets.` };
}

/** The signatures of the one version that is known, as text; of others there may be some beside them. */
function readSignatures(value: string): Buffer[] {
  const parts = value.split(' ');
  // Several are for keys that are being replaced, so there are few.
  if (parts.length > 10 || !parts.every((part) => /^v\d+[a-z]?,[A-Za-z0-9+/]+={0,2}$/.test(part))) return [];
  return parts
    .filter((part) => /^v1,[A-Za-z0-9+/]{43}=$/.test(part))
    .map((part) => Buffer.from(part.slice('v1,'.length)));
}
