import { execFileSync } from 'node:child_process';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { commit, git, makeRemote, push } from '../../helpers/git-repository.js';
import { openWorld, type World } from '../../helpers/world.js';

let world: World;
let count = 0;
let slug: string;
let remote: string;
let author: string;
beforeAll(async () => {
  world = await openWorld('bare');
});
afterAll(() => world.close());
beforeEach(async () => {
  count += 1;
  slug = `bare-${count}`;
  ({ remote, author } = makeRemote(world.path(slug)));
  commit(author, 'SCOPE.md', '# Scope\n');
  commit(author, 'workplans/README.md');
  push(author);
  await register(slug, remote);
});

async function register(name: string, path: string, host = 'here'): Promise<void> {
  await world.sql`
    insert into managed_repos (id, slug, name, remote_url, host_paths)
    values (gen_random_uuid(), ${name}, ${name}, 'https://git.example.org/a.git', ${world.sql.json({ [host]: path })})`;
}
const headOf = (folder: string) => git(folder, 'rev-parse', 'HEAD');
const runs = (slugs: readonly string[]) => Promise.all(slugs.map((one) => world.evaluate(one)));

describe('a bare repository', () => {
  it('when it is evaluated, then its report is fresh, of the commit at the tip of its branch', async () => {
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 14, unsettled: false });
    const report = await world.read(slug);
    expect(report).toMatchObject({ stale: false, verified: 'probed' });
    expect(report.criteria.find(({ id }) => id === 'C3')).toMatchObject({
      status: 'pass',
      detail: 'The bare repository is there, with the branch main.',
    });
    expect(report.criteria.find(({ id }) => id === 'C5')?.status).toBe('warn');
    expect(report.checkout?.head).toBe(headOf(author));
  });

  it('when a push touches no input, then nothing is judged and no checker runs, and the report names the new commit', async () => {
    await world.evaluate(slug);
    const checks = world.checks;
    commit(author, 'src/main.c');
    push(author);
    expect(await world.evaluate(slug)).toEqual({ end: 'fresh' });
    expect(world.checks).toBe(checks);
    expect(await world.read(slug)).toMatchObject({ stale: false, checkout: { head: headOf(author) } });
  });

  it('when a push changes an input, then the report is stale by that input, and only what reads it is judged again', async () => {
    await world.evaluate(slug);
    commit(author, 'CLAUDE.md', 'kaizen\n');
    push(author);
    const before = await world.read(slug);
    expect(before.stale).toBe(true);
    expect(await world.evaluate(slug)).toMatchObject({ end: 'written', ran: 2, kept: 12 });
    expect(await world.read(slug)).toMatchObject({ stale: false });
  });

  it('when its references are packed and its objects are packed again, then nothing is judged again', async () => {
    await world.evaluate(slug);
    git(remote, 'gc', '-q', '--prune=now');
    git(remote, 'pack-refs', '--all');
    expect(await world.evaluate(slug)).toEqual({ end: 'fresh' });
    expect(await world.read(slug)).toMatchObject({ stale: false });
  });

  it('when its workplans cannot be checked and only its branch is renamed, then that is the reason still', async () => {
    rmSync(join(author, 'workplans'), { recursive: true });
    symlinkSync('/etc', join(author, 'workplans'));
    commit(author, 'README.md', 'a link');
    push(author);
    const reason = async () => {
      await world.evaluate(slug);
      return (await world.read(slug)).criteria.find(({ id }) => id === 'C7')?.detail;
    };
    expect(await reason()).toBe('workplans is a link that leads out of the checkout.');
    git(remote, 'branch', '-m', 'main', 'trunk');
    expect(await reason()).toBe('workplans is a link that leads out of the checkout.');
  });

  it('when its branch is gone, then there is a failure beside the last verdict', async () => {
    await world.evaluate(slug);
    git(remote, 'update-ref', '-d', 'refs/heads/main');
    expect(await world.evaluate(slug)).toMatchObject({ end: 'failed', error: { code: 'branch_missing' } });
    const report = await world.read(slug);
    expect(report).toMatchObject({ stale: true, failure: { code: 'branch_missing' } });
    expect(report.criteria).toHaveLength(14);
  });

  it('when it borrows objects of another repository, then they are not read, and that is a failure', async () => {
    const other = join(world.path(slug), 'borrower.git');
    execFileSync('git', ['clone', '-q', '--bare', '--shared', remote, other]);
    await register(`${slug}-borrower`, other);
    const outcome = await world.evaluate(`${slug}-borrower`);
    expect(outcome).toMatchObject({ end: 'failed', error: { code: 'objects_unreadable' } });
  });

  it('when two places hold the same commit, then their verdicts are equal to the byte', async () => {
    const other = join(world.path(slug), 'other.git');
    execFileSync('git', ['clone', '-q', '--bare', remote, other]);
    await register(`${slug}-other`, other);
    await runs([slug, `${slug}-other`]);
    const rows = await world.sql<{ criteria: string }[]>`
      select replace(c.criteria::text, ${`${slug}-other`}, ${slug}) as criteria
      from doi_cache c join managed_repos r on r.id = c.repo_id where r.slug like ${`${slug}%`}`;
    expect(new Set(rows.map(({ criteria }) => criteria)).size).toBe(1);
  });

  it('when it is empty after it held a repository, then that is a missing mount, and no verdict', async () => {
    await world.evaluate(slug);
    for (const name of [
      'HEAD',
      'objects',
      'refs',
      'config',
      'info',
      'hooks',
      'description',
      'packed-refs',
      'branches',
    ])
      rmSync(join(remote, name), { recursive: true, force: true });
    expect(await world.evaluate(slug)).toMatchObject({ end: 'failed', error: { code: 'mount_missing' } });
  });
});
