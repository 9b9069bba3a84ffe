import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';
import { publicLink, withoutBasePath } from '../../../src/platform/settings/public-url.js';

const read = (url: string) => readConfig({ DOI_PUBLIC_URL: url }).publicUrl;

describe('DOI_PUBLIC_URL', () => {
  it.each([
    ['https://doi.example.org', 'https://doi.example.org', 'doi.example.org', ''],
    ['https://doi.example.org/', 'https://doi.example.org', 'doi.example.org', ''],
    ['https://DOI.example.org:443/custodian', 'https://doi.example.org', 'doi.example.org', '/custodian'],
    ['http://doi.example.org:8443/a/b.c/', 'http://doi.example.org:8443', 'doi.example.org', '/a/b.c'],
    ['http://[::1]:8080', 'http://[::1]:8080', '[::1]', ''],
  ])('%s is an origin, a name and a base path', (url, origin, name, basePath) => {
    expect(read(url)).toEqual({ origin, name, basePath });
  });

  it.each([
    'doi.example.org',
    'ftp://doi.example.org',
    'https://',
    'https:///custodian',
    'https://me:secret-0123@doi.example.org',
    'https://@doi.example.org',
    'https://doi.example.org/?',
    'https://doi.example.org/?a=b',
    'https://doi.example.org/#',
    'https://doi.example.org/a//b',
    'https://doi.example.org/a/../b',
    'https://doi.example.org/.hidden',
    'https://doi.example.org/%63ustodian',
    'https://doi.example.org\\custodian',
    'https: //doi.example.org',
    'https://doi.example.org/a b',
    'https://doi.example.org:port',
  ])('%j prevents the start, and is not repeated', (url) => {
    expect(() => read(url)).toThrow(/DOI_PUBLIC_URL: must be an http:\/\/ or https:\/\/ URL without user/);
    expect(() => read(url)).not.toThrow(/secret-0123/);
  });

  it('does not open another address than loopback without a token', () => {
    const open = { HOST: '0.0.0.0', DOI_PUBLIC_URL: 'https://doi.example.org' };
    expect(() => readConfig(open)).toThrow(/DOI_READ_TOKEN is not set/);
    expect(readConfig({ ...open, DOI_READ_TOKEN: 'sixteen-or-more-0' }).publicUrl).toBeDefined();
  });
});

describe('a link', () => {
  it('is absolute when there is a public URL, and has its base path', () => {
    expect(publicLink(read('https://a.example/b/'), '/repos/x')).toBe('https://a.example/b/repos/x');
    expect(publicLink(read('https://a.example'), '/')).toBe('https://a.example/');
    expect(publicLink(undefined, '/repos/x')).toBe('/repos/x');
  });
});

describe('the base path', () => {
  it.each([
    ['/custodian', '/'],
    ['/custodian/', '/'],
    ['/custodian?a=b', '/?a=b'],
    ['/custodian/hosts?a', '/hosts?a'],
    ['/hosts', '/hosts'],
    // Only once, and only as it is spelled.
    ['/custodian/custodian/hosts', '/custodian/hosts'],
    ['/custodianX/hosts', '/custodianX/hosts'],
    ['/custodian.', '/custodian.'],
    ['/Custodian/hosts', '/Custodian/hosts'],
    ['/%63ustodian/hosts', '/%63ustodian/hosts'],
    ['/./custodian/hosts', '/./custodian/hosts'],
    ['//custodian/hosts', '//custodian/hosts'],
    ['/custodian%2Fhosts', '/custodian%2Fhosts'],
    ['http://localhost/custodian/hosts', 'http://localhost/custodian/hosts'],
    ['*', '*'],
  ])('%s leads to %s', (target, path) => {
    expect(withoutBasePath(target, '/custodian')).toBe(path);
  });

  it('that is empty changes nothing', () => {
    expect(withoutBasePath('/hosts', '')).toBe('/hosts');
  });
});
