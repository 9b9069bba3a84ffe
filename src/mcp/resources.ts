/** The resources: the report of a repository, kept no longer than it is true, and what each criterion asks. */
import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import { DoiError } from '../domain/errors.js';
import type { Release } from '../domain/release.js';
import { type CriterionText, criteriaTexts } from './criteria-texts.js';
import { describeError, type ToolDeps } from './define-tool.js';
import { fitAnswer, type MakeFields } from './fit-answer.js';
import {
  criteriaFields,
  headFields,
  isForeign,
  nextTierFields,
  problemFields,
  staleFields,
} from './report-fields.js';

/** A text names the release that it is of, and so stays true; a client asks again from time to time for that of a newer one. */
const CRITERION_TTL_MS = 3_600_000;

export interface ResourceDeps extends ToolDeps {
  readonly release: Release;
}

/** Adds `doi://repos/{slug}` and `doi://criteria/{id}`. */
export function addResources(server: McpServer, deps: ResourceDeps): void {
  addReports(server, deps);
  addCriteria(server, deps);
}

function addReports(server: McpServer, { reads, onFault }: ResourceDeps): void {
  server.registerResource(
    'report',
    // Not listed: list_repositories has filters and pages.
    new ResourceTemplate('doi://repos/{slug}', { list: undefined }),
    {
      title: 'The report of a repository',
      description: 'Its verdicts, and whether they hold. `ttlMs` is what is left of their freshness bound.',
      mimeType: 'application/json',
    },
    async (uri, { slug }) => {
      try {
        const read = await reads.report(String(slug));
        const { report } = read;
        const make: MakeFields = (parts) => ({
          ...headFields(read, parts),
          stale_reasons: staleFields(report.stale_reasons, parts),
          criteria: criteriaFields(report.criteria, parts, isForeign(report)),
          next_tier: nextTierFields(report.next_tier, parts),
          ...problemFields(report, parts),
        });
        // Measured as it is sent: a text within JSON.
        const answer = fitAnswer(make, (fitting) => JSON.stringify(JSON.stringify(fitting)));
        const text = JSON.stringify(answer);
        return {
          contents: [{ uri: uri.href, mimeType: 'application/json', text }],
          ...{ ttlMs: read.ttlMs(), cacheScope: 'private' as const },
        };
      } catch (error) {
        throw toProtocolError(error, uri, onFault);
      }
    },
  );
}

const NOT_FOUND: ReadonlySet<string> = new Set(['unknown_repository', 'bad_slug']);

function toProtocolError(error: unknown, uri: URL, onFault: ToolDeps['onFault']): ProtocolError {
  if (error instanceof DoiError && NOT_FOUND.has(error.code)) return new ResourceNotFoundError(uri.href);
  return new ProtocolError(ProtocolErrorCode.InternalError, describeError(error, onFault));
}

function addCriteria(server: McpServer, { release }: ResourceDeps): void {
  const texts = criteriaTexts();
  const mimeType = 'text/markdown';
  const uriOf = ({ id }: CriterionText) => `doi://criteria/${id}`;
  server.registerResource(
    'criterion',
    new ResourceTemplate('doi://criteria/{id}', {
      list: () => ({
        resources: texts.map((one) => ({ uri: uriOf(one), name: one.id, title: one.label, mimeType })),
      }),
    }),
    { title: 'What a criterion asks', description: 'Its rule, and how to meet it.', mimeType },
    (uri, { id }) => {
      const found = texts.find((one) => one.id === id);
      if (found === undefined) throw new ResourceNotFoundError(uri.href);
      const text = `${found.text}\nThis is the rule of doi-worker ${release.version} (${release.criteriaDigest}).\n`;
      return {
        contents: [{ uri: uri.href, mimeType, text }],
        ...{ ttlMs: CRITERION_TTL_MS, cacheScope: 'public' as const },
      };
    },
  );
}
