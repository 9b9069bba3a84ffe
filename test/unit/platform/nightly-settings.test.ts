import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';

describe('the settings of the nightly sweep', () => {
  it.each([
    ['DOI_TIME_ZONE', 'Mars/Base', /DOI_TIME_ZONE: must be an IANA time zone/],
    ['DOI_TIME_ZONE', '25', /DOI_TIME_ZONE: must be an IANA time zone/],
    [
      'DOI_NIGHTLY',
      'every night',
      /DOI_NIGHTLY: must be a cron pattern of five fields, such as "0 3 \* \* \*"/,
    ],
    ['DOI_NIGHTLY', '61 3 * * *', /DOI_NIGHTLY: must be a cron pattern/],
    ['DOI_NIGHTLY', '0 0 31 2 *', /DOI_NIGHTLY: must be a cron pattern/],
    ['DOI_NIGHTLY', '0 3 * *', /DOI_NIGHTLY: must be a cron pattern of five fields/],
    ['DOI_NIGHTLY', '3', /DOI_NIGHTLY: must be a cron pattern of five fields/],
    ['DOI_NIGHTLY', 'H 3 * * *', /DOI_NIGHTLY: must be a cron pattern without "H"/],
    ['DOI_NIGHTLY', 'H(0-29)/10 3 * * THU', /DOI_NIGHTLY: must be a cron pattern without "H"/],
  ])('prevent the start where %s is %s, and are named', (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });

  it.each([
    ['0 3 * * *', 'Europe/Berlin'],
    ['*/10 * * * * *', 'UTC'],
    ['0 0 29 2 *', 'America/St_Johns'],
    ['0 3 * MAR THU', 'UTC'],
    ['@daily', 'UTC'],
  ])('take %s in %s', (nightly, timeZone) => {
    const config = readConfig({ DOI_NIGHTLY: nightly, DOI_TIME_ZONE: timeZone });
    expect(config).toMatchObject({ nightly, timeZone });
  });
});
