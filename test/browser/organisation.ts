import { recordGoal, recordSbom, recordTpsc } from '../../src/registry/record.js';
import { doi } from '../e2e/programs.js';
import type { Served } from './served.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  identity: ['accounts', 'login-pages', 'session-store', 'sso-bridge', 'audit-trail', 'permission-model'],
  payments: ['ledger', 'gateway', 'invoices', 'refunds', 'fraud-rules', 'bank-adapters', 'payout-planner'],
  storefront: [
    'shop-web',
    'shop-mobile',
    'catalogue',
    'search-index',
    'recommendations',
    'cart',
    'checkout-flow',
  ],
  logistics: ['warehouse', 'routing', 'label-printer', 'carrier-adapters', 'returns-desk', 'stock-forecast'],
  data: ['event-lake', 'metrics-pipeline', 'report-builder', 'anonymiser', 'schema-registry', 'notebooks'],
  platform: [
    'build-images',
    'deploy-tool',
    'edge-proxy',
    'secrets-agent',
    'status-page',
    'runbooks',
    'dev-shell',
  ],
};

const SECTIONS = [
  ...['One-liner', 'Core Idea', 'In Scope', 'Out of Scope', 'Relevant When', 'Not Relevant When'],
  ...['Current State', 'How It Fits', 'Terminology', 'Related / Overlapping', 'Provided Capabilities'],
];
const SCOPE = `# Scope\n\n${SECTIONS.map((section) => `## ${section}\n\nNone.\n`).join('\n')}`;
const SERVICES = 'services: []\n';
const PLAN =
  '---\nid: PLAN-WP-0001\ntype: workplan\ntitle: Plan\ndomain: default\nstatus: active\n---\n\n# Plan\n';

/** The steps that a repository takes, in this order, towards its tier. */
const STEPS: readonly ((served: Served, slug: string) => Promise<void>)[] = [
  ({ world }, slug) => world.write(slug, 'CLAUDE.md', '# Instructions\n'),
  ({ world }, slug) => world.write(slug, 'SCOPE.md', '# Scope\n'),
  ({ world }, slug) => recordSbom(world.sql, slug),
  async ({ world }, slug) => {
    await world.write(slug, 'tpsc.yaml', SERVICES);
    await recordTpsc(world.sql, slug);
  },
  ({ world }, slug) => world.write(slug, 'SCOPE.md', SCOPE),
  ({ world }, slug) => world.write(slug, 'CLAUDE.md', '# Instructions\n\nThey follow the kaizen template.\n'),
  ({ world }, slug) => recordGoal(world.sql, slug, { title: 'Ship 2.0', status: 'active' }),
];

/** How many steps a repository has taken in the end: the same in each run. */
const stepsOf = (at: number) => [7, 2, 5, 7, 4, 0, 6, 3, 7, 1, 4][at % 11] ?? 0;

/**
 * Registers them and has each evaluated twice: before its steps and after them. Then moves the times back, as if the
 * repository had taken its steps days ago.
 */
export async function makeOrganisation(served: Served): Promise<void> {
  const { sql } = served.world;
  const all = Object.entries(NAMES).flatMap(([domain, names]) => names.map((slug) => ({ domain, slug })));
  for (const { domain, slug } of all) await served.add(slug, domain, { 'README.md': `# ${slug}\n` });
  for (const slug of ['notebooks', 'dev-shell']) {
    await sql`update managed_repos set remote_url = null where slug = ${slug}`;
  }
  served.startWorker();
  await served.allFresh();
  for (const [at, { slug }] of all.entries()) {
    for (const step of STEPS.slice(0, stepsOf(at))) await step(served, slug);
    if (at % 9 === 4) await served.world.write(slug, 'workplans/plan.md', PLAN);
  }
  await served.allFresh();
  await doi(['sweep'], served.env);
  await moveBack(served);
}

/** Spreads the second evaluations over the days of the last month, before which all were registered. */
async function moveBack({ world: { sql } }: Served): Promise<void> {
  await sql`update managed_repos set created_at = now() - interval '60 days'`;
  await sql`
    update doi_history h set at = n.at
    from (
      select repo_id, observation,
        now() - case when row_number() over (partition by repo_id order by observation desc) = 1
          then (hashtext(repo_id::text) & 31) * interval '21 hours'
          else interval '40 days' end as at
      from doi_history
    ) n
    where n.repo_id = h.repo_id and n.observation = h.observation`;
}
