/** Every route that reads what PostgreSQL has, of a repository called `thing`, and what its answer must hold. */
import { expect } from 'vitest';

export interface Read {
  readonly path: string;
  /** What a correct answer matches. */
  readonly body: unknown;
}

const ofThing = expect.objectContaining({ repo_slug: 'thing' });

export const READS: readonly Read[] = [
  { path: '/repos/thing/doi', body: { repo_slug: 'thing', stale: expect.any(Boolean) } },
  { path: '/repos/thing/doi/history', body: { repo_slug: 'thing', changes: expect.any(Array) } },
  { path: '/doi/changes', body: { changes: expect.any(Array) } },
  { path: '/repos/doi/summary', body: expect.arrayContaining([ofThing]) },
  { path: '/hosts', body: expect.arrayContaining([expect.objectContaining({ host: 'here' })]) },
  { path: '/sweeps/latest', body: { id: expect.any(String), state: expect.any(String) } },
];

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly ms: number;
}

/** Sends one HTTP request, and measures how long the answer took. */
export async function readOnce(url: string): Promise<Answer> {
  const began = performance.now();
  const response = await fetch(url);
  const body: unknown = await response.json();
  return { status: response.status, headers: response.headers, body, ms: performance.now() - began };
}

/** Reads all routes at once, and expects a correct answer of each within the limit. */
export async function expectAllRead(address: string, limitMs: number): Promise<void> {
  await Promise.all(
    READS.map(async ({ path, body }) => {
      const answer = await readOnce(address + path);
      expect(answer.status, path).toBe(200);
      expect(answer.body, path).toMatchObject(body as object);
      expect(answer.ms, path).toBeLessThan(limitMs);
    }),
  );
}
