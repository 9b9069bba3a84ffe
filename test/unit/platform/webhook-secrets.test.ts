import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';
import { signingKey } from '../../../src/platform/settings/webhook-secrets.js';

const read = (secret: string) => readConfig({ DOI_WEBHOOK_SECRET_GITLAB: secret }).webhookSecrets;
const A = 'a-secret-of-16-or-more';
const KEY = Buffer.from('0123456789abcdef').toString('base64');

describe('the secrets of webhooks', () => {
  it('may be several, and are none when the setting is not set', () => {
    expect(read(`${A}, b${A} `)).toMatchObject({ gitlab: [A, `b${A}`], github: [], gitea: [], forgejo: [] });
    expect(read('').gitlab).toEqual([]);
  });

  it.each([
    ',',
    ' ',
    `${A},`,
    `,${A}`,
    `${A},,${A}`,
    'short',
    `${A},short`,
    'whsec_',
    'whsec_MDEyMzQ1',
    `whsec_${KEY}!`,
  ])('prevent the start when one is empty, short or no key: %j', (secret) => {
    expect(() => read(secret)).toThrow(/DOI_WEBHOOK_SECRET_GITLAB: must/);
    if (secret.length > 7) expect(() => read(secret)).not.toThrow(secret);
  });

  it('are not shown by the error, which names the problem', () => {
    expect(() => read('short')).not.toThrow(/base64/);
    expect(() => read('whsec_MDEyMzQ1NDY=')).not.toThrow(/separated by commas/);
  });

  it('sign with the key after whsec_, else with their own bytes', () => {
    expect(signingKey(`whsec_${KEY}`).toString()).toBe('0123456789abcdef');
    expect(signingKey(A).toString()).toBe(A);
  });
});
