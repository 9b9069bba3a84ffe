/** The operations that read, by path: answers from rows and probes, and those on the service itself. */
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { health, readiness } from './health-and-problems.js';
import { changes, history, trend } from './history.js';
import { hosts } from './hosts.js';
import {
  changesQuery,
  emptyQuery,
  historyQuery,
  reportQuery,
  schemaParams,
  slugParams,
  summaryQuery,
  sweepsQuery,
  trendQuery,
} from './queries.js';
import { report } from './report.js';
import {
  conditional,
  json,
  kept,
  pagedHeaders,
  problems,
  reportHeaders,
  tagged,
  timely,
  unchanged,
} from './responses.js';
import { summary, summaryPart } from './summary.js';
import { sweep, sweeps } from './sweeps.js';

const ofRepository = problems(401, 403, 404, 503);
const ofAll = problems(401, 403, 503);

export const readPaths: ZodOpenApiPathsObject = {
  '/repos/{slug}/doi': {
    get: {
      operationId: 'readReport',
      summary: 'The stored report of a repository, at once, and whether it still holds.',
      requestParams: { path: slugParams, query: reportQuery, header: timely },
      responses: {
        200: json('The report.', report, reportHeaders),
        202: json('With force_refresh=true: it has not ended in time; the report as it is.', report),
        304: unchanged(reportHeaders),
        ...problems(401, 403, 404, 503, 504),
      },
    },
  },
  '/repos/{slug}/doi/history': {
    get: {
      operationId: 'readHistory',
      summary: "Each change of a repository's tier or of a status, with the input that caused it.",
      requestParams: { path: slugParams, query: historyQuery, header: conditional },
      responses: { 200: json('A page.', history, tagged), 304: unchanged(tagged), ...ofRepository },
    },
  },
  '/repos/{slug}/doi/badge.svg': {
    get: {
      operationId: 'readBadge',
      summary: 'The tier as a small picture, grey with the age where it is stale.',
      requestParams: { path: slugParams, query: emptyQuery, header: conditional },
      responses: {
        200: {
          description: 'The picture.',
          content: { 'image/svg+xml': { schema: z.string() } },
          headers: reportHeaders,
        },
        304: unchanged(reportHeaders),
        ...ofRepository,
      },
    },
  },
  '/repos/doi/summary': {
    get: {
      operationId: 'readSummary',
      summary: 'All active repositories, worst first.',
      requestParams: { query: summaryQuery, header: conditional },
      responses: {
        200: {
          description: 'All that the filters keep.',
          content: {
            'application/json': { schema: z.union([summary, summaryPart]) },
            'text/csv': { schema: z.string() },
          },
          headers: pagedHeaders,
        },
        304: unchanged(pagedHeaders),
        ...ofAll,
      },
    },
  },
  '/doi/trend': {
    get: {
      operationId: 'readTrend',
      summary: 'How many repositories there were at each tier, day by day.',
      requestParams: { query: trendQuery, header: conditional },
      responses: { 200: json('Some days in a row.', trend, tagged), 304: unchanged(tagged), ...ofAll },
    },
  },
  '/doi/changes': {
    get: {
      operationId: 'readChanges',
      summary: 'What changed over all active repositories, and because of which input.',
      requestParams: { query: changesQuery, header: conditional },
      responses: { 200: json('A page.', changes, tagged), 304: unchanged(tagged), ...ofAll },
    },
  },
  '/hosts': {
    get: {
      operationId: 'readHosts',
      summary: 'The hosts that evaluate, and the problem of each.',
      requestParams: { query: emptyQuery },
      responses: { 200: json('All hosts, by name.', hosts), ...ofAll },
    },
  },
  '/sweeps': {
    get: {
      operationId: 'readSweeps',
      summary: 'The sweeps: the one under way first, then the latest.',
      requestParams: { query: sweepsQuery, header: conditional },
      responses: { 200: json('Some of them.', sweeps, tagged), 304: unchanged(tagged), ...ofAll },
    },
  },
  '/sweeps/latest': {
    get: {
      operationId: 'readSweep',
      summary: 'The sweep under way, else the last one.',
      requestParams: { query: emptyQuery },
      responses: { 200: json('The sweep.', sweep), ...problems(401, 403, 404, 503) },
    },
  },
};

export const servicePaths: ZodOpenApiPathsObject = {
  '/healthz': {
    get: {
      operationId: 'readHealth',
      summary: 'Whether this process runs.',
      security: [],
      responses: { 200: json('It does.', health), ...problems() },
    },
  },
  '/readyz': {
    get: {
      operationId: 'readReadiness',
      summary: 'Whether what is served can be read.',
      security: [],
      responses: { 200: json('It can.', readiness), ...problems(503) },
    },
  },
  '/metrics': {
    get: {
      operationId: 'readMetrics',
      summary: 'What is counted of this process, the workers and the database, for Prometheus.',
      requestParams: { query: emptyQuery },
      responses: {
        200: {
          description: 'All metrics; without PostgreSQL those of this process.',
          content: { 'text/plain': { schema: z.string() } },
        },
        ...problems(401, 403),
      },
    },
  },
  '/openapi.json': {
    get: {
      operationId: 'readOpenApi',
      summary: 'This document.',
      requestParams: { query: emptyQuery, header: conditional },
      responses: {
        200: json('An OpenAPI 3.1 document.', z.looseObject({ openapi: z.string() }), tagged),
        304: unchanged(tagged),
        ...problems(401, 403),
      },
    },
  },
  '/schemas/{name}.json': {
    get: {
      operationId: 'readSchema',
      summary: "The JSON Schema (draft 2020-12) of one of a repository's files, for editors.",
      security: [],
      requestParams: { path: schemaParams, query: emptyQuery, header: conditional },
      responses: {
        200: {
          description: 'The schema.',
          content: { 'application/schema+json': { schema: z.looseObject({ $id: z.string() }) } },
          headers: kept,
        },
        304: unchanged(kept),
        ...problems(404),
      },
    },
  },
};
