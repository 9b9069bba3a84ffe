/** The action, the GitLab component, the hook and the examples of docs/ci.md, run step by step in scratch repositories. */
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/platform/process/package-root.js';
import { commit, git } from '../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../helpers/temp-folder.js';
import { preCommitConfig, type Texts } from './forge-files.js';
import { type Runner, runAction, runHook, runPipeline, runScript, runWorkflow } from './forge-steps.js';
import { BARE, type Ended } from './programs.js';

/** The address that the documentation uses. */
const PACKED = 'https://git.example.org/releases/doi-worker-0.1.0.tgz';
const WORSE = /✖ C6 CLAUDE\.md {2}was pass, now fail/;

let root: string;
/** What stands for the packed file: a package without dependencies whose `doi` is the one of this checkout. */
let packed: string;
let page: string;
let base: Runner;

beforeAll(async () => {
  root = await makeTempFolder('ci');
  page = await readFile(join(packageRoot, 'docs/ci.md'), 'utf8');
  packed = await packProxy();
  base = await makeRunner('base');
  git(base.workspace, 'init', '--quiet');
  commit(base.workspace, 'CLAUDE.md', '# Widget\n\nBuild it with make.\n');
  const [, steps = ''] = /\*\*Take it up\*\*[^`]*```\n(.*?)```/s.exec(page) ?? [];
  expect(steps).toContain(PACKED);
  expect(await runScript(base, here(steps))).toMatchObject({ code: 0 });
  git(base.workspace, 'commit', '--quiet', '-m', 'Take up a baseline');
});
afterAll(() => removeFolder(root));

describe.each([
  ['GitHub', (runner: Runner) => runExample(runner, 'GitHub')],
  ['GitLab', (runner: Runner) => runPipeline(runner, here(example('GitLab')), (inputs) => inputs)],
  ['Gitea', (runner: Runner) => runExample(runner, 'Gitea')],
  ['Forgejo', (runner: Runner) => runExample(runner, 'Forgejo')],
  ['pre-commit', (runner: Runner) => runHook(runner, hookOfPage())],
])('the example for %s', (name, build: (runner: Runner) => Promise<Ended>) => {
  it('passes a repository at no tier, fails one that got worse with 1, and passes one that got better', async () => {
    const runner = await copyRunner(name);
    expect(await build(runner)).toMatchObject({ code: 0 });
    await rm(join(runner.workspace, 'CLAUDE.md'));
    commit(runner.workspace, 'README.md');
    const { code, stdout, stderr } = await build(runner);
    expect({ code, output: stdout + stderr }).toMatchObject({
      code: 1,
      output: expect.stringMatching(WORSE),
    });
    commit(runner.workspace, 'CLAUDE.md', '# Widget\n\nBuild it with make.\n');
    commit(runner.workspace, 'tpsc.yaml', 'services: []\n');
    expect(await build(runner)).toMatchObject({ code: 0 });
  });
});

describe('the action', () => {
  it('annotates, adds a summary to the job, and names SARIF and JUnit files that exist', async () => {
    const result = await runAction(await copyRunner('reports'), { package: packed });
    expect(result).toMatchObject({ code: 0, summary: expect.stringContaining('| C5 ') });
    expect(result.stdout).toMatch(/^::error file=SCOPE\.md,title=C5/m);
    const { sarif = '', junit = '' } = result.outputs;
    expect(JSON.parse(await readFile(sarif, 'utf8'))).toMatchObject({ version: '2.1.0' });
    expect(await readFile(junit, 'utf8')).toContain('<testsuite');
  });

  it('when a criterion of the tier is not judged, then it ends with 4, unless the workflow allows what is not known', async () => {
    const runner = await copyRunner('unknown');
    git(runner.workspace, 'remote', 'add', 'origin', 'https://git.example.org/acme/widget.git');
    const given = { package: packed, require: 'core' };
    expect(await runAction(runner, given)).toMatchObject({ code: 4 });
    expect(await runAction(runner, { ...given, 'allow-unknown': 'true' })).toMatchObject({ code: 0 });
    const options = '--slug widget\n--domain shop\n';
    expect(await runAction(runner, { ...given, options })).toMatchObject({ code: 0 });
  });

  it('when the check cannot run, then it keeps the code, and names no file', async () => {
    const result = await runAction(await copyRunner('usage'), { package: packed, options: '--wrong' });
    expect(result).toMatchObject({ code: 2, summary: '', outputs: { sarif: '', junit: '' } });
  });

  it('shows standard error between commands that keep a runner from finding commands in it', async () => {
    const runner = await copyRunner('commands');
    const path = '##[set-output name=sarif]x';
    const { stdout } = await runAction(runner, { package: packed, path });
    const [, token, shown] = /^::stop-commands::([\w-]{36})\n(.*)\n::\1::$/ms.exec(stdout) ?? [];
    expect({ token, shown }).toMatchObject({ shown: expect.stringContaining('set-output name=sarif]x') });
    expect(stdout).not.toContain('##[');
  });
});

describe('an input that holds commands', () => {
  const HOSTILE =
    '; touch pwned; $(touch pwned) `touch pwned` "$(touch pwned)" \' && touch pwned\ntouch pwned\n*';

  it('as any input of the action runs none', async () => {
    const runner = await copyRunner('hostile');
    const given = { path: HOSTILE, options: HOSTILE, baseline: HOSTILE, require: HOSTILE };
    const result = await runAction(runner, { ...given, 'allow-unknown': HOSTILE, package: packed });
    // A wrong tier is what the command refuses first.
    expect(result).toMatchObject({ code: 2, stdout: expect.stringContaining('--require') });
    expect(await runAction(runner, { package: HOSTILE })).toMatchObject({
      code: expect.toSatisfy(isFailure),
    });
    expect(await pwned()).toEqual([]);
  });

  it('as options of the GitLab component runs none', async () => {
    const runner = await copyRunner('hostile-gitlab');
    const change = (inputs: Texts) => ({ ...inputs, options: HOSTILE });
    const { code, stderr } = await runPipeline(runner, here(example('GitLab')), change);
    expect(code).toBe(2);
    expect(stderr).toMatch(/too many arguments/);
    expect(await pwned()).toEqual([]);
  });
});

describe('npm pack', () => {
  it("prints the name of the file and nothing of the build's, since pre-commit takes all that it prints for the name", async () => {
    const runner = await makeRunner('pack');
    await cp(join(packageRoot, '.npmrc'), join(runner.workspace, '.npmrc'));
    const description = { name: 'widget', version: '1.0.0', scripts: { prepack: 'echo building' } };
    await writeFile(join(runner.workspace, 'package.json'), JSON.stringify(description));
    expect(await runScript(runner, 'npm pack')).toMatchObject({ code: 0, stdout: 'widget-1.0.0.tgz\n' });
  });
});

/** npm installs it without a network and within a second. */
async function packProxy(): Promise<string> {
  const folder = join(root, 'proxy/package');
  await mkdir(folder, { recursive: true });
  const description = { name: 'doi-worker', version: '0.1.0', bin: { doi: 'doi.js' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify(description));
  const program = JSON.stringify(join(packageRoot, 'bin/doi'));
  await writeFile(join(folder, 'doi.js'), `#!/usr/bin/env node\nrequire(${program});\n`, { mode: 0o755 });
  const file = join(root, 'doi-worker-0.1.0.tgz');
  const runner = await makeRunner('packer');
  const made = await runScript(runner, `tar -czf '${file}' -C '${join(root, 'proxy')}' package`);
  expect(made).toMatchObject({ code: 0 });
  return file;
}

async function makeRunner(name: string): Promise<Runner> {
  const workspace = join(root, name, 'widget');
  await mkdir(workspace, { recursive: true });
  const env = {
    ...{ PATH: `${join(packageRoot, 'bin')}:${BARE['PATH']}`, HOME: join(root, 'home') },
    ...{ npm_config_offline: 'true', npm_config_update_notifier: 'false' },
  };
  return { workspace, temp: join(root, name, 'temp'), env };
}

/** A runner with a copy of the repository that took up a baseline. */
async function copyRunner(name: string): Promise<Runner> {
  const runner = await makeRunner(name);
  await cp(base.workspace, runner.workspace, { recursive: true });
  return runner;
}

/** With the packed file that is there instead of the one of the documentation. */
function here(text: string): string {
  return text.replaceAll(PACKED, packed);
}

/** The YAML of a section of docs/ci.md. */
function example(title: string): string {
  const [, section = ''] = page.split(`\n### ${title}\n`);
  const [, yaml] = /^```yaml\n(.*?)^```$/ms.exec(section.split(/^##/m)[0] ?? '') ?? [];
  if (yaml === undefined) throw new Error(`docs/ci.md has no example for ${title}.`);
  return yaml;
}

function hookOfPage(): string {
  return preCommitConfig.parse(load(example('Before a commit'))).repos[0].hooks[0].id;
}

async function runExample(runner: Runner, forge: string): Promise<Ended> {
  return runWorkflow(runner, here(example(forge)), async (uses, given) => {
    if (/\/?actions\/checkout@v\d+$/.test(uses)) return;
    expect(uses).toMatch(/^github\/codeql-action\/upload-sarif@v\d+$/);
    const { runs } = JSON.parse(await readFile(given['sarif_file'] ?? '', 'utf8'));
    expect(runs).toHaveLength(1);
  });
}

const isFailure = (code: unknown) => code !== 0;

/** The files that a command of a hostile input made. */
async function pwned(): Promise<string[]> {
  const names = await readdir(root, { recursive: true });
  return names.filter((name) => name.endsWith('pwned'));
}
