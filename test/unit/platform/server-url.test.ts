import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';

describe('DOI_URL', () => {
  it.each([
    [undefined, 'http://127.0.0.1:8080'],
    ['https://doi.example.org/', 'https://doi.example.org'],
    ['http://doi.example.org:8443/custodian/', 'http://doi.example.org:8443/custodian'],
  ])('when it is %s, then commands ask %s', (url, server) => {
    expect(readConfig(url === undefined ? {} : { DOI_URL: url }).serverUrl).toBe(server);
  });

  it.each([
    'doi.example.org',
    'ftp://doi.example.org',
    'https://me:secret-0123@doi.example.org',
    'https://doi.example.org/?a=b',
    'https://doi.example.org/#x',
  ])('when it is %j, then it is refused and not repeated', (url) => {
    expect(() => readConfig({ DOI_URL: url })).toThrow(/DOI_URL: must be an http:\/\/ or https:\/\/ URL/);
    expect(() => readConfig({ DOI_URL: url })).not.toThrow(/secret-0123/);
  });
});
