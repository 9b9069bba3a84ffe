import { describe, expect, it } from 'vitest';
import { DoiError } from '../../../../src/domain/errors.js';
import { databaseError } from '../../../../src/platform/postgres/database-error.js';
import { openSql } from '../../../../src/platform/postgres/sql.js';

const fromServer = (code: string, more: object = {}) =>
  Object.assign(new Error('found'), { name: 'PostgresError', code, ...more });
const codeOf = (error: unknown) => (databaseError(error) as { code?: unknown }).code;

describe('an error of the database', () => {
  it.each([
    ['08P01', 'PostgreSQL, or a pooler in front of it, refuses the connection: found (08P01).'],
    ['28P01', 'PostgreSQL refuses the user or the password (28P01).'],
    ['28000', 'PostgreSQL refuses the user or the password (28000).'],
    ['3D000', 'PostgreSQL has no database of that name (3D000).'],
    ['25006', 'PostgreSQL takes no writes: it is a standby, or set to be read-only (25006).'],
    ['53100', "PostgreSQL's disk is full (53100)."],
    ['53200', 'PostgreSQL has used up its memory or another of its limits (53200).'],
    ['53300', 'PostgreSQL has no connection left for this user (53300).'],
    ['57014', 'PostgreSQL took too long over a statement, which was ended (57014).'],
    ['57P01', 'PostgreSQL ended the connection (57P01).'],
    ['57P03', 'PostgreSQL is starting or shutting down (57P03).'],
    ['55P03', 'Another connection holds a lock on what is needed for too long (55P03).'],
    ['40P01', 'PostgreSQL ended a statement that another one was in the way of (40P01).'],
    ['58030', 'PostgreSQL reports a fault of its own (58030).'],
    ['XX002', 'PostgreSQL reports a fault of its own (XX002).'],
  ])('%s is a host problem, with a message that names it', (code, message) => {
    expect(databaseError(fromServer(code))).toMatchObject({ code: 'database_unavailable', message });
  });

  it.each([
    [
      'permission denied for table doi_cache',
      'select tier from doi_cache',
      'grant select, insert, update on table doi_cache to "My role";',
    ],
    [
      'permission denied for table managed_repos',
      'insert into managed_repos (id) values ($1)',
      'grant select, insert on table managed_repos to "My role";',
    ],
    [
      'permission denied for sequence doi_request_seq',
      '',
      'grant usage, select, update on sequence doi_request_seq to "My role";',
    ],
    ['permission denied for schema public', '', 'grant usage, create on schema public to "My role";'],
    [
      'permission denied for database "my-doi"',
      '',
      'grant connect, create on database "my-doi" to "My role";',
    ],
  ])('42501, "%s", names the grant that is needed', (message, query, grant) => {
    const error = databaseError(fromServer('42501', { message, query }), 'My role');
    expect(error).toMatchObject({
      code: 'database_unavailable',
      message: expect.stringContaining(message),
      remedy: expect.stringContaining(grant),
    });
  });

  it.each(['keine Berechtigung für Tabelle doi_cache', 'must be owner of table domains'])(
    '42501 in words that name no object of ours, "%s", says who knows',
    (message) => {
      const error = databaseError(fromServer('42501', { message }));
      expect(error).toMatchObject({ remedy: expect.stringContaining('doi doctor') });
    },
  );

  it('22P05 is a host problem when the encoding lacks a character, and not when JSON holds a NUL', () => {
    expect(codeOf(fromServer('22P05', { routine: 'report_untranslatable_char' }))).toBe(
      'schema_incompatible',
    );
    const ofJson = fromServer('22P05', { routine: 'report_json_context' });
    expect(databaseError(ofJson)).toBe(ofJson);
  });

  it.each(['42P01', '42703', '42883', '3F000'])(
    '%s means that the schema is not the one of this release',
    (code) => {
      expect(codeOf(fromServer(code))).toBe('schema_incompatible');
    },
  );

  it.each(['23505', '22P02', '42601', 'P0001'])('%s is returned as it is', (code) => {
    const error = fromServer(code);
    expect(databaseError(error)).toBe(error);
  });
});

it('when a pooler refuses a startup parameter, then the error names all parameters that it has to ignore', async () => {
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
  ])('%s is a host problem', (code) => {
    expect(codeOf(Object.assign(new Error('found'), { code }))).toBe('database_unavailable');
  });

  it('of any code is a host problem when it ended a statement or came from a network call', () => {
    const call = (properties: object) => codeOf(Object.assign(new Error('found'), properties));
    expect(call({ code: 'EXDEV', syscall: 'read', query: 'select' })).toBe('database_unavailable');
    expect(call({ code: 'ENOENT', syscall: 'connect' })).toBe('database_unavailable');
    expect(call({ code: 'EACCES', syscall: 'connect' })).toBe('database_unavailable');
    const expired = Object.assign(new Error('found'), { code: 'CERT_HAS_EXPIRED', query: 'select' });
    expect(databaseError(expired)).toMatchObject({
      code: 'database_unavailable',
      message: 'No encrypted connection to PostgreSQL can be made (CERT_HAS_EXPIRED).',
    });
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
