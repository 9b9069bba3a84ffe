/** The system's own limit on watches, set for a process of its own in a user namespace. */
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compiledUrl } from '../../helpers/compiled.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

const AT_MOST = 'echo "$1" > /proc/sys/user/max_inotify_watches && exec "$2" --input-type=module --eval "$3"';

function runWith(limit: number, script: string) {
  const argv = [
    '--user',
    '--map-root-user',
    'sh',
    '-c',
    AT_MOST,
    'sh',
    String(limit),
    process.execPath,
    script,
  ];
  return spawnSync('unshare', argv, { encoding: 'utf8', timeout: 20_000 });
}

const isAllowed = runWith(9, '').status === 0;

it.runIf(isAllowed)(
  'when the system has too few watches, then the worker watches the checkouts that changed last',
  async () => {
    const folder = await makeTempFolder('watches');
    try {
      const names = ['one', 'two', 'three', 'four'];
      for (const name of names) await mkdir(join(folder, name, 'workplans'), { recursive: true });
      const { status, stdout, stderr } = runWith(
        5,
        `
      import { writeFileSync } from 'node:fs';
      import { FolderWatches } from ${JSON.stringify(compiledUrl('producer/folder-watches.js'))};
      import { probeCheckout } from ${JSON.stringify(compiledUrl('inputs/probe/probe-checkout.js'))};
      const seen = new Set();
      const names = ${JSON.stringify(names)};
      let done;
      const watches = new FolderWatches({ onEvent: (id) => { seen.add(id); if (seen.size === 2) done(); } });
      names.forEach((id, at) => {
        const path = ${JSON.stringify(folder)} + '/' + id;
        watches.note(id, probeCheckout({ id, host: 'h', path }, { folders: true }).folders, at);
      });
      await watches.arm();
      const all = new Promise((resolve) => { done = resolve; });
      // The watches keep no process alive.
      const alive = setInterval(() => {}, 1000);
      for (const id of names) writeFileSync(${JSON.stringify(folder)} + '/' + id + '/workplans/a.md', '');
      await all;
      clearInterval(alive);
      await watches.close();
      console.log(JSON.stringify([...seen].sort()));`,
      );
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(JSON.parse(stdout)).toEqual(['four', 'three']);
    } finally {
      await removeFolder(folder);
    }
  },
);
