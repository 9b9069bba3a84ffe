/**
 * Makes URLs that lead to a Unix socket: for PostgreSQL with the folder as the host, as its own programs take them; for Redis
 * with the file as the parameter `path`, as ioredis takes them.
 */

export function postgresSocketUrl(
  folder: string,
  { user, password, database }: { user: string; password: string; database: string },
): string {
  return `postgres://${user}:${password}@${encodeURIComponent(folder)}/${database}`;
}

export function redisSocketUrl(file: string, password: string): string {
  return `redis://:${password}@localhost?path=${encodeURIComponent(file)}`;
}

/** The socket's file in a URL of Redis; undefined where the URL names a host. */
export function redisSocket(url: string): string | undefined {
  return new URL(url).searchParams.get('path') ?? undefined;
}
