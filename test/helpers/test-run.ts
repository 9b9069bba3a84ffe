/** What the set-up of a test run and its tests agree on. */

declare module 'vitest' {
  export interface ProvidedContext {
    /** A database of the run's server to connect to for making others. */
    adminUrl: string;
    redisUrl: string;
  }
}

/** The migrated database that each test's database is a copy of. Nothing connects to it. */
export const TEMPLATE = 'doi_template';
/** How many logical databases the run's Redis has. */
export const REDIS_DATABASES = 512;

/** Nothing of these tests is kept, so nothing waits for a disk. */
export const FAST_POSTGRES = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '300',
  // The data may lie in memory.
  max_wal_size: '256MB',
};
