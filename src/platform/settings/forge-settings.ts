/** The settings with the tokens of forges, and with the owners whose repositories are discovered each night. */

import { z } from 'zod';
import { type DiscoveryTarget, FORGE_KINDS, type ForgeKind } from '../../domain/forge.js';
import { parseJson } from '../../domain/parse-json.js';

/** The token for each forge; undefined where none is set. */
export type ForgeTokens = Readonly<Record<ForgeKind, string | undefined>>;

const forgeToken = z
  .string()
  .regex(/^[!-~]+$/, {
    error: 'must be letters, digits and signs of ASCII, with no white space between them',
  })
  .optional();

const EXAMPLE = '["github:acme","gitlab:team/tools@https://git.example.org?ssh&domain=tools"]';

const targetList = z.string().transform((text, context) => {
  const parsed = z.array(z.string()).safeParse(parseJson(text));
  const targets = parsed.data?.map(parseDiscoveryTarget) ?? [undefined];
  const known = targets.filter((target) => target !== undefined);
  if (known.length === targets.length) return known;
  context.addIssue({
    code: 'custom',
    message: `must be a JSON list of forge:OWNER, each with @URL for an installation of its own, and after ? with archived, forks, ssh, match=, topic= or domain=, such as ${EXAMPLE}`,
  });
  return z.NEVER;
});

/** The variables of these settings. */
export const forgeVariables = {
  GITHUB_TOKEN: forgeToken,
  GH_TOKEN: forgeToken,
  GITLAB_TOKEN: forgeToken,
  GITEA_TOKEN: forgeToken,
  FORGEJO_TOKEN: forgeToken,
  DOI_DISCOVER: targetList.default([]),
};

type ForgeVariables = z.infer<z.ZodObject<typeof forgeVariables>>;

export interface ForgeSettings {
  readonly forgeTokens: ForgeTokens;
  /** Discovered before each nightly sweep. */
  readonly discover: readonly DiscoveryTarget[];
}

export function toForgeSettings(env: ForgeVariables): ForgeSettings {
  return {
    forgeTokens: {
      github: env.GITHUB_TOKEN ?? env.GH_TOKEN,
      gitlab: env.GITLAB_TOKEN,
      gitea: env.GITEA_TOKEN,
      forgejo: env.FORGEJO_TOKEN,
    },
    discover: env.DOI_DISCOVER,
  };
}

const FORM = /^([a-z]+):([A-Za-z0-9_][\w./-]*)(?:@(https?:\/\/[^?#@\s]+))?(?:\?([^?#\s]*))?$/;
const OPTIONS: ReadonlySet<string> = new Set(['archived', 'forks', 'ssh', 'match', 'topic', 'domain']);

/** Parses one entry, `forge:OWNER[@URL][?options]`; undefined where it has another form. */
export function parseDiscoveryTarget(text: string): DiscoveryTarget | undefined {
  const [, kindName, owner, url, query = ''] = FORM.exec(text) ?? [];
  const kind = FORGE_KINDS.find((name) => name === kindName);
  if (kind === undefined || owner === undefined) return undefined;
  const options = new URLSearchParams(query);
  if ([...options.keys()].some((name) => !OPTIONS.has(name))) return undefined;
  const givenOf = (name: string) => options.get(name) || undefined;
  return {
    ...{ kind, owner, url },
    ...{ archived: options.has('archived'), forks: options.has('forks'), ssh: options.has('ssh') },
    ...{ match: givenOf('match'), topic: givenOf('topic'), domain: givenOf('domain') },
  };
}
