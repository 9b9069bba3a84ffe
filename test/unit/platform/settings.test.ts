import { describe, expect, it } from 'vitest';
import { readConfig, VARIABLES } from '../../../src/platform/config.js';

const TOKEN = 'a-token-of-sixteen-or-more';
/** A path may be any text; every other setting has a form. */
const WITH_FORM = VARIABLES.filter((name) => name !== 'DOI_DATA' && name !== 'DOI_MIRRORS');
const MAY_HOLD_SECRETS = WITH_FORM.filter((name) => /URL|TOKEN|SECRET|COMMAND/.test(name));

const problemOf = (settings: Record<string, string>): string => {
  try {
    readConfig(settings);
  } catch (error) {
    return (error as Error).message;
  }
  return 'none';
};

describe('when a setting does not have its form', () => {
  it.each(WITH_FORM)('then the error names %s and says what it must be', (name) => {
    const problem = problemOf({ [name]: '~ no,' });
    expect(problem).toMatch(new RegExp(`^The configuration is not usable: ${name}: must `));
    expect(problem).not.toMatch(/invalid|expected|NaN|undefined/i);
  });

  it('then the error shows its value, if that cannot be a secret', () => {
    for (const name of WITH_FORM) {
      const isSecret = MAY_HOLD_SECRETS.includes(name);
      expect(problemOf({ [name]: '~ no,' }).endsWith('; it is "~ no,".'), name).toBe(!isSecret);
    }
    expect(MAY_HOLD_SECRETS.length).toBeGreaterThan(8);
    expect(problemOf({ PORT: 'x'.repeat(500) }).length).toBeLessThan(200);
    expect(problemOf({ LOG_LEVEL: 'a\u001b[31m\u202eb' })).toContain('it is "a\\u001b[31m\ufffdb"');
  });

  it.each([
    ['PORT', ['-1', '65536', '80.5', '0x50', '1e3', ' '], 'a whole number, 0 to 65535'],
    ['DOI_CONCURRENCY', ['0', '257', '2.5', 'many'], 'a whole number, 1 to 256'],
    ['DOI_WATCH_SECONDS', ['0', '3601', '30s'], 'a number of seconds, 1 to 3600'],
    ['DOI_MAX_AGE', ['0', '8761', '1d'], 'a number of hours, more than 0 and at most 8760'],
    ['DOI_PUBLIC_BADGES', ['TRUE', 'yes', '1'], 'one of true, false'],
    ['LOG_LEVEL', ['verbose', 'INFO'], 'one of fatal, error, warn, info, debug, trace, silent'],
  ])('then %s refuses %j and names its range', (name, values, range) => {
    for (const value of values) expect(problemOf({ [name]: value })).toContain(`${name}: must be ${range}`);
  });
});

it('when a number of seconds has a fraction, then it may begin with the point', () => {
  for (const text of ['.5', '0.5']) expect(readConfig({ DOI_FRESHNESS: text }).freshMs).toBe(500);
});

describe('when a setting comes from a file', () => {
  it('with the line ends of Windows or with blanks at its ends, then these are not part of it', () => {
    const settings = { DOI_READ_TOKEN: TOKEN, DOI_TOKEN: `${TOKEN}2`, DOI_HOST: 'alpha', LOG_LEVEL: 'debug' };
    const urls = { DATABASE_URL: 'postgres://h/doi', REDIS_URL: 'redis://h:1', DOI_DATA: '/srv/doi' };
    const plain = readConfig({ ...settings, ...urls, DOI_WEBHOOK_SECRET_GITHUB: TOKEN });
    for (const end of ['\r', ' ', '\t', '\r\n']) {
      const padded = Object.entries({ ...settings, ...urls, DOI_WEBHOOK_SECRET_GITHUB: TOKEN });
      const read = readConfig(Object.fromEntries(padded.map(([name, value]) => [name, ` ${value}${end}`])));
      expect({ ...read, environment: {} }).toEqual({ ...plain, environment: {} });
    }
  });

  it('with quotes that are part of it, then the error says so', () => {
    for (const quote of ['"', "'"]) {
      expect(problemOf({ DOI_TOKEN: quote + TOKEN + quote })).toBe(
        'The configuration is not usable: DOI_TOKEN: must be written without the quotes around it: they are part of it here.',
      );
    }
  });

  it('empty but for the line end of Windows, then it is not set; with blanks alone, then it is refused', () => {
    for (const name of VARIABLES) {
      expect(problemOf({ [name]: '\r' }), name).toBe('none');
      expect(problemOf({ [name]: ' \r' }), name).toContain(`${name}: must `);
    }
  });
});

it.each(['a token with blanks', `${TOKEN}\u00e9`, `${TOKEN}\n${TOKEN}`])(
  'when a token is %j, which no client can send, then it prevents the start',
  (token) => {
    for (const name of ['DOI_READ_TOKEN', 'DOI_TOKEN']) {
      expect(problemOf({ [name]: token })).toContain(`${name}: must have at least 16 characters`);
      expect(problemOf({ [name]: token })).not.toContain(token);
    }
  },
);
