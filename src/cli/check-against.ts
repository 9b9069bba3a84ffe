/** The option of `doi check` that compares with a server's report. */
import { type Command, Option } from 'commander';
import type { CheckAnswer } from '../check/check-answer.js';
import type { AgainstAnswer, Here, ServerComparison } from '../check/compare-with-server.js';
import { DoiError } from '../domain/errors.js';
import type { Config } from '../platform/config.js';

export interface AgainstOptions {
  readonly against?: string;
  readonly allowUnknown?: boolean;
}

export function addAgainstOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--against <url>',
      "explain each difference from this server's verdict of the same slug; exit with 1 if there is one",
    ),
  );
}

/**
 * The address of the server, before anything is judged; undefined where the option is not given.
 * @throws {DoiError} `bad_request`
 */
export async function planAgainst({ against }: AgainstOptions): Promise<string | undefined> {
  if (against === undefined) return undefined;
  const { parseServerUrl, SERVER_URL_FORM } = await import('../platform/settings/server-url.js');
  const url = parseServerUrl(against);
  // The text is not repeated: it may hold a password.
  if (url === undefined)
    throw new DoiError('bad_request', `--against ${SERVER_URL_FORM}.`, 'Give the address of a server.');
  return url;
}

/**
 * Asks the server, and compares.
 * @throws {DoiError} where the server's answer says that the command could not run, such as `unauthorized`
 */
export async function runAgainst(
  server: string,
  answer: CheckAnswer,
  deps: {
    readonly config: Pick<Config, 'readToken' | 'environment'>;
    readonly allowUnknown?: boolean | undefined;
    /** Null where a slug was given, by which the caller says which repository it is. */
    readonly remote: string | null;
  },
): Promise<AgainstAnswer> {
  const { bytePath } = await import('../checkout/byte-path.js');
  const { readHead } = await import('../checkout/read-head.js');
  const head = readHead(bytePath(answer.path)).commit;
  const { repo_slug } = answer;
  const { config, remote } = deps;
  const comparison = await compare(server, { answer, here: { head, remote }, config });
  return { ...comparison, server, repo_slug, allow_unknown: deps.allowUnknown ?? false };
}

async function compare(
  url: string,
  of: {
    readonly answer: CheckAnswer;
    readonly here: Here;
    readonly config: Pick<Config, 'readToken' | 'environment'>;
  },
): Promise<ServerComparison> {
  const { openClient } = await import('../client/open-client.js');
  const { ReportReader } = await import('../client/read-server-report.js');
  const { compareWithServer, withoutReport } = await import('../check/compare-with-server.js');
  const { unknownBy } = await import('../domain/unknown-reason.js');
  const { readToken, environment } = of.config;
  const client = openClient({ url, readToken, token: undefined, environment });
  try {
    const { report } = await new ReportReader(client, of.answer.repo_slug).read();
    return compareWithServer(of.answer, report, of.here);
  } catch (error) {
    const reason = error instanceof DoiError ? unknownBy(error) : undefined;
    if (reason === undefined) throw error;
    return withoutReport(reason, of.here.head);
  }
}
