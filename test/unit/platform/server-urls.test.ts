import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/platform/config.js';

const read = (DATABASE_URL: string) => () => readConfig({ DATABASE_URL });

describe('the URL of a server', () => {
  it('with a special character in its password that is not encoded says how to write it, and not the password', () => {
    for (const url of [
      'postgres://doi:2026/secret@h/db',
      'postgres://doi:a#secret@h/db',
      'POSTGRES://u:a?secret@h/db',
      'postgres://u:/secret@h',
    ]) {
      expect(read(url)).toThrow(/DATABASE_URL: cannot be read as a URL: .*%2F/);
      expect(read(url)).not.toThrow(/secret/);
    }
  });

  it('of another protocol says which it must be', () => {
    expect(read('mysql://h/db')).toThrow('must be a URL that starts with postgres:// or postgresql://');
  });

  it('that is encoded is taken', () => {
    expect(read('postgres://doi:2026%2Fsecret@h/db')()).toMatchObject({
      databaseUrl: 'postgres://doi:2026%2Fsecret@h/db',
    });
  });
});
