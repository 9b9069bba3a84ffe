/** Hostile checkouts: texts that are made to mislead, to blow up, to be run, or to take long. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fence, plan, scope } from '../integration/criteria/texts.js';
import { type Arena, type Judged, openArena } from './arena.js';
import { BOMBS, fill, LONG_LINES, MISLEADING, PIECES, runnable } from './fixtures/texts.js';
import { ARCHIVED, GOOD, GOOD_STATUSES, PLAN, RULE } from './places.js';

let arena: Arena;
beforeAll(async () => {
  arena = await openArena('texts');
});
afterEach(() => arena.expectUntouched());
afterAll(() => arena.close());

let made = 0;

async function judge(kind: string, files: Readonly<Record<string, string>>): Promise<Judged> {
  made += 1;
  const slug = `${made}-${kind.replaceAll(/[^a-z0-9]+/gi, '-').toLowerCase()}`;
  await arena.world.add(slug, { ...GOOD, ...files });
  return arena.judge(slug, kind);
}

describe('256 KiB of one thing, in every text at once', () => {
  // In groups, since a test of each would take longer to set up than to judge.
  const groups = Array.from({ length: 6 }, (_, group) =>
    PIECES.filter((_each, index) => index % 6 === group),
  );

  it.each(groups.map((group) => [group.map((piece) => JSON.stringify(piece)).join(' '), group] as const))(
    'is judged: %s',
    async (_, group) => {
      for (const piece of group) {
        const long = fill(piece);
        const yaml = fill(piece, 15_000);
        const { statuses } = await judge('256 KiB of one thing', {
          'SCOPE.md': `${fill(piece, 120_000)}\n## Provided Capabilities\n${fill(piece, 100_000)}`,
          'CLAUDE.md': long,
          'tpsc.yaml': yaml,
          [RULE]: long,
          [PLAN]: `---\n${yaml}\n---\n${fence('task', yaml)}${fill(piece, 200_000)}`,
          [ARCHIVED]: long,
        });
        expect(statuses, piece).toMatchObject({
          C3: 'pass',
          C6: 'pass',
          C7: 'fail',
          C9: 'fail',
          C12: 'fail',
        });
        expect(['warn', 'fail'], piece).toContain(statuses.C5);
      }
    },
  );

  it('is judged: a marker as long as a file, followed by a separator', async () => {
    for (const line of LONG_LINES) {
      const files = { 'SCOPE.md': line, 'CLAUDE.md': line, [RULE]: line, [PLAN]: line };
      const { statuses } = await judge('a line of 256 KiB', files);
      expect(statuses).toMatchObject({ C5: 'warn', C6: 'pass', C7: 'fail', C11: 'fail', C12: 'fail' });
    }
  });
});

describe('YAML', () => {
  it.each(Object.entries(BOMBS))(
    'that is %s is refused wherever it stands, or lacks what is needed',
    async (name, bomb) => {
      const [yaml, reason] = bomb;
      const { statuses, details } = await judge(`YAML: ${name}`, {
        'SCOPE.md': scope({ capabilities: fence('capability', yaml) }),
        'tpsc.yaml': yaml,
        [PLAN]: `---\n${yaml}\n---\n`,
        [ARCHIVED]: `${plan({ id: 'A-WP-2' })}${fence('task', yaml)}`,
      });
      expect(statuses).toEqual({ ...GOOD_STATUSES, C5: 'warn', C7: 'fail', C9: 'fail', C13: 'fail' });
      if (reason === null) {
        expect(details['C9']).toBe('tpsc.yaml is not valid: the key `services` is missing.');
        expect(details['C5']).toContain('`type` is none of');
        expect(details['C7']).toContain(`C-02 ${PLAN}:1 the front matter has no \`id\``);
      } else {
        expect(details['C9']).toMatch(/^tpsc\.yaml is not valid at line \d+: /);
        for (const id of ['C5', 'C9', 'C7']) expect(details[id], id).toContain(reason);
        expect(details['C7']).toContain(`C-02 ${PLAN}`);
      }
    },
  );

  it('of capabilities and tasks by the thousand is read up to its limit, and a detail says so', async () => {
    const id = (index: number) => `A-WP-1-T${index}`;
    const tasks = Array.from({ length: 5_000 }, (_, index) =>
      fence('task', `id: ${id(index)}\nstatus: todo`),
    );
    const { details } = await judge('fences by the thousand', {
      'SCOPE.md': scope({ capabilities: fence('capability', '{}').repeat(5_000) }),
      [PLAN]: plan({ id: 'A-WP-1' }) + tasks.join(''),
    });
    expect(details['C5']).toContain('has 201 capability blocks that cannot be read');
    expect(details['C7']).toContain(`C-10 ${PLAN} there are more task blocks than are read`);
  });
});

describe('front matter that some readers would run', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7, 8])('is read as text: %d', async (index) => {
    const text = runnable(join(arena.outside.markers, `front-${index}`))[index] ?? '';
    const { statuses, details } = await judge('front matter to run', { [PLAN]: text });
    expect(statuses).toEqual({ ...GOOD_STATUSES, C7: 'fail', C13: 'fail' });
    expect(details['C7']).toContain(
      index < 6 ? 'the front matter cannot be read: the first line' : `C-02 ${PLAN}`,
    );
  });
});

describe('a text that misleads a terminal, a page or a reader', () => {
  it.each(MISLEADING.map((text) => [JSON.stringify(text), text]))('is shown clean: %s', async (_, text) => {
    const inYaml = JSON.stringify(text);
    const { statuses, details, answer } = await judge('misleading text', {
      'SCOPE.md': `## ${text}\n${text}\n${fence('capability', `type: ${inYaml}\ntitle: ${inYaml}`)}`,
      'CLAUDE.md': text,
      'tpsc.yaml': `services:\n  - slug: ${inYaml}\n    purpose: ${inYaml}\n    auth: ${inYaml}\n`,
      [RULE]: `kaizen ${text}`,
      [PLAN]: `---\nid: ${inYaml}\ntype: ${inYaml}\ntitle: ${inYaml}\nstatus: ${inYaml}\n---\n`,
      '.git/HEAD': `ref: refs/heads/x${text}\n`,
    });
    expect(statuses).toMatchObject({ C5: 'warn', C6: 'pass', C7: 'fail', C9: 'fail', C12: 'pass' });
    expect(details['C9']).toMatch(/^tpsc\.yaml is not valid/);
    expect(answer.checkout?.head).toBeNull();
  });

  it('is shown clean where it is a file name, which need not be UTF-8', async () => {
    const names = [...MISLEADING, 'new\nline', 'quo"te\'s', '-rf', ' ', '..md', 'x'.repeat(240)];
    const fit = names.map((name) => name.replaceAll(/[\0/]/g, '').slice(0, 80));
    const slug = 'names';
    let plans = 2;
    const nextPlan = () => {
      plans += 1;
      return plan({ id: `A-WP-${plans}` }, { id: `A-WP-${plans}-T01` });
    };
    await arena.world.add(slug, GOOD);
    for (const folder of ['workplans', 'workplans/archived', '.claude/rules'])
      for (const name of [...fit, Buffer.from([0x78, 0xff]).toString('latin1')])
        await writeFile(bytes(arena.world.path(slug, folder), name), nextPlan());
    const { statuses, details } = await arena.judge(slug, 'misleading names');
    expect(statuses).toEqual({ ...GOOD_STATUSES, C13: 'fail' });
    expect(details['C13']).toContain('the file name does not follow the convention');
    await writeFile(bytes(arena.world.path(slug, '.claude/rules'), '\x1b[31m\xffkaizen'), 'kaizen');
    await arena.world.write(slug, 'CLAUDE.md', 'nothing');
    const named = await arena.judge(slug, 'misleading names');
    expect(named.details['C12']).toBe('.claude/rules/[31m\ufffdkaizen.md names kaizen.');
  });
});

/** A Markdown file of any name; a name whose bytes are no UTF-8 is given as Latin-1. */
function bytes(folder: string, name: string): Buffer {
  const isLatin1 = /[\x80-\xff]/.test(name) && !/[^\x00-\xff]/.test(name);
  return Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(`${name}.md`, isLatin1 ? 'latin1' : 'utf8')]);
}
