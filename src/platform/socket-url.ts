/**
 * URLs that lead to a Unix socket. PostgreSQL's are written as its own programs take them, with the folder as the host;
 * those of Redis as ioredis takes them, with the file as the parameter `path`.
 */

/** The name of PostgreSQL's socket in its folder ends in its port, also where it listens at no port. */
const POSTGRES_PORT = 5432;

export function postgresSocketUrl(
  folder: string,
  { user, password, database }: { user: string; password: string; database: string },
): string {
  return `postgres://${user}:${password}@${encodeURIComponent(folder)}/${database}`;
}

export function redisSocketUrl(file: string, password: string): string {
  return `redis://:${password}@localhost?path=${encodeURIComponent(file)}`;
}

/** The file of PostgreSQL's socket in its folder. */
export function postgresSocket(folder: string, port: number = POSTGRES_PORT): string {
  return `${folder}/.s.PGSQL.${port}`;
}

/** The file of the socket that a URL of Redis leads to; undefined where it names a host. */
export function redisSocket(url: string): string | undefined {
  return new URL(url).searchParams.get('path') ?? undefined;
}
