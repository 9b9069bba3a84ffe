/** Makes one server of the Model Context Protocol: the tools and resources, for both eras of the protocol. */
import { McpServer } from '@modelcontextprotocol/server';
import type { ApiClient } from '../client/open-client.js';
import type { Release } from '../domain/release.js';
import type { Clock } from '../platform/clock.js';
import { ApiReads, type TokenRemedies } from './api-reads.js';
import type { AddTool } from './define-tool.js';
import { NOTICE } from './repository-text.js';
import { addResources } from './resources.js';
import type { SummaryMemory } from './summary-memory.js';
import { checkCheckoutTool, type JudgeHere } from './tools/check-checkout.js';
import { addExplain } from './tools/explain.js';
import { addFleetStatus } from './tools/fleet-status.js';
import { addGetReport } from './tools/get-report.js';
import { addListRepositories } from './tools/list-repositories.js';
import { type RefreshWaits, requestRefreshTool } from './tools/request-refresh.js';

export interface McpDeps {
  readonly api: ApiClient;
  readonly clock: Clock;
  readonly tokenRemedies: TokenRemedies;
  /** Limits how many clients wait at once; no limit without it, for a server of one client. */
  readonly runWait?: RefreshWaits['runWait'];
  readonly release: Release;
  /** Kept from one server to the next, where each request makes one. */
  readonly memory: SummaryMemory;
  /** Receives an error that is a fault of this program. */
  readonly onFault: (error: unknown) => void;
  /** Judges a checkout on this machine; undefined where the client is on another one. */
  readonly judgeHere?: JudgeHere;
}

const INSTRUCTIONS =
  'doi-worker judges how far repositories meet their Definition of Integrated: 14 criteria, in the tiers core, standard and full. ' +
  'A stale verdict may not hold: explain says why, request_refresh renews it. A remedy says what to do. doi://criteria/{id} has the rule in full. ' +
  NOTICE;

/** Makes a server; it is not connected yet. */
export function makeMcpServer(deps: McpDeps): McpServer {
  const { release, onFault } = deps;
  const server = new McpServer(
    { name: 'doi-worker', title: 'doi-worker', version: release.version },
    // Neither list changes while a server runs.
    {
      instructions: INSTRUCTIONS,
      capabilities: { tools: { listChanged: false }, resources: { listChanged: false } },
    },
  );
  const reads = new ApiReads(deps);
  for (const add of toolsOf(deps)) add(server, { reads, onFault });
  addResources(server, { reads, onFault, release });
  return server;
}

function toolsOf({ clock, judgeHere, runWait }: McpDeps): AddTool[] {
  return [
    addListRepositories,
    addGetReport,
    addExplain,
    ...(judgeHere === undefined ? [] : [checkCheckoutTool(judgeHere)]),
    requestRefreshTool({ clock, runWait }),
    addFleetStatus,
  ];
}
