/** Checks what a forge says of a repository, before any of it becomes a row or the address of a remote. */
import { z } from 'zod';
import { dropCredentials } from '../domain/drop-credentials.js';
import type { ForgeRepository } from '../domain/forge.js';
import { splitRemote } from '../domain/git-remote.js';
import { cleanText } from '../domain/text.js';
import { type ForgeAddress, mayServeSsh } from './forge-address.js';

/** A segment that leads elsewhere where an address is resolved, or that cannot be decoded. No forge allows `%` in a name. */
const isSafe = (segment: string) => !/^(?:\.|%2e){1,2}$|%(?![\da-f]{2})/i.test(segment);
// Without control characters and bidirectional controls, which no forge allows in a name.
const PLAIN = /^[^\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069/\\]+$/;
const isPlain = (text: string) => PLAIN.test(text) && isSafe(text) && text.isWellFormed();

/** One part of a repository's address. */
export const plainSegment = z.string().max(255).refine(isPlain, { error: 'is not a plain name' });
/** Owner and name. */
export const plainPath = z
  .string()
  .max(2000)
  .refine((text) => text.includes('/') && text.split('/').every(isPlain), { error: 'is not a plain path' });
/** The forge's number of a repository, as text. */
export const forgeId = z
  .number()
  .int()
  .positive()
  .transform((id) => String(id));
export const branchName = z
  .string()
  .max(1000)
  .refine((text) => text === '' || text.split('/').every(isPlain), { error: 'is not the name of a branch' })
  .nullish()
  .transform((text) => text || null);
export const topicList = z
  .array(z.string().max(200))
  .max(1000)
  .nullish()
  .transform((topics) => topics ?? []);

/** A repository, or what is wrong with it. */
export type Checked =
  | { readonly ok: true; readonly repository: ForgeRepository }
  | {
      readonly ok: false;
      readonly why: string;
      /** Whether it is otherwise as documented, and only a name or path in it is none that a forge allows. */
      readonly isOdd: boolean;
    };

/** Of zod: what is no plain name, and what is too long. */
const ODD_CODES: ReadonlySet<string> = new Set(['custom', 'too_big']);
const ODD_ADDRESS = 'is not the address of a repository';

export interface CheckOptions {
  /** What this kind of forge answers, made into a repository. */
  readonly schema: z.ZodType<ForgeRepository>;
  readonly address: ForgeAddress;
  /** Whether addresses over ssh are to be used. Otherwise one that may not be is left out. */
  readonly wantsSsh: boolean;
}

/** Checks one entry of a list. */
export function checkRepository(raw: unknown, { schema, address, wantsSsh }: CheckOptions): Checked {
  const parsed = schema.safeParse(raw);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const field = cleanText(issue?.path.join('.') ?? '', 100) || 'entry';
    const id = forgeId.safeParse(z.object({ id: z.unknown() }).safeParse(raw).data?.id).data;
    const which = id === undefined ? 'a repository' : `the repository with the id ${id},`;
    const why = `lists ${which} whose ${field} is not as documented: ${issue?.message}`;
    const isOdd = id !== undefined && parsed.error.issues.every(({ code }) => ODD_CODES.has(code));
    return { ok: false, why, isOdd };
  }
  const repository = parsed.data;
  const ssh = sshProblem(repository.sshUrl, address);
  // First, since an odd path must not hide an address at another host.
  const problem = (wantsSsh ? ssh : undefined) ?? cloneProblem(repository.cloneUrl, address);
  if (problem === undefined)
    return { ok: true, repository: ssh === undefined ? repository : { ...repository, sshUrl: null } };
  const which = `${cleanText(repository.fullName, 200)} (id ${repository.id})`;
  const why = `lists ${which} with an address that ${problem}`;
  return { ok: false, why, isOdd: problem === ODD_ADDRESS };
}

function cloneProblem(url: string, { host, allowsHttp }: ForgeAddress): string | undefined {
  const parts = splitRemote(url);
  if (typeof parts === 'string') return `is no remote: ${parts}`;
  const isAllowed = parts.scheme === 'https' || (allowsHttp && parts.scheme === 'http');
  if (!isAllowed) return `is not https (${describeScheme(parts.scheme)})`;
  if (parts.host.toLowerCase() !== host)
    return `is at another host than the forge: ${cleanText(parts.host, 100)}`;
  if (!parts.path.split('/').every(isSafe)) return ODD_ADDRESS;
  return dropCredentials(url) === url ? undefined : 'holds user info, or is no plain address';
}

function sshProblem(url: string | null, { host }: ForgeAddress): string | undefined {
  if (url === null) return undefined;
  const parts = splitRemote(url);
  if (typeof parts === 'string') return `is no remote: ${parts}`;
  if (parts.scheme !== undefined && parts.scheme !== 'ssh')
    return `is not ssh (${describeScheme(parts.scheme)})`;
  if (!mayServeSsh(host, parts.host.toLowerCase()))
    return `is at another host than the forge: ${cleanText(parts.host, 100)}`;
  return dropCredentials(url) === url ? undefined : 'holds a password, or is no plain address';
}

function describeScheme(scheme: string | undefined): string {
  return scheme === undefined ? 'it has no scheme' : `its scheme is ${cleanText(scheme, 20)}`;
}
