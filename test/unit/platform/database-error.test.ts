import { describe, expect, it } from 'vitest';
import { DoiError } from '../../../src/domain/errors.js';
import { databaseError, openSql } from '../../../src/platform/sql.js';

const fromServer = (code: string) => Object.assign(new Error('found'), { name: 'PostgresError', code });
const codeOf = (error: unknown) => (databaseError(error) as { code?: unknown }).code;

describe('an error of the database', () => {
  it.each([
    ...['08006', '28P01', '25006', '3D000', '53100', '53300', '57P01', '57014', '58030', 'XX000', 'XX002'],
    ...['26000', '42501', '55P03', '40001', '40P01'],
  ])('%s is the host’s trouble', (code) => {
    expect(codeOf(fromServer(code))).toBe('database_unavailable');
  });

  it.each(['42P01', '42703', '42883', '3F000'])('%s tells that the schema is not ours', (code) => {
    expect(codeOf(fromServer(code))).toBe('schema_incompatible');
  });

  it.each(['23505', '22P02', '42601', 'P0001'])('%s is returned as it is', (code) => {
    const error = fromServer(code);
    expect(databaseError(error)).toBe(error);
  });
});

it('a startup parameter that a pooler refuses is told with all that it has to be told to ignore', async () => {
  const error = new Error('unsupported startup parameter: lock_timeout');
  const refused = Object.assign(error, { name: 'PostgresError', code: '08P01' });
  expect(databaseError(refused)).toMatchObject({
    code: 'database_unavailable',
    message: expect.stringContaining('refuses the startup parameter lock_timeout'),
  });
  const sql = openSql({ url: 'postgres://h/db', schema: 'own', purpose: 'test', connections: 1 });
  // PgBouncer takes these by itself.
  const known = ['application_name', 'TimeZone'];
  for (const name of Object.keys(sql.options.connection).filter((each) => !known.includes(each))) {
    expect(databaseError(refused)).toMatchObject({ remedy: expect.stringContaining(name) });
  }
});

describe('an error of a socket', () => {
  it.each([
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'ENOTFOUND'],
    ...['CONNECTION_CLOSED', 'CONNECTION_ENDED', 'CONNECTION_DESTROYED', 'CONNECT_TIMEOUT'],
  ])('%s is the host’s trouble', (code) => {
    expect(codeOf(Object.assign(new Error('found'), { code }))).toBe('database_unavailable');
  });

  it('of any code is the host’s trouble, where it ended a statement or came of a call to the network', () => {
    const call = (properties: object) => codeOf(Object.assign(new Error('found'), properties));
    expect(call({ code: 'EXDEV', syscall: 'read', query: 'select' })).toBe('database_unavailable');
    expect(call({ code: 'ENOENT', syscall: 'connect' })).toBe('database_unavailable');
    expect(call({ code: 'EACCES', syscall: 'connect' })).toBe('database_unavailable');
    expect(call({ code: 'CERT_HAS_EXPIRED', query: 'select' })).toBe('database_unavailable');
  });
});

it('an error that has nothing to do with the database is returned as it is', () => {
  for (const error of [
    Object.assign(new Error('found'), { code: 'ENOENT', syscall: 'open', path: 'a' }),
    Object.assign(new Error('found'), { code: 'UNDEFINED_VALUE', query: 'select' }),
    new TypeError('found'),
    new DoiError('bad_request', 'found', 'do'),
    'text',
  ]) {
    expect(databaseError(error)).toBe(error);
  }
});
