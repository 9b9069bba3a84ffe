/**
 * The environment of a git that contacts a server. Promise: it has the credentials of the worker's user and never asks for
 * any, uses one protocol, and starts nothing that a remote names.
 */
import type { Environment } from '../../checker/isolation.js';
import type { Protocol } from './parse-remote-url.js';

/** What git and ssh need of the operator's to reach a server and to find credentials. */
const KEPT = [
  ...['XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR', 'DBUS_SESSION_BUS_ADDRESS', 'USER', 'LOGNAME'],
  ...['SSH_AUTH_SOCK', 'GIT_SSH', 'GIT_SSH_VARIANT'],
  ...['SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO', 'GIT_SSL_CAPATH', 'GIT_SSL_CERT', 'GIT_SSL_KEY'],
  ...['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM'],
  ...['http_proxy', 'https_proxy', 'no_proxy', 'all_proxy'],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'ALL_PROXY'],
];

const SSH_OPTIONS = '-oBatchMode=yes -oConnectTimeout=15 -oServerAliveInterval=15 -oServerAliveCountMax=2';

/** Settings of git that hold whatever the operator's own files say. */
const SETTINGS: readonly (readonly [string, string])[] = [
  // This program follows a redirect itself, and only within a server: git would carry credentials along.
  ['http.followRedirects', 'false'],
  // A server that sends less than this many bytes a second, for so many seconds, hangs.
  ['http.lowSpeedLimit', '100'],
  ['http.lowSpeedTime', '30'],
  ['protocol.version', '2'],
  ['transfer.bundleURI', 'false'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  // Always by index-pack, whose size is limited: unpacked objects would be many small files.
  ['fetch.unpackLimit', '1'],
  ['transfer.unpackLimit', '1'],
  // Larger objects are not held in memory.
  ['core.bigFileThreshold', '1m'],
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
];

/** What a git is to work with. */
export interface GitUse {
  readonly protocol: Protocol;
  /** The repository it works on; undefined for none. */
  readonly gitDir?: string | undefined;
  /** The operator's `core.sshCommand`; undefined for none. */
  readonly sshCommand?: string | undefined;
}

// git would else find one around its working folder.
const NO_REPOSITORY = '/dev/null';

/**
 * The variables of such a git besides those that every started program gets.
 * @param environment of this process
 */
export function gitEnvironment(
  environment: Environment,
  { protocol, gitDir = NO_REPOSITORY, sshCommand }: GitUse,
): Record<string, string> {
  const kept = KEPT.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const isHttp = protocol === 'http' || protocol === 'https';
  return {
    ...Object.fromEntries(kept),
    ...sshVariables(environment, sshCommand),
    ...configVariables(environment),
    GIT_DIR: gitDir,
    GIT_ALLOW_PROTOCOL: protocol,
    GIT_TERMINAL_PROMPT: '0',
    // Without a program to ask with, git fails where it has no credentials.
    ...{ GIT_ASKPASS: '', SSH_ASKPASS: '', SSH_ASKPASS_REQUIRE: 'never' },
    GIT_OPTIONAL_LOCKS: '0',
    // An object that is missing is an error here, and no reason for another fetch within the fetch.
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
    ...(isHttp ? { GIT_TRACE_CURL: '1', GIT_TRACE_CURL_NO_DATA: '1', GIT_TRACE_REDACT: '1' } : {}),
    ...{ LC_ALL: 'C', LANGUAGE: 'C' },
  };
}

/** Whether `core.sshCommand` would count if this program set no variable: git prefers `GIT_SSH_COMMAND`, and not `GIT_SSH`. */
export function readsSshCommand(environment: Environment, protocol: Protocol): boolean {
  return protocol === 'ssh' && environment['GIT_SSH_COMMAND'] === undefined;
}

function sshVariables(environment: Environment, setting: string | undefined): Record<string, string> {
  const own = environment['GIT_SSH_COMMAND'] ?? setting;
  // GIT_SSH names a program that takes no options; without a terminal and SSH_ASKPASS, it cannot ask either.
  if (own === undefined && environment['GIT_SSH'] !== undefined) return {};
  return { GIT_SSH_COMMAND: `${own ?? 'ssh'} ${SSH_OPTIONS}` };
}

/** The operator's settings in GIT_CONFIG_*, which may hold tokens, and then those of this file, which win. */
function configVariables(environment: Environment): Record<string, string> {
  const given = Number(environment['GIT_CONFIG_COUNT'] ?? 0);
  const count = Number.isInteger(given) && given > 0 ? given : 0;
  const own = Array.from({ length: count }, (_, at) => [
    environment[`GIT_CONFIG_KEY_${at}`],
    environment[`GIT_CONFIG_VALUE_${at}`],
  ]);
  const variables: Record<string, string> = {};
  let at = 0;
  for (const [key, value] of [...own, ...SETTINGS]) {
    if (key === undefined || value === undefined) continue;
    variables[`GIT_CONFIG_KEY_${at}`] = key;
    variables[`GIT_CONFIG_VALUE_${at}`] = value;
    at += 1;
  }
  return { ...variables, GIT_CONFIG_COUNT: String(at) };
}
