import { describe, expect, it } from 'vitest';
import { DoiError, ERRORS, type ErrorCode, isHostProblem } from '../../../src/domain/errors.js';

const CODES = Object.keys(ERRORS) as ErrorCode[];

describe('an error', () => {
  it('has what was found, what to do, its kind, and its cause', () => {
    const cause = new Error('EACCES');
    const error = new DoiError('file_unreadable', 'SCOPE.md could not be read.', 'Let it be read.', {
      cause,
    });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: 'DoiError',
      code: 'file_unreadable',
      message: 'SCOPE.md could not be read.',
      remedy: 'Let it be read.',
      kind: 'repository',
      http: 500,
      cause,
    });
  });

  it.each(CODES)('of the code %s has a kind and a status that agree', (code) => {
    expect(code).toMatch(/^[a-z]+(_[a-z]+)*$/);
    const { kind, http } = new DoiError(code, 'x', 'y');
    if (http < 500) expect(kind).toBe('caller');
    // Too many waiting clients is a problem of the clients, and passes.
    if (http === 503) expect(kind).toBe(code === 'too_many_waiting' ? 'caller' : 'host');
    if (kind === 'repository') expect(http).toBe(500);
    expect([400, 401, 403, 404, 405, 409, 500, 503, 504]).toContain(http);
  });

  it('is a host problem only by its code, and never if it is no DoiError', () => {
    const isHost = (code: ErrorCode) => isHostProblem(new DoiError(code, 'x', 'y'));
    expect(isHost('database_unavailable')).toBe(true);
    expect(isHost('checker_missing')).toBe(true);
    expect(isHost('checker_crashed')).toBe(false);
    expect(isHost('mount_missing')).toBe(false);
    expect(isHost('bad_request')).toBe(false);
    for (const other of [
      new Error('database_unavailable'),
      { code: 'database_unavailable', kind: 'host' },
      null,
    ])
      expect(isHostProblem(other)).toBe(false);
  });
});
