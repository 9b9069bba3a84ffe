/** Tests that a commit has one set of verdicts, whichever host judges it and wherever its mirror lies. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commit, makeRemote, push } from '../../helpers/git-repository.js';
import { openWorld, type World } from '../../helpers/world.js';
import { PLAN, plan, SERVICES, scope } from '../criteria/texts.js';

const SLUG = 'widget';
let worlds: readonly World[];
let remote: string;
let author: string;
beforeAll(async () => {
  worlds = [await openWorld('one'), await openWorld('the-other-one', { host: 'there' })];
  ({ remote, author } = makeRemote(worlds[0]?.path('origin') ?? ''));
  for (const world of worlds) await register(world);
});
afterAll(async () => {
  for (const world of worlds) await world.close();
});

async function register({ sql, mirrors, deps }: World): Promise<void> {
  const [row] = await sql<{ id: string }[]>`
    insert into managed_repos (id, slug, name, remote_url)
    values (gen_random_uuid(), ${SLUG}, 'Widget', ${`file://${remote}`}) returning id::text`;
  const id = row?.id ?? '';
  // C14 names the hosts, so both registries name both.
  const paths = {
    ...{ here: '/elsewhere', there: '/elsewhere' },
    [deps.host]: join(mirrors.folder, `${id}.git`),
  };
  await sql`update managed_repos set host_paths = ${sql.json(paths)} where id = ${id}`;
  await sql`insert into doi_source (repo_id, mirror_host, server, due_at) values (${id}, ${deps.host}, 'file', now())`;
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    const path = join(author, name);
    mkdirSync(dirname(path), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), path);
    else writeFileSync(path, text);
  }
}

const criteriaOf = async ({ sql }: World): Promise<string> => {
  const [row] = await sql<{ criteria: string }[]>`select criteria::text from doi_cache`;
  return row?.criteria ?? '';
};

it.each<[string, Readonly<Record<string, string>>]>([
  ['is good', { 'SCOPE.md': scope(), 'CLAUDE.md': 'kaizen\n', 'tpsc.yaml': SERVICES, [PLAN]: plan() }],
  [
    'fails in many ways',
    {
      ...{
        'SCOPE.md': '# Scope\n',
        '.claude/rules/a.md': '-> ../../../out',
        'workplans/l.md': '-> /etc/passwd',
      },
      ...{
        [PLAN]: plan({ status: 'unknown' }),
        'workplans/b/c.md': 'no front matter\n',
        'workplans/m.md': '-> m.md',
      },
      'workplans/n.md': `-> ../${PLAN}`,
    },
  ],
])('when two hosts judge a commit that %s, then their verdicts are equal to the byte', async (_, files) => {
  write(files);
  commit(author, 'README.md', JSON.stringify(Object.keys(files)));
  push(author);
  for (const world of worlds) expect(await world.evaluate(SLUG)).toMatchObject({ end: 'written' });
  const [one = '', other] = await Promise.all(worlds.map(criteriaOf));
  expect(other).toBe(one);
  expect(one).toMatch(/C7/);
  for (const world of worlds) expect(one).not.toContain(world.mirrors.folder);
});
