// Measures reads of one report against a bare route that reads one row and passes it on as text: `node bench/reads.mjs`.
import { makeFleet } from './lib/fleet.js';
import { at, printRatios } from './lib/measure.js';
import { withServices } from './lib/services.js';
import { compareRates, startWebBeside } from './lib/web.js';

const REPOSITORIES = Number(process.env.BENCH_CHECKOUTS ?? 10_000);
const ROUNDS = 7;

await withServices({}, async (bench) => {
  const { sql } = bench;
  await makeFleet(bench, REPOSITORIES, { 'with-3': 3, 'with-50': 50 });
  const remembering = await startWebBeside(bench);
  const body = await (await fetch(`${remembering.url}/repos/repo-0/doi`)).text();
  await sql`create table bench_report (slug text primary key, body text not null)`;
  await sql`insert into bench_report select slug, ${body} from managed_repos`;
  await compare('one repository, again and again', remembering, () => 'repo-0', 'at least 0.8');
  const random = () => `repo-${Math.floor(Math.random() * REPOSITORIES)}`;
  await compare(`${REPOSITORIES} repositories at random`, remembering, random, 'at least 0.15');

  const probing = await startWebBeside(bench, { DOI_FRESHNESS: '0' });
  // Over one connection nothing can be shared between requests.
  for (const connections of [32, 1]) {
    const what = (plans) => `DOI_FRESHNESS=0, ${plans} workplans, connections: ${connections}`;
    await compare(what(3), probing, () => 'with-3', 'at least 0.3', connections);
    await compare(what(50), probing, () => 'with-50', 'at least 0.14', connections);
  }
});

/** @param slug the repository to read, for each HTTP request */
async function compare(what, { url, bare }, slug, aim, connections = 32) {
  const { limits, subjects, ratios } = await compareRates(ROUNDS, {
    limit: { url: bare, path: () => `/report/${slug()}`, connections },
    subject: { url, path: () => `/repos/${slug()}/doi`, connections },
  });
  const [bareRate, ours] = [limits, subjects].map((rates) => Math.round(at(0.5, rates)));
  console.log(`reads, ${what}: ${ours} a second, a bare read ${bareRate}`);
  printRatios(ratios, 'the rate of the bare route', aim);
}
