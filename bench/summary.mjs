// Measures the summary of many repositories, and how soon a change of one shows in it: `node bench/summary.mjs`.
import { makeFleet } from './lib/fleet.js';
import { at, printRatios, printTimes, time } from './lib/measure.js';
import { withServices } from './lib/services.js';
import { compareRates, startWebBeside } from './lib/web.js';

const REPOSITORIES = Number(process.env.BENCH_CHECKOUTS ?? 10_000);
const ROUNDS = 7;
const CHANGES = 30;
const GZIP = ['Accept-Encoding: gzip'];

await withServices({ DOI_WATCH_SECONDS: '300' }, async (bench) => {
  const { sql } = bench;
  await makeFleet(bench, REPOSITORIES);
  const web = await startWebBeside(bench, { DOI_WATCH_SECONDS: '300' });
  const summary = `${web.url}/repos/doi/summary`;
  const whole = await fetch(summary);
  // Of the zipped body: fetch takes gzip.
  const etag = whole.headers.get('etag');
  const entries = await whole.json();
  const stale = entries.filter((entry) => entry.stale).length;
  if (entries.length !== REPOSITORIES || stale > 0)
    throw new Error(`${entries.length} entries, ${stale} stale.`);
  const zipped = await fetch(`${web.bare}/summary`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ headers: own(whole), entries }),
  });
  if (!zipped.ok) throw new Error(`The bare route did not take the summary: ${zipped.status}.`);
  console.log(`a summary of ${REPOSITORIES}: ${JSON.stringify(await zipped.json())} zipped`);

  await compare('304 of the summary', web, { known: etag, wanted: 304 });
  await compare('its gzip body', web, { known: '"other"', wanted: 200, connections: 4 });

  await getJson(`${web.bare}/blocked`);
  const shown = [];
  for (let n = 0; n < CHANGES; n += 1) shown.push(await timeToShow(sql, summary));
  const { ms: blocked } = await getJson(`${web.bare}/blocked`);
  printTimes('from the commit of a change to the new tag', shown);
  console.log(`  aim: at most 150 ms; event loop blocked at most ${blocked.toFixed(1)} ms (aim: 10)`);
  await manyChanges(sql, summary, web);
  console.log(`  memory of the web process: ${(await getJson(`${web.bare}/memory`)).mb} MB`);
});

async function compare(what, { url, bare }, { known, wanted, connections = 32 }) {
  const asked = { headers: [...GZIP, `If-None-Match: ${known}`], wanted, connections };
  const { limits, subjects, ratios } = await compareRates(ROUNDS, {
    limit: { url: bare, path: () => '/summary', ...asked },
    subject: { url, path: () => '/repos/doi/summary', ...asked },
  });
  const [bareRate, rate] = [limits, subjects].map((rates) => Math.round(at(0.5, rates)));
  console.log(`${what}: ${rate} a second, a bare route doing the same ${bareRate}`);
  printRatios(ratios, 'the rate of the bare route', 'at least 0.9');
}

/** The headers that are the answer's own, and not of its encoding or of the connection. */
function own({ headers }) {
  const others = /^(?:date|connection|keep-alive|content-(?:length|encoding|type)|transfer-encoding)$/;
  return Object.fromEntries([...headers].filter(([name]) => !others.test(name)));
}

/** Changes one row as an evaluation does, and reads until the tag is another one. */
async function timeToShow(sql, url) {
  const before = await tagOf(url);
  const slug = `repo-${Math.floor(Math.random() * REPOSITORIES)}`;
  await change(sql, [slug]);
  const took = await time(async () => {
    while ((await tagOf(url)) === before) await new Promise((resolve) => setTimeout(resolve, 2));
  });
  // What was built rests for a moment.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return took;
}

async function manyChanges(sql, url, { bare }) {
  await getJson(`${bare}/blocked`);
  const tags = new Set();
  let isOver = false;
  const poll = (async () => {
    while (!isOver) {
      tags.add(await tagOf(url));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  const took = await time(async () => {
    for (let n = 0; n < 500; n += 1) await change(sql, [`repo-${n % REPOSITORIES}`]);
  });
  isOver = true;
  await poll;
  const { ms: blocked } = await getJson(`${bare}/blocked`);
  console.log(
    `500 changes one by one in ${Math.round(took)} ms: ${tags.size} tags; event loop blocked ${blocked.toFixed(1)} ms`,
  );
}

async function change(sql, slugs) {
  await sql`
    update doi_observation set fingerprint = regexp_replace(fingerprint, 'SCOPE.md:[^|]*', 'SCOPE.md:' || random()::text)
    where repo_id in (select id from managed_repos where slug = any(${slugs}::text[]))`;
}

async function tagOf(url) {
  const response = await fetch(url, { method: 'HEAD' });
  return response.headers.get('etag');
}

async function getJson(url) {
  return (await fetch(url)).json();
}
