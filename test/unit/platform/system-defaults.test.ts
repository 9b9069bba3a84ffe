import { availableParallelism, hostname } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';

// Unit tests share modules: another file may have loaded this one with the real `node:os`.
vi.resetModules();
vi.mock(import('node:os'), async (original) => {
  const os = await original();
  return { ...os, hostname: vi.fn(os.hostname), availableParallelism: vi.fn(os.availableParallelism) };
});
const { readConfig } = await import('../../../src/platform/config.js');

describe('a setting that is not set', () => {
  const zone = process.env['TZ'];
  afterEach(() => {
    vi.resetAllMocks();
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('is named when the name of the system is no valid name of a host', () => {
    for (const bad of ['my host', 'wirtschäft', `${'a'.repeat(63)}.example`, '']) {
      vi.mocked(hostname).mockReturnValue(bad);
      expect(() => readConfig({})).toThrow(
        /DOI_HOST is not set, and what the system has for it must be letters/,
      );
      expect(readConfig({ DOI_HOST: 'alpha' }).host).toBe('alpha');
    }
  });

  it.each([
    ['', 'UTC'],
    ['Mars/Base', 'UTC'],
    ['Europe/Berlin', 'Europe/Berlin'],
  ])('when TZ is %j, then the nightly sweep uses the time zone %s', (tz, expected) => {
    process.env['TZ'] = tz;
    expect(readConfig({ DOI_TIME_ZONE: '' }).timeZone).toBe(expected);
  });

  it('stays within its range on a machine with many cores', () => {
    vi.mocked(availableParallelism).mockReturnValue(128);
    expect(readConfig({}).concurrency).toBe(256);
  });

  it('counts as not set when it is empty: commands for people then log nothing', () => {
    expect(readConfig({ LOG_LEVEL: '' })).toMatchObject({ logLevel: 'info', givenLogLevel: undefined });
    expect(readConfig({ LOG_LEVEL: 'debug' })).toMatchObject({ logLevel: 'debug', givenLogLevel: 'debug' });
  });
});
