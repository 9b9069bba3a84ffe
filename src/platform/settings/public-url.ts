/** Where clients reach the service from outside: the address in front of a proxy, with its base path. */
import { z } from 'zod';

export interface PublicUrl {
  /** Scheme, name and port, as browsers write it in `Origin`. */
  readonly origin: string;
  /** The name alone, as it stands in `Host` before the port. */
  readonly name: string;
  /** What stands in front of every path, such as `/custodian`; empty where nothing does. */
  readonly basePath: string;
}

// Neither user info nor query nor fragment nor anything encoded: such a path has one spelling.
const FORM = /^https?:\/\/[^/?#@\s\\]+((?:\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*)\/?$/i;

/** A setting with a public URL. */
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

/** Reads a public URL; undefined where the text is not one that can be used. */
function parsePublicUrl(text: string): PublicUrl | undefined {
  const [, basePath] = FORM.exec(text) ?? [];
  if (basePath === undefined || !URL.canParse(text)) return undefined;
  const { origin, hostname: name } = new URL(text);
  return { origin, name, basePath };
}

/**
 * The address of a path as clients outside know it; the path alone where nothing is known of an outside.
 * @param path begins with a slash
 */
export function publicLink(publicUrl: PublicUrl | undefined, path: string): string {
  return publicUrl === undefined ? path : `${publicUrl.origin}${publicUrl.basePath}${path}`;
}

/**
 * A request's target without the base path, for a proxy may pass it on or take it off. It is compared byte by byte: any
 * other spelling stays, and leads nowhere.
 */
export function withoutBasePath(target: string, basePath: string): string {
  if (basePath === '' || !target.startsWith(basePath)) return target;
  const rest = target.slice(basePath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : target;
}
