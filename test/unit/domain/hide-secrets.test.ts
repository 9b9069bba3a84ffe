/** Tests of the scrubber: the forms that secret scanners know, in whatever stands round them, and in linear time. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { describePrinted, printable } from '../../../src/checker/output.js';
import { DoiError } from '../../../src/domain/errors.js';
import { hideSecrets } from '../../../src/domain/hide-secrets.js';

const letters = (length: number) => 'Ab3dEf9hJk'.repeat(26).slice(0, length);
const hex = (length: number) => '0a1b2c3d4e5f'.repeat(22).slice(0, length);
// Made here, so that no scanner finds a secret in this file.
const PEM = (kind: string) =>
  `-----${'BEGIN'} ${kind}-----\n${letters(64)}\n${letters(64)}\n-----END ${kind}-----`;

/** Secrets by themselves, known by their form. */
const TOKENS: readonly string[] = [
  ...['p', 'o', 'u', 's', 'r'].map((kind) => `gh${kind}_${letters(36)}`),
  `github_pat_${letters(22)}_${letters(59)}`,
  ...['pat', 'oas', 'dt', 'rt', 'cbt', 'ptt', 'ft', 'soat'].map((kind) => `gl${kind}-${letters(20)}`),
  `ATATT3x${letters(60)}`,
  `ATBB${letters(32)}`,
  `AKIA${'Q3EG'.repeat(4)}`,
  `AIza${letters(35)}`,
  `ya29.${letters(40)}`,
  `dop_v1_${hex(64)}`,
  `npm_${letters(36)}`,
  `pypi-AgEI${letters(60)}`,
  `dckr_pat_${letters(27)}`,
  `xoxb-123456789012-${letters(24)}`,
  `sk_live_${letters(24)}`,
  `whsec_${letters(32)}`,
  `SG.${letters(22)}.${letters(43)}`,
  `sk-ant-${letters(40)}`,
  `hf_${letters(34)}`,
  `hvs.${letters(24)}`,
  `glsa_${letters(32)}_${hex(8)}`,
  `ey${letters(30)}.ey${letters(60)}.${letters(43)}`,
  PEM('PRIVATE KEY'),
  PEM('RSA PRIVATE KEY'),
  PEM('OPENSSH PRIVATE KEY'),
  PEM('PGP PRIVATE KEY BLOCK'),
];
const VALUE = 'Hush7-plain/value+9';
/** Secrets that only the text beside them identifies. */
const NAMED: readonly string[] = [
  ...[
    'password',
    'passwd',
    'PGPASSWORD',
    'DB_PASSWORD',
    'client_secret',
    'api_key',
    'apikey',
    'access-token',
  ],
  ...['AWS_SECRET_ACCESS_KEY', 'AccountKey', '//registry.example/:_authToken', 'private_key', 'credential'],
]
  .flatMap((name) => [`${name}=${VALUE}`, `${name}: ${VALUE}`, `"${name}": "${VALUE}"`, `${name}='${VALUE}'`])
  .concat(
    `PRIVATE-TOKEN: ${VALUE}`,
    `X-Api-Key: ${VALUE}`,
    `JOB-TOKEN:${VALUE}`,
    `Authorization: Basic ${VALUE}`,
    `authorization: token ${VALUE}`,
    `Proxy-Authorization: ${VALUE}`,
    `bearer ${VALUE}`,
    `Set-Cookie: session=${VALUE}; Path=/`,
    `https://user:${VALUE}@h.example/a`,
    `https://h.example/a?x=1&access_token=${VALUE}`,
    `https://h.example/a?sig=${VALUE}`,
    `postgres://u:2026/${VALUE}@h/db`,
    'git:Hush7-plain@h.example:a/b',
    `--password ${VALUE}`,
    `curl -u me:${VALUE} h.example`,
    `machine h.example login me password ${VALUE}`,
  );

const isThere = (text: string) => /Hush7|Ab3dEf9hJk|0a1b2c3d4e|Q3EGQ3EG/.test(text);

describe('a secret', () => {
  it.each(TOKENS)('is removed by its form: %s', (token) => {
    for (const text of [token, `said "${token}", twice`, `x=${token};`, `(${token})`, `https://${token}@h/a`])
      expect(hideSecrets(text), text).not.toSatisfy(isThere);
  });

  it.each(NAMED)('is removed by the text beside it: %s', (text) => {
    expect(hideSecrets(text)).not.toSatisfy(isThere);
    expect(hideSecrets(`fatal: ${text}\nnext line`)).toMatch(/^fatal: .*\nnext line$/s);
  });

  it('is not in what a program printed, also with a control character in it, and at either end of a long output', () => {
    const noise = 'line of words\n'.repeat(3_000);
    for (const secret of [...TOKENS, ...NAMED]) {
      const text = `${secret.slice(0, 12)}\u001b${secret.slice(12)}`;
      expect(printable(text)).not.toSatisfy(isThere);
      for (const head of [text, text + noise, noise + text]) {
        const stdout = { head, tail: '', truncated: false };
        expect(describePrinted('It failed.', { stdout, stderr: stdout })).not.toSatisfy(isThere);
      }
    }
  });

  it('is in no DoiError', () => {
    expect(new DoiError('internal', `At https://u:${VALUE}@h/.`, 'Wait.').message).toBe('At https://***@h/.');
  });
});

test.each([
  'https://host/a@b and me@host',
  'git@github.com:acme/widget.git',
  'unexpected token } in JSON at position 4',
  'password authentication failed for user "doi"',
  'DOI_READ_TOKEN: must have at least 16 characters',
  'DOI_TOKEN: must be written without the quotes around it',
  'key: value, basic authentication, bearer of news',
  'commit 0a1b2c3d4e5f0a1b2c3d4e5f0a1b2c3d4e5f0a1b',
  'workplans/ACME-WP-0001-tokens.md:12 the task id T1 is used twice',
])('what is no secret stays: %s', (text) => {
  expect(hideSecrets(text)).toBe(text);
});

test('a secret is removed from any text around it', () => {
  const word = fc.stringMatching(/^[ -~]{0,30}$/).filter((text) => !/["'`<>]/.test(text));
  fc.assert(
    fc.property(word, fc.constantFrom(...TOKENS, ...NAMED), word, (before, secret, after) => {
      expect(hideSecrets(`${before} ${secret} ${after}`)).not.toSatisfy(isThere);
    }),
    { numRuns: 2_000 },
  );
});

test('removing takes linear time for any text', () => {
  const parts = [
    'a',
    'a:',
    '://',
    'a://',
    '@',
    'a://b@',
    '://a:',
    'ey',
    'ey.',
    'ghp_',
    'sk-',
    'password',
    'token=',
  ];
  for (const part of [
    ...parts,
    'password="',
    '-u ',
    '-',
    'login a password ',
    'basic ',
    '?key',
    ' a:b',
    'xox',
  ]) {
    const began = performance.now();
    hideSecrets(part.repeat(200_000 / part.length));
    expect(performance.now() - began, part).toBeLessThan(2000);
  }
});
