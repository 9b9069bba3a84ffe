import { describe, expect, it } from 'vitest';
import { readServices, SERVICE_AUTHS } from '../../../../src/criteria/parse/services.js';

const entry = (yaml: string) => readServices(`services:\n  - {${yaml}}\n`);

describe('readServices', () => {
  it('accepts an empty list', () => {
    expect(readServices('services: []')).toEqual({ ok: true, count: 0 });
  });

  it.each(SERVICE_AUTHS)('accepts a service with auth %s', (auth) => {
    expect(entry(`slug: a, purpose: b, auth: ${auth}`)).toEqual({ ok: true, count: 1 });
  });

  it('accepts endpoint, notes, and keys that it does not know', () => {
    const text =
      'version: 1\nservices:\n  - {slug: a, purpose: b, auth: cli, endpoint: c, notes: d, owner: e}';
    expect(readServices(text)).toEqual({ ok: true, count: 1 });
  });

  it.each([
    ['- a', /not a map with the key `services`/],
    ['{}', /`services` is missing/],
    ['services:', /`services` is not a list/],
    ['services: {a: 1}', /`services` is not a list/],
    ['services: [a]', /^service 1 is not a map/],
  ])('refuses %o', (text, reason) => {
    const result = readServices(text);
    expect(result).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  it.each([
    ['purpose: b, auth: cli', /^service 1 has no `slug`/],
    ['slug: 1, purpose: b, auth: cli', /^service 1 has no `slug`, or it is not a text/],
    ['slug: a, auth: cli', /^service 1 \(a\) has no `purpose`/],
    ['slug: a, purpose: "", auth: cli', /^service 1 \(a\) has no `purpose`/],
    ['slug: a, purpose: b', /`auth` that is none of api_key, oauth, cli, none, unknown/],
    ['slug: a, purpose: b, auth: Cli', /`auth` that is none of/],
    ['slug: a, purpose: b, auth: cli, endpoint: [x]', /`endpoint` that is not a text/],
    ['slug: a, purpose: b, auth: cli, notes: 3', /`notes` that is not a text/],
  ])('refuses the entry {%s}', (yaml, reason) => {
    expect(entry(yaml)).toMatchObject({ ok: false, reason: expect.stringMatching(reason) });
  });

  it('names the first wrong entry by its number', () => {
    const text = 'services:\n  - {slug: a, purpose: b, auth: cli}\n  - {slug: c}\n  - {}\n';
    expect(readServices(text)).toMatchObject({ reason: expect.stringMatching(/^service 2 \(c\)/) });
  });

  it('names the line where the YAML does not parse', () => {
    expect(readServices('services:\n  - [')).toMatchObject({ ok: false, line: 2 });
  });
});
