// Measures mirrors against bare git, and the probes of bare repositories: `node bench/mirrors.mjs`.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { announceHost } from '../dist/store/hosts/heartbeat.js';
import { makeIdle } from './lib/idle-probes.js';
import { alternate, at, printRatios, printTimes, time } from './lib/measure.js';
import { benchPushes, countOtherPushes, openWeb } from './lib/mirror-pushes.js';
import { cloneAndCheck, cloneFully, forgetAll, mirrorAll, openWake } from './lib/mirrors.js';
import { diskOf, startGitServerBeside } from './lib/programs.js';
import { SECRET } from './lib/pushes.js';
import { makeRemotes } from './lib/remotes.js';
import { withServices } from './lib/services.js';
import { startWorker } from './lib/worker.js';

const { values: options } = parseArgs({
  options: {
    repositories: { type: 'string', default: '500' },
    folders: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '3' },
    pushes: { type: 'string', default: '30' },
  },
});
const [REPOSITORIES, FOLDERS, ROUNDS, PUSHES] = ['repositories', 'folders', 'rounds', 'pushes'].map((name) =>
  Number(options[name]),
);
const WARM_UP = 10;
const PROBE_ROUNDS = 7;

await withServices({}, benchProbes);
// A reading of its own for each report, and no contact that no push caused.
const settings = { DOI_WEBHOOK_SECRET_GITHUB: SECRET, DOI_FRESHNESS: '0', DOI_FETCH_SECONDS: '86400' };
await withServices(settings, async (services) => {
  const { folder } = services;
  const config = { ...services.config, mirrorsDir: join(folder, 'mirrors') };
  const remotes = await makeRemotes(folder, REPOSITORIES);
  const server = await startGitServerBeside(services.scope, join(folder, 'remotes'));
  const bench = { ...services, config, wake: await openWake(services) };
  const env = { DOI_MIRRORS: config.mirrorsDir, DOI_FETCH_SECONDS: '86400', LOG_LEVEL: 'info' };
  const worker = startWorker(services.services, services.scope, env);
  await worker.logged('worker starts');

  await benchFirst(bench, remotes, server);
  await benchDisk(bench, remotes, server);
  const pushing = { remotes, pushAndRead: await openWeb(bench, server), pushes: PUSHES };
  await benchPushes(bench, pushing);
  await worker.stop();
  await countOtherPushes(bench, { ...pushing, env });
});

/** All mirrors probed, nothing changed, against as many working folders. */
async function benchProbes(bench) {
  const { sql, config } = bench;
  await announceHost(sql, { host: config.host, version: '0', capacity: 1, isolation: 'none' });
  const { folders, mirrors } = await makeIdle(bench, FOLDERS);
  await folders();
  await mirrors();
  const { subjects, ratios } = await alternate(PROBE_ROUNDS, { limit: folders, subject: mirrors });
  printTimes(`a probe of ${FOLDERS} mirrors, nothing changed`, subjects);
  printRatios(ratios, 'a probe of as many working folders', 'at most 0.5');
}

/** From remotes that are only registered to their rows, by one worker. */
async function benchFirst(bench, remotes, server) {
  const few = remotes.slice(0, WARM_UP);
  await mirrorAll(bench, few, server);
  await cloneAndCheck(bench, few, server);
  const cloning = [];
  const { subjects, limits, ratios } = await alternate(ROUNDS, {
    limit: async () => {
      const { cloned, took } = await cloneAndCheck(bench, remotes, server);
      cloning.push(cloned);
      return took;
    },
    subject: async () => {
      await forgetAll(bench);
      return time(() => mirrorAll(bench, remotes, server));
    },
  });
  const files = remotes.reduce((sum, one) => sum + one.files, 0);
  printTimes(`${remotes.length} remotes of ${files} files, from their registration to all rows`, subjects);
  const bare = `${(at(0.5, limits) / 1000).toFixed(1)} s, of which clones ${(at(0.5, cloning) / 1000).toFixed(1)} s`;
  printRatios(ratios, `bare clones by xargs and then bare checkers, ${bare}`, 'at most 2');
}

/** What the mirrors take on the disk, against full bare clones. */
async function benchDisk({ config, folder }, remotes, server) {
  const full = join(folder, 'full');
  await cloneFully(config, { remotes, server, full });
  const [mirrors, clones] = [diskOf(config.mirrorsDir), diskOf(full)];
  const each = (bytes) => `${Math.round(bytes / remotes.length / 1024)} KiB`;
  console.log(`the disk of a mirror: ${each(mirrors)}; of a full bare clone: ${each(clones)}`);
  console.log(`  ${(mirrors / clones).toFixed(2)} × full bare clones (aim: at most 0.2)`);
}
