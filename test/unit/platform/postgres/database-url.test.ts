import { describe, expect, it } from 'vitest';
import { DoiError } from '../../../../src/domain/errors.js';
import { readConfig } from '../../../../src/platform/config.js';
import { parseDatabaseUrl, showDatabase } from '../../../../src/platform/postgres/database-url.js';

const problemOf = (settings: Record<string, string>): string => {
  try {
    readConfig(settings);
  } catch (error) {
    if (error instanceof DoiError) return error.message;
    throw error;
  }
  return 'none';
};

describe('the URL of a database', () => {
  it.each([
    ['postgres://h/db', [{ host: 'h', port: 5432 }]],
    ['postgresql://h:1/db', [{ host: 'h', port: 1 }]],
    ['postgres://u:p@[::1]:5433/db', [{ host: '::1', port: 5433 }]],
    ['postgres://[2001:db8::1]/db', [{ host: '2001:db8::1', port: 5432 }]],
    ['postgres:///db', [{ host: 'localhost', port: 5432 }]],
    [
      'postgres://u@h1:1,h2,[::1]:3/db',
      [
        { host: 'h1', port: 1 },
        { host: 'h2', port: 5432 },
        { host: '::1', port: 3 },
      ],
    ],
    ['postgres:///db?host=/run/postgresql', [{ path: '/run/postgresql/.s.PGSQL.5432' }]],
    ['postgres://u@%2Frun%2Fpostgresql:1/db', [{ path: '/run/postgresql/.s.PGSQL.1' }]],
    ['postgres:///db?host=h1,h2&port=7', ['h1', 'h2'].map((host) => ({ host, port: 7 }))],
  ])('names the servers: %s', (url, places) => {
    expect(parseDatabaseUrl(url).places).toEqual(places);
    expect(problemOf({ DATABASE_URL: url })).toBe('none');
  });

  it('has a user, a password and a database, each decoded, and a password may hold an "@" and a ":"', () => {
    const { user, password, database } = parseDatabaseUrl('postgres://a%2Fb:c@:%2F%3F%23@h/d%40e');
    expect({ user, password, database }).toEqual({ user: 'a/b', password: 'c@:/?#', database: 'd@e' });
  });

  it.each([
    ['', { use: 'never' }],
    ['?sslmode=prefer', { use: 'prefer', verify: 'nothing' }],
    ['?sslmode=require', { use: 'always', verify: 'nothing' }],
    ['?sslmode=require&sslrootcert=package.json', { use: 'always', verify: 'signer' }],
    ['?sslmode=verify-ca', { use: 'always', verify: 'signer', ca: undefined }],
    ['?sslrootcert=package.json', { use: 'always', verify: 'host', ca: expect.stringContaining('{') }],
    ['?sslrootcert=system', { use: 'always', verify: 'host', ca: undefined }],
    ['?sslmode=verify-full&sslnegotiation=direct', { use: 'always', verify: 'host', direct: true }],
  ])('sets TLS: "%s"', (query, tls) => {
    expect(parseDatabaseUrl(`postgres://h/db${query}`).tls).toMatchObject(tls);
  });

  it.each([
    ['?schema=doi', /"schema".*DOI_SCHEMA/],
    ['?pgbouncer=true', /"pgbouncer".*prepare=false/],
    ['?connect_timeout=10', /"connect_timeout".*leave it out/],
    ['?connection_limit=5', /"connection_limit".*leave it out/],
    ['?work_mem=64MB', /"work_mem".*options=-c/],
    ['?target_session_attrs=read-write', /"target_session_attrs".*first/],
    ['?ssl=true', /"ssl".*sslmode/],
    ['?sslmode=on', /"sslmode".*verify-full/],
    ['?sslrootcert=/none/at/all', /"sslrootcert" that cannot be read \(ENOENT\)/],
    ['?prepare=no', /"prepare".*true, false/],
  ])('with %s is refused with what to use instead', (query, problem) => {
    expect(problemOf({ DATABASE_URL: `postgres://h/db${query}` })).toMatch(problem);
  });

  it.each([
    ['postgres://u:2026/hunter2@127.0.0.1:55432/db', '%2F'],
    ['postgres://u:/hunter2@127.0.0.1:55432/db', '%2F'],
    ['postgres://u:2026?hunter2@127.0.0.1/db', '%3F'],
    ['postgres://u:2026#hunter2@127.0.0.1/db', '%23'],
    ['postgres://u:hunter2', ':port'],
    ['postgres://u:p%hunter2@h/db', '%25'],
    ['postgres://u:1?hunter2', 'a parameter'],
    ['postgres://h/db#hunter2', '%23'],
    ['mysql://u:hunter2@h', 'postgres://'],
    ['hunter2', 'postgres://'],
  ])('that cannot be used is refused without any part of it, and with what to do: %s', (url, remedy) => {
    const problem = problemOf({ DATABASE_URL: url });
    expect(problem).toContain(remedy);
    expect(problem).not.toContain('hunter2');
  });

  it('is shown without user, password and parameters', () => {
    expect(showDatabase('postgres://u:hunter2@h1,[::1]:3/db?options=hunter2')).toBe('h1:5432,[::1]:3/db');
    expect(showDatabase('postgres:///db?host=/run/postgresql')).toBe('/run/postgresql/.s.PGSQL.5432/db');
  });
});

describe('the URL of Redis', () => {
  it.each([
    'redis://u:2026/hunter2@127.0.0.1:6379',
    'redis://:/hunter2@127.0.0.1:6379',
    'redis://:1?hunter2@h',
    'rediss://:1#hunter2@h',
  ])('whose password ends its host is refused without any part of it: %s', (url) => {
    const problem = problemOf({ REDIS_URL: url });
    expect(problem).toContain('%2F');
    expect(problem).not.toContain('hunter2');
  });
});
