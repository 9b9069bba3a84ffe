/** The settings with the secrets of webhooks. */
import { z } from 'zod';

/** The providers of webhooks. */
export const WEBHOOK_PROVIDERS = ['github', 'gitea', 'forgejo', 'gitlab'] as const;
export type WebhookProvider = (typeof WEBHOOK_PROVIDERS)[number];

/** The secrets by which each provider may prove its deliveries: several while one is being replaced; without any it is off. */
export type WebhookSecrets = Readonly<Record<WebhookProvider, readonly string[]>>;

/** The fewest characters of a secret, and bytes of a key. */
export const SECRET_LENGTH = 16;

// GitLab's prefix of a signing token.
const KEY_PREFIX = 'whsec_';

/** The form of a setting with one provider's secrets. A comma separates them, so no secret can hold one. */
export const secretList = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine((list) => list.every((one) => one.length >= SECRET_LENGTH), {
    error: `must be secrets of at least ${SECRET_LENGTH} characters, separated by commas, and none of them empty`,
  })
  .refine(
    (list) => list.every((one) => !one.startsWith(KEY_PREFIX) || signingKey(one).length >= SECRET_LENGTH),
    {
      error: `must have at least ${SECRET_LENGTH} bytes in base64 after "whsec_"`,
    },
  )
  .default([]);

/** The key with which a secret signs: what follows `whsec_` in base64, else the secret's own bytes. Empty for broken base64. */
export function signingKey(secret: string): Buffer {
  if (!secret.startsWith(KEY_PREFIX)) return Buffer.from(secret);
  const encoded = secret.slice(KEY_PREFIX.length);
  const key = Buffer.from(encoded, 'base64');
  return key.toString('base64') === encoded ? key : Buffer.alloc(0);
}
