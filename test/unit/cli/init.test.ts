import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../../src/cli/program.js';
import { commit, git } from '../../helpers/git-repository.js';
import { makeTempFolder, removeFolder } from '../../helpers/temp-folder.js';

let root: string;
let path: string;
beforeEach(async () => {
  root = await makeTempFolder('init');
  path = join(root, 'widget');
  mkdirSync(path);
  git(path, 'init', '-q');
  git(path, 'remote', 'add', 'origin', 'https://git.example.org/acme/widget.git');
});
afterEach(() => removeFolder(root));

interface Call {
  readonly answer?: string;
  readonly env?: Record<string, string>;
}

async function init(argv: readonly string[], { answer, env = {} }: Call = {}) {
  let stdout = '';
  let stderr = '';
  const asked: string[] = [];
  const code = await run(['init', ...argv], {
    stdout: { write: (text) => (stdout += text) },
    stderr: { write: (text) => (stderr += text) },
    env: { PATH: process.env['PATH'], ...env },
    ask: (question) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
  });
  return { code, stdout, stderr, asked };
}

const files = () =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('.git'))
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .sort();

describe('doi init', () => {
  it('writes what is absent, lists each placeholder as a warning, and says what is missing for the next tier', async () => {
    const { code, stdout, stderr, asked } = await init([path, '--workplan', 'Ship 2.0']);
    expect({ code, stderr, asked }).toEqual({ code: 0, stderr: '', asked: [] });
    expect(files()).toEqual([
      ...['CLAUDE.md', 'SCOPE.md', 'tpsc.yaml', 'workplans/README.md'],
      'workplans/WIDGET-WP-0001-ship-2-0.md',
    ]);
    expect(stdout).toContain(`widget  ${path}\n\nWrote 5 files:\n  + SCOPE.md\n`);
    expect(stdout).toContain(
      'To fill in, and not counted before (17 warnings):\n  ! SCOPE.md:5  One sentence',
    );
    expect(stdout).toMatch(/^ {2}! workplans\/WIDGET-WP-0001-ship-2-0\.md:14 {2}What is different/m);
    expect(stdout).toMatch(/: core\nMissing for standard:\n✖ C6 .*\n +→ .*\n✖ C9 /);
    expect(stdout).toMatch(new RegExp(`\\nTo check it again: doi check ${path}\\n$`));
  });

  it('writes nothing the second time', async () => {
    await init([path]);
    const before = files();
    const { code, stdout } = await init([path]);
    expect({ code, files: files() }).toEqual({ code: 0, files: before });
    expect(stdout).toContain('Wrote nothing.\nLeft as it is:\n  SCOPE.md             it is there\n');
  });

  it('prints JSON', async () => {
    const { code, stdout } = await init([path, '--json']);
    expect({ code, answer: JSON.parse(stdout) }).toMatchObject({
      code: 0,
      answer: {
        repo_slug: 'widget',
        path,
        dry_run: false,
        written: ['SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', 'workplans/README.md'],
        left: [],
        placeholders: expect.arrayContaining([{ file: 'tpsc.yaml', line: 2, text: expect.any(String) }]),
        tier_of_judged: 'core',
        next_tier: { tier: 'standard', missing: [{ id: 'C6' }, { id: 'C9' }] },
      },
    });
  });

  it('shows a diff that git applies, and writes nothing, with --dry-run', async () => {
    const { code, stdout, stderr } = await init([path, '--dry-run', '--workplan', 'Ship it']);
    expect({ code, stderr, files: files() }).toEqual({
      code: 0,
      stderr: 'It would write 5 files.\n',
      files: [],
    });
    execFileSync('git', ['-C', path, 'apply'], { input: stdout });
    const applied = files().map((file) => [file, readFileSync(join(path, file), 'utf8')]);
    for (const file of files()) rmSync(join(path, file));
    rmSync(join(path, 'workplans'), { recursive: true });
    await init([path, '--workplan', 'Ship it']);
    expect(files().map((file) => [file, readFileSync(join(path, file), 'utf8')])).toEqual(applied);
    expect(JSON.parse((await init([path, '--dry-run', '--json'])).stdout)).toMatchObject({
      ...{ dry_run: true, written: [], diff: '' },
    });
  });

  it.each([
    ['a folder', () => mkdirSync(join(path, 'AGENTS.md'))],
    ['a link that leads nowhere', () => symlinkSync('none', join(path, 'AGENTS.md'))],
  ])('takes AGENTS.md that is %s for no instructions', async (_, make) => {
    make();
    expect((await init([path, '--dry-run'])).stdout).toContain('+++ b/CLAUDE.md');
    const check = JSON.parse((await init([path, '--dry-run', '--json'])).stdout);
    expect(JSON.stringify(check.next_tier)).not.toContain('ln -s');
  });

  it('leaves names of another case, beside which some file systems can have no other', async () => {
    for (const name of ['SCOPE.MD', 'cLAUDE.md', 'Tpsc.yaml']) writeFileSync(join(path, name), 'x');
    mkdirSync(join(path, 'Workplans'));
    const { stdout } = await init([path]);
    expect(stdout).toContain('Wrote nothing.');
    for (const name of ['SCOPE.MD', 'cLAUDE.md', 'Tpsc.yaml', 'Workplans'])
      expect(stdout).toContain(`  ${name} is there`);
    expect((await init([path, '--workplan', 'Ship it'])).stderr).toContain(
      'A workplan cannot be written: Workplans is there, which some file systems take for workplans.',
    );
  });

  it('writes no CLAUDE.md where AGENTS.md is there, and leaves the remedy of the link', async () => {
    writeFileSync(join(path, 'AGENTS.md'), 'Run make.\n');
    const { stdout } = await init([path]);
    expect(existsSync(join(path, 'CLAUDE.md'))).toBe(false);
    expect(stdout).toMatch(/^ {2}CLAUDE\.md +AGENTS\.md is there$/m);
    expect(stdout).toContain('`ln -s AGENTS.md CLAUDE.md`');
  });

  it('works on a checkout by a link to it', async () => {
    symlinkSync(path, join(root, 'link'));
    const { code, stdout } = await init([join(root, 'link')]);
    expect(code).toBe(0);
    expect(stdout).toContain(`widget  ${path}\n`);
    expect(files()).toHaveLength(4);
  });

  it.each([
    ['a pipe', (at: string) => execFileSync('mkfifo', [at])],
    ['a folder', (at: string) => mkdirSync(at)],
    ['a link that leads nowhere', (at: string) => symlinkSync('none', at)],
  ])('leaves %s in the place of a file as it is, and writes the others', async (_, make) => {
    make(join(path, 'SCOPE.md'));
    const { code, stdout } = await init([path]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}SCOPE\.md +it is there$/m);
    expect(files()).toEqual(['CLAUDE.md', 'tpsc.yaml', 'workplans/README.md']);
  });

  it('writes nothing by a folder of workplans that is a link out of the checkout', async () => {
    mkdirSync(join(root, 'outside'));
    symlinkSync('../outside', join(path, 'workplans'));
    const refused = await init([path, '--workplan', 'Ship it']);
    expect(refused).toMatchObject({ code: 3, stdout: '' });
    expect(refused.stderr).toMatch(/^doi: A workplan cannot be written: workplans is a link that leads out/);
    expect(files()).toEqual([]);
    expect((await init([path])).stdout).toMatch(/^ {2}workplans\/README\.md +workplans is no folder/m);
    expect(readdirSync(join(root, 'outside'))).toEqual([]);
  });

  it.each([
    ['a link into .git', () => symlinkSync('.git/refs/tags', join(path, 'workplans'))],
    ['a submodule', () => git(path, 'init', '-q', 'workplans')],
  ])('plans and writes no workplan in %s', async (_, make) => {
    make();
    for (const more of [[], ['--dry-run']])
      expect(await init([path, '--workplan', 'Ship it', ...more])).toMatchObject({ code: 3, stdout: '' });
    expect((await init([path])).stdout).toMatch(/^ {2}workplans\/README\.md +workplans is no folder/m);
    expect(git(path, 'tag')).toBe('');
    expect(readdirSync(join(path, 'workplans'))).not.toContain('README.md');
  });

  it('shows a diff that git applies where workplans is a link to a folder inside', async () => {
    mkdirSync(join(path, 'docs/plans'), { recursive: true });
    symlinkSync('docs/plans', join(path, 'workplans'));
    const { stdout } = await init([path, '--dry-run', '--workplan', 'Ship it']);
    execFileSync('git', ['-C', path, 'apply'], { input: stdout });
    expect(readdirSync(join(path, 'docs/plans'))).toEqual(['README.md', 'WIDGET-WP-0001-ship-it.md']);
  });

  it('refuses a folder within a checkout, one that is in none, and a bare repository', async () => {
    mkdirSync(join(path, 'src'));
    mkdirSync(join(root, 'none'));
    git(root, 'init', '-q', '--bare', 'bare.git');
    for (const [folder, said] of [
      [
        join(path, 'src'),
        `doi: ${path}/src is a folder within the checkout ${path}.\n  Give the checkout itself: `,
      ],
      [join(root, 'none'), `doi: ${root}/none lies in no git repository.`],
      [join(root, 'bare.git'), `doi: ${root}/bare.git is not a git checkout.`],
    ] as const) {
      const { code, stderr } = await init([folder]);
      expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining(said) });
    }
    expect(readdirSync(join(root, 'none'))).toEqual([]);
  });

  it('leaves what a sparse checkout leaves out, even with --yes', async () => {
    commit(path, 'workplans/ACME-WP-0001-x.md');
    git(path, 'sparse-checkout', 'set', '--cone', 'src');
    const { code, stdout } = await init([path, '--yes']);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^ {2}workplans\/README\.md +git has it .*: "git sparse-checkout add workplans" adds it$/m,
    );
    expect(files()).toEqual(['CLAUDE.md', 'SCOPE.md', 'tpsc.yaml']);
  });

  it('says what it would write, and the placeholders of that, with --dry-run --json', async () => {
    expect(JSON.parse((await init([path, '--dry-run', '--json'])).stdout)).toMatchObject({
      written: [],
      would_write: ['SCOPE.md', 'CLAUDE.md', 'tpsc.yaml', 'workplans/README.md'],
      placeholders: expect.arrayContaining([{ file: 'tpsc.yaml', line: 2, text: expect.any(String) }]),
      more_placeholders: 0,
    });
    expect(files()).toEqual([]);
  });

  it('writes a workplan of one title once, and none beside files of another convention', async () => {
    await init([path, '--workplan', 'Ship it']);
    const again = await init([path, '--workplan', 'ship it']);
    expect(again.stdout).toMatch(
      /^ {2}workplans\/WIDGET-WP-0001-ship-it\.md +it is a workplan of this title$/m,
    );
    expect(files()).toHaveLength(5);
    rmSync(join(path, 'workplans/WIDGET-WP-0001-ship-it.md'));
    writeFileSync(join(path, 'workplans/plan.md'), '# Plan\n');
    expect(await init([path, '--workplan', 'Ship it'])).toMatchObject({
      ...{ code: 3, stdout: '' },
      stderr: expect.stringContaining('follow another convention, without front matter (workplans/plan.md)'),
    });
    expect(files()).toHaveLength(5);
  });

  it('writes a workplan beside one of another title with the same slug', async () => {
    await init([path, '--workplan', 'C# client']);
    await init([path, '--workplan', 'C++ client']);
    expect(files().slice(4)).toEqual([
      'workplans/WIDGET-WP-0001-c-client.md',
      'workplans/WIDGET-WP-0002-c-client.md',
    ]);
  });

  it('gives no number of a workplan whose deletion is not committed, and asks for one of its title', async () => {
    const names = ['WIDGET-WP-0001-ship-it.md', 'WIDGET-WP-0002-other.md'].map((name) => `workplans/${name}`);
    for (const name of names) commit(path, name);
    rmSync(join(path, 'workplans'), { recursive: true });
    git(path, 'rm', '-q', '--cached', names[1] ?? '');
    const { asked, stderr } = await init([path, '--workplan', 'Ship it'], { answer: 'n' });
    expect(asked).toEqual([expect.stringMatching(/^workplans\/WIDGET-WP-0001-ship-it\.md was deleted/)]);
    expect(stderr).toContain(`"git checkout -- ${names[0]}"`);
    expect(await init([path, '--workplan', 'More'])).toMatchObject({ code: 0, asked: [] });
    expect(files()).toContain('workplans/WIDGET-WP-0003-more.md');
  });

  it('ends with 2 for a title that no workplan can have', async () => {
    expect(await init([path, '--workplan', 'a\nb'])).toMatchObject({ code: 2, stdout: '' });
    expect(files()).toEqual([]);
  });
});

