/** `doi mcp`: serves the tools for agents over standard input and output. */
import type { Command } from 'commander';
import type { JudgeHere } from '../mcp/tools/check-checkout.js';
import type { Config } from '../platform/config.js';
import { type Context, EXIT } from './context.js';
import { addHelpText } from './help-text.js';

export function addMcp(program: Command, context: Context): void {
  const command = program
    .command('mcp')
    .summary('serve tools for agents over stdio')
    .description(
      'Serves tools and resources of the Model Context Protocol over standard input and output, until the client closes them. ' +
        'An agent starts it; docs/mcp.md has the configuration. All tools but check_checkout are clients of the server at DOI_URL.',
    )
    .action(() => serveMcp(context));
  addHelpText(command, {
    notes:
      'DOI_URL names the server, DOI_READ_TOKEN and DOI_TOKEN its tokens. check_checkout needs none of them.',
    examples: [['DOI_URL=https://doi.example doi mcp', 'as an agent starts it']],
  });
}

async function serveMcp(context: Context): Promise<void> {
  const { readConfig } = await import('../platform/config.js');
  const { openClient } = await import('../client/open-client.js');
  const { refuseKept } = await import('../client/kept-by-cache.js');
  const { SummaryMemory } = await import('../mcp/summary-memory.js');
  const { serveMcpOverStdio } = await import('../mcp/serve-stdio.js');
  const { systemClock } = await import('../platform/clock.js');
  const { readRelease } = await import('../platform/process/package-root.js');
  const config = readConfig(context.env);
  const { serverUrl: url, readToken, token } = config;
  const hasEnded = await serveMcpOverStdio({
    api: refuseKept(openClient({ url, readToken, token, environment: context.env })),
    ...{ clock: systemClock, release: readRelease(), memory: new SummaryMemory() },
    // Standard output belongs to the protocol.
    onFault: (error) => context.stderr.write(`doi mcp: ${String(error)}\n`),
    judgeHere: judgeWith(config, context),
  });
  if (!hasEnded) context.exitCode = EXIT.broken;
}

function judgeWith(config: Config, { env: environment }: Context): JudgeHere {
  return async ({ path, slug, domain, goalActive, sbom, tpsc }, signal) => {
    const { judgeCheckout } = await import('../check/judge-checkout.js');
    const { toCheckAnswer } = await import('../check/check-answer.js');
    const given = {
      ...(slug === undefined ? {} : { slug }),
      ...(domain === undefined ? {} : { domain: { slug: domain, status: 'active' } }),
      ...(goalActive === undefined ? {} : { goalActive }),
      ...(sbom === undefined ? {} : { sbom }),
      ...(tpsc === undefined ? {} : { tpsc }),
    };
    return toCheckAnswer(await judgeCheckout({ path, ...given }, { config, environment, signal }));
  };
}
