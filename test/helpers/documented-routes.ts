/** All routes of the web process, as docs/api.md lists them; another test holds that it lists each and no other. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/platform/process/package-root.js';

export interface DocumentedRoute {
  readonly method: string;
  /** With its parameters, such as `/repos/:slug/doi`. */
  readonly route: string;
}

export const ROUTES: readonly DocumentedRoute[] = [
  ...readFileSync(join(packageRoot, 'docs/api.md'), 'utf8').matchAll(/^### `([A-Z]+) (\/[^`]*)`$/gm),
].map(([, method = '', route = '']) => ({ method, route }));

/** The path of a route for a repository and a provider. */
export function pathOfRoute({ route }: DocumentedRoute, slug: string, provider = 'github'): string {
  return route.replace(':slug', slug).replace(':provider', provider).replace(':name', 'tpsc');
}