describe('doi init, where a file was deleted and that is not committed', () => {
  beforeEach(() => {
    commit(path, 'SCOPE.md');
    rmSync(join(path, 'SCOPE.md'));
  });

  it('asks first, and writes after yes', async () => {
    const { code, asked } = await init([path], { answer: 'y' });
    expect({ code, asked }).toEqual({
      code: 0,
      asked: ['SCOPE.md was deleted, and the deletion is not committed.\nWrite all the same? [y/N] '],
    });
    expect(files()).toHaveLength(4);
  });

  it.each(['', 'n', undefined])('writes nothing when the answer is %j', async (answer) => {
    const { code, stdout, stderr } = await init([path], answer === undefined ? {} : { answer });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^doi: Nothing was written\. SCOPE\.md was deleted, .*\n {2}Commit the deletion, .*"git checkout -- SCOPE\.md".*--yes/,
    );
    expect(files()).toEqual([]);
  });

  it('names how to restore it from the last commit where the index has it no more', async () => {
    git(path, 'rm', '-q', '--cached', 'SCOPE.md');
    expect((await init([path])).stderr).toContain('"git checkout HEAD -- SCOPE.md"');
  });

  it('does not ask with --yes', async () => {
    expect(await init([path, '--yes'])).toMatchObject({ code: 0, asked: [] });
    expect(files()).toHaveLength(4);
  });

  it('does not ask when another file was deleted, or this one is there', async () => {
    git(path, 'checkout', '-q', 'HEAD', '--', 'SCOPE.md');
    commit(path, 'other.md');
    rmSync(join(path, 'other.md'));
    expect(await init([path])).toMatchObject({ code: 0, asked: [] });
  });

  it('asks too where git is missing', async () => {
    const { asked, stderr } = await init([path], { answer: 'n', env: { PATH: '/nowhere' } });
    const found = 'It is not known whether a file has an uncommitted deletion: git is not on the PATH.';
    expect(asked).toEqual([expect.stringContaining(found)]);
    expect(stderr).toContain('Install git, or give --yes.');
  });
});
