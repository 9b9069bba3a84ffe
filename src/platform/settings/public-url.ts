/** The setting DOI_PUBLIC_URL: the address at which clients reach the service through a proxy, with its base path. */
import { z } from 'zod';

export interface PublicUrl {
  /** Scheme, name and port, as browsers write it in `Origin`. */
  readonly origin: string;
  /** The name alone, as in `Host` before the port. */
  readonly name: string;
  /** The prefix of every path, such as `/custodian`; empty for none. */
  readonly basePath: string;
}

// No user info, query, fragment or encoded character, so that the path has one spelling.
const FORM = /^https?:\/\/[^/?#@\s\\]+((?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)\/?$/i;

/** The form of the setting. */
export const publicUrlSetting = z.string().transform((text, context) => {
  const parsed = parsePublicUrl(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({
    code: 'custom',
    message:
      'must be an http:// or https:// URL without user, query and fragment, with plain names in its path, such as https://doi.example.org/custodian',
  });
  return z.NEVER;
});

/** Parses a public URL; undefined where the text is none. */
export function parsePublicUrl(text: string): PublicUrl | undefined {
  const [, basePath] = FORM.exec(text) ?? [];
  if (basePath === undefined || !URL.canParse(text)) return undefined;
  const { origin, hostname: name } = new URL(text);
  return { origin, name, basePath };
}

/**
 * The address of a path for clients outside; the path alone without a public URL.
 * @param path begins with a slash
 */
export function publicLink(publicUrl: PublicUrl | undefined, path: string): string {
  return publicUrl === undefined ? path : `${publicUrl.origin}${publicUrl.basePath}${path}`;
}

/**
 * A request's target without the base path, which a proxy may keep or remove. The comparison is byte by byte: a target with
 * another spelling stays as it is, and matches no route.
 */
export function withoutBasePath(target: string, basePath: string): string {
  if (basePath === '' || !target.startsWith(basePath)) return target;
  const rest = target.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : target;
}
