/** Reads the configuration. This is the only reader of the environment, and reading has no side effect. */
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DoiError } from '../domain/errors.js';
import { databaseUrlSetting } from './postgres/database-url.js';
import { distPath, packageRoot } from './process/package-root.js';
import { type ForgeSettings, forgeVariables, toForgeSettings } from './settings/forge-settings.js';
import { describeIssue, isQuoted, readGiven } from './settings/given-settings.js';
import { type PublicUrl, publicUrlSetting } from './settings/public-url.js';
import { redisUrlSetting } from './settings/redis-url.js';
import { serverUrlSetting } from './settings/server-url.js';
import {
  argumentVector,
  bearerToken,
  cronPattern,
  folderPath,
  hours,
  isLoopback,
  listenAddress,
  oneOf,
  pathList,
  plainName,
  schemaName,
  seconds,
  systemTimeZone,
  timeZone,
  wholeNumber,
} from './settings/setting-forms.js';
import { secretList, type WebhookSecrets } from './settings/webhook-secrets.js';

const HOUR = 3_600_000;
const MOST_AT_ONCE = 256;
/** A year, in hours. */
const OLDEST = 8760;

const variables = z.object({
  DATABASE_URL: databaseUrlSetting.optional(),
  REDIS_URL: redisUrlSetting.optional(),
  HOST: listenAddress.default('127.0.0.1'),
  PORT: wholeNumber({ min: 0, max: 65_535 }).default(8080),
  DOI_PUBLIC_URL: publicUrlSetting.optional(),
  DOI_URL: serverUrlSetting.prefault('http://127.0.0.1:8080'),
  DOI_HOST: plainName.prefault(() => hostname()),
  DOI_SCHEMA: schemaName.optional(),
  DOI_READ_TOKEN: bearerToken.optional(),
  DOI_TOKEN: bearerToken.optional(),
  DOI_WEBHOOK_SECRET_GITHUB: secretList,
  DOI_WEBHOOK_SECRET_GITEA: secretList,
  DOI_WEBHOOK_SECRET_FORGEJO: secretList,
  DOI_WEBHOOK_SECRET_GITLAB: secretList,
  ...forgeVariables,
  DOI_CONCURRENCY: wholeNumber({ min: 1, max: MOST_AT_ONCE }).default(() =>
    Math.min(8 * availableParallelism(), MOST_AT_ONCE),
  ),
  DOI_WATCH_SECONDS: seconds(30, { min: 1, max: 3600 }),
  DOI_NIGHTLY: cronPattern.default('0 3 * * *'),
  DOI_TIME_ZONE: timeZone.prefault(systemTimeZone),
  DOI_MAX_AGE: hours(24, OLDEST),
  DOI_CHECKER_MAX_AGE: hours(24, OLDEST),
  DOI_PUBLIC_BADGES: oneOf(['true', 'false']).default('false'),
  DOI_FRESHNESS: seconds(1, { min: 0, max: 60 }),
  DOI_CONSISTENCY_COMMAND: argumentVector.optional(),
  DOI_CONSISTENCY_OUTPUT: oneOf(['json', 'exit-code']).default('json'),
  DOI_CHECK_TIMEOUT: seconds(60, { min: 1, max: 3600 }),
  DOI_UPDATE_COMMAND: argumentVector.optional(),
  DOI_CHECK_USER: plainName.optional(),
  DOI_CONSISTENCY_INPUTS: pathList.default([]),
  DOI_MIRRORS: folderPath.optional(),
  DOI_FETCH_SECONDS: seconds(300, { min: 5, max: 86_400 }),
  DOI_FETCH_CONCURRENCY: wholeNumber({ min: 1, max: 64 }).default(4),
  DOI_DATA: folderPath.optional(),
  DOI_HISTORY_DAYS: wholeNumber({ min: 1, max: 36_500 }).default(400),
  PATH: z.string().default(''),
  LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** The names of all environment variables that are settings. */
export const VARIABLES: readonly string[] = Object.keys(variables.shape).filter((name) => name !== 'PATH');

/** The checker for C7 and C13: the built-in one, or a command of the user. */
export type CheckerSettings =
  | { readonly kind: 'built-in'; readonly file: string }
  | { readonly kind: 'command'; readonly argv: readonly string[]; readonly output: 'json' | 'exit-code' };

/** All settings, checked. Times are in milliseconds. */
export interface Config extends ForgeSettings {
  readonly databaseUrl: string | undefined;
  readonly redisUrl: string | undefined;
  readonly address: string;
  readonly port: number;
  /** The address at which clients reach the web process through a proxy; undefined without one. */
  readonly publicUrl: PublicUrl | undefined;
  /** The server that commands are clients of, without a slash at its end. */
  readonly serverUrl: string;
  /** The name of this host, as the registry's `host_paths` spells it. */
  readonly host: string;
  readonly schema: string | undefined;
  readonly readToken: string | undefined;
  /** HTTP requests for an evaluation need it; where it is not set, none is allowed. */
  readonly token: string | undefined;
  readonly webhookSecrets: WebhookSecrets;
  readonly concurrency: number;
  readonly watchMs: number;
  readonly nightly: string;
  readonly timeZone: string;
  readonly ageLimits: { readonly any: number; readonly checker: number };
  /** How long before an answer the probes that it uses may have begun. */
  readonly freshMs: number;
  /** Whether badges need no token. */
  readonly publicBadges: boolean;
  readonly checker: CheckerSettings;
  /** The command that updates a checkout after a push; undefined for none. */
  readonly updateCommand: readonly string[] | undefined;
  /** The user as which root starts programs; undefined for the owner of the checkout. */
  readonly checkUser: string | undefined;
  /** The whole environment of this process; started programs get only what cannot be secret of it. */
  readonly environment: NodeJS.ProcessEnv;
  /** The `PATH` in which programs are found. */
  readonly searchPath: string;
  /** Paths of a bare repository that the checker gets besides `workplans`. */
  readonly checkerInputs: readonly string[];
  /** Where mirrors are kept, as an absolute path. */
  readonly mirrorsDir: string;
  /** How often the remote of a mirror is contacted. */
  readonly fetchMs: number;
  /** How many remotes are contacted at once. */
  readonly fetchConcurrency: number;
  readonly checkTimeoutMs: number;
  readonly historyDays: number;
  /** Where `npm start` keeps its data, as an absolute path; undefined for its default. */
  readonly dataDir: string | undefined;
  readonly logLevel: string;
  /** Undefined where LOG_LEVEL is not set: commands for people then log less. */
  readonly givenLogLevel: string | undefined;
}

/**
 * Reads the configuration from environment variables.
 * @throws {DoiError} `bad_configuration`, naming every variable that is wrong and what it must be.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = readGiven(env, VARIABLES);
  const parsed = variables.safeParse(given, { reportInput: true });
  const quoted = VARIABLES.filter((name) => isQuoted(given[name]));
  const issues = parsed.error?.issues.filter(({ path }) => !quoted.includes(path.join('.'))) ?? [];
  const problems = [
    ...quoted.map(
      (name) => `${name}: must be written without the quotes around it: they are part of it here`,
    ),
    ...issues.map((issue) => describeIssue(issue, given)),
  ];
  if (!parsed.success || problems.length > 0) {
    const found = `The configuration is not usable: ${problems.join('; ')}.`;
    const remedy = 'Correct these environment variables; docs/operations.md explains each.';
    throw new DoiError('bad_configuration', found, remedy);
  }
  const config = { ...toConfig(parsed.data, env), givenLogLevel: given['LOG_LEVEL'] };
  if (!isLoopback(config.address) && config.readToken === undefined) {
    const found = `HOST is ${config.address}, which other machines can reach, and DOI_READ_TOKEN is not set.`;
    throw new DoiError('bad_configuration', found, 'Set DOI_READ_TOKEN, or leave HOST at 127.0.0.1.');
  }
  return config;
}

function toConfig(
  env: z.infer<typeof variables>,
  environment: NodeJS.ProcessEnv,
): Omit<Config, 'givenLogLevel'> {
  const command = env.DOI_CONSISTENCY_COMMAND;
  const builtIn = { kind: 'built-in', file: distPath('checker.cjs') } as const;
  const any = env.DOI_MAX_AGE * HOUR;
  return {
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    address: env.HOST,
    port: env.PORT,
    publicUrl: env.DOI_PUBLIC_URL,
    serverUrl: env.DOI_URL,
    host: env.DOI_HOST,
    schema: env.DOI_SCHEMA,
    readToken: env.DOI_READ_TOKEN,
    token: env.DOI_TOKEN,
    webhookSecrets: {
      github: env.DOI_WEBHOOK_SECRET_GITHUB,
      gitea: env.DOI_WEBHOOK_SECRET_GITEA,
      forgejo: env.DOI_WEBHOOK_SECRET_FORGEJO,
      gitlab: env.DOI_WEBHOOK_SECRET_GITLAB,
    },
    ...toForgeSettings(env),
    concurrency: env.DOI_CONCURRENCY,
    watchMs: env.DOI_WATCH_SECONDS * 1000,
    nightly: env.DOI_NIGHTLY,
    timeZone: env.DOI_TIME_ZONE,
    // The built-in checker reads nothing but its inputs, so its verdicts have the same limit of age as all others.
    ageLimits: { any, checker: command === undefined ? any : env.DOI_CHECKER_MAX_AGE * HOUR },
    freshMs: env.DOI_FRESHNESS * 1000,
    // Without a token for reading, a request must name the server in `Host`, for badges too.
    publicBadges: env.DOI_PUBLIC_BADGES === 'true' && env.DOI_READ_TOKEN !== undefined,
    checker:
      command === undefined
        ? builtIn
        : { kind: 'command', argv: command, output: env.DOI_CONSISTENCY_OUTPUT },
    updateCommand: env.DOI_UPDATE_COMMAND,
    checkUser: env.DOI_CHECK_USER,
    environment,
    searchPath: env.PATH,
    checkerInputs: env.DOI_CONSISTENCY_INPUTS,
    mirrorsDir: env.DOI_MIRRORS ?? join(env.DOI_DATA ?? join(packageRoot, '.doi'), 'mirrors'),
    fetchMs: env.DOI_FETCH_SECONDS * 1000,
    fetchConcurrency: env.DOI_FETCH_CONCURRENCY,
    checkTimeoutMs: env.DOI_CHECK_TIMEOUT * 1000,
    historyDays: env.DOI_HISTORY_DAYS,
    dataDir: env.DOI_DATA,
    logLevel: env.LOG_LEVEL,
  };
}

/** The database's URL. @throws {DoiError} `bad_configuration` where none is set. */
export function requireDatabaseUrl(config: Pick<Config, 'databaseUrl'>): string {
  if (config.databaseUrl !== undefined) return config.databaseUrl;
  throw new DoiError(
    'bad_configuration',
    'DATABASE_URL is not set.',
    notSet('postgres://user@host:5432/name'),
  );
}

/** The URL of Redis. @throws {DoiError} `bad_configuration` where none is set. */
export function requireRedisUrl(config: Pick<Config, 'redisUrl'>): string {
  if (config.redisUrl !== undefined) return config.redisUrl;
  throw new DoiError('bad_configuration', 'REDIS_URL is not set.', notSet('redis://host:6379'));
}

function notSet(example: string): string {
  return `Set it (${example}), or run "npm start", which brings services of its own and keeps them running.`;
}
