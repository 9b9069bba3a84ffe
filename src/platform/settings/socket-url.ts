/**
 * URLs that lead to a Unix socket. PostgreSQL's are written as its own programs take them, with the folder as the host;
 * those of Redis as ioredis takes them, with the file as the parameter `path`.
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

/** The file of the socket that a URL of Redis leads to; undefined where it names a host. */
export function redisSocket(url: string): string | undefined {
  return new URL(url).searchParams.get('path') ?? undefined;
}
