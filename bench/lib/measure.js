// Times, percentiles and ratios. Limit and subject are measured in alternating slices: single runs on shared cores differ by half.
import { performance } from 'node:perf_hooks';

/** How long `run` takes, in milliseconds. */
export async function time(run) {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

/** The times of `count` runs, one after the other. */
export async function times(count, run) {
  const all = [];
  for (let n = 0; n < count; n += 1) all.push(await time(() => run(n)));
  return all;
}

/** The value below which a share of all lies. */
export function at(share, values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** Measures a limit and a subject in turns, each returning how much it took; their pairwise ratios besides. */
export async function alternate(rounds, { limit, subject }) {
  const pairs = [];
  for (let n = 0; n < rounds; n += 1) {
    // Which goes first alternates too: neither always finds what the other has warmed.
    const first = n % 2 === 0 ? await limit(n) : undefined;
    const taken = await subject(n);
    pairs.push({ limit: first ?? (await limit(n)), subject: taken });
  }
  return {
    limits: pairs.map((pair) => pair.limit),
    subjects: pairs.map((pair) => pair.subject),
    ratios: pairs.map((pair) => pair.subject / pair.limit),
  };
}

const shown = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** Prints times: `what: median 1.23 ms, 99th percentile 4.56 ms of 200`. */
export function printTimes(what, values) {
  const [median, late] = [at(0.5, values), at(0.99, values)];
  console.log(`${what}: median ${shown(median)} ms, 99th percentile ${shown(late)} ms of ${values.length}`);
}

/** Prints the median and the range of pairwise ratios against a limit. */
export function printRatios(ratios, name, aim) {
  const range = `${shown(Math.min(...ratios))} to ${shown(Math.max(...ratios))}`;
  console.log(`  ${shown(at(0.5, ratios))} × ${name} (${range}; aim: ${aim})`);
}
