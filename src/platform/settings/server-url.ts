/** The setting DOI_URL: the server whose HTTP API a command asks. */
import { z } from 'zod';
import { parsePublicUrl } from './public-url.js';

/** What an address of a server must be. */
export const SERVER_URL_FORM =
  'must be an http:// or https:// URL without user, query and fragment, such as https://doi.example.org';

/** The form of the setting. */
export const serverUrlSetting = z.string().transform((text, context) => {
  const url = parseServerUrl(text);
  if (url !== undefined) return url;
  context.addIssue({ code: 'custom', message: SERVER_URL_FORM });
  return z.NEVER;
});

/** Parses an address of a server, its base path included; undefined where the text is none. It ends without a slash. */
export function parseServerUrl(text: string): string | undefined {
  const parsed = parsePublicUrl(text);
  return parsed && `${parsed.origin}${parsed.basePath}`;
}
