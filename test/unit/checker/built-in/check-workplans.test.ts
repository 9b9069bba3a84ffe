import { describe, expect, it } from 'vitest';
import { fingerprintFindings } from '../../../../src/check/fingerprint-findings.js';
import { checkWorkplans } from '../../../../src/checker/built-in/check-workplans.js';
import { exitCodeOf, MAX_FINDINGS } from '../../../../src/checker/built-in/finding.js';
import { MAX_TASKS, MAX_YAML_IN_ALL, type WorkplanFile } from '../../../../src/checker/built-in/workplan.js';
import { PLACEHOLDER_MARK } from '../../../../src/criteria/parse/placeholders.js';
import { check, file, front, ID, PATH, plan, task } from './plans.js';

const one = (text: string) => check(file(PATH, text));
/** Checks a file beside one with front matter, so that the folder counts as one of this convention. */
const besides = (text: string) => check(file(PATH, text), plan('OTHER-WP-0001'));

describe('C-01', () => {
  it('warns where there is no workplans folder', () => {
    expect(checkWorkplans(null)).toEqual([
      { check: 'C-01', severity: 'WARN', message: 'there is no workplans/ folder' },
    ]);
  });

  it('finds nothing in an empty folder', () => {
    expect(checkWorkplans([])).toEqual([]);
  });
});

describe('a workplan as it should be', () => {
  it('gives no finding', () => {
    expect(one(front() + task())).toEqual([]);
  });

  it.each([
    'proposed',
    'ready',
    'active',
    'blocked',
    'backlog',
    'finished',
    'archived',
    'todo',
    'completed',
    'done',
  ])('may have the status %s', (status) => {
    expect(one(front({ status }))).toEqual([]);
  });

  it.each(['wait', 'todo', 'progress', 'done', 'cancel', 'in_progress', 'blocked', 'cancelled'])(
    'may have a task with the status %s',
    (status) => {
      expect(one(front({ status: 'ready' }) + task({ status }))).toEqual([]);
    },
  );

  it('may be a feature, and have a title that YAML reads as a number', () => {
    expect(one(front({ type: 'feature', title: '2026' }))).toEqual([]);
  });

  it('may be archived, and may be a small job', () => {
    const adhoc = front({ id: 'ADHOC-2026-03-20' });
    expect(check(file(`workplans/archived/260320-${ID}-gate.md`, front()))).toEqual([]);
    expect(check(file('workplans/ADHOC-2026-03-20.md', adhoc))).toEqual([]);
    expect(check(file('workplans/archived/ADHOC-2026-03-20.md', adhoc))).toEqual([]);
    expect(check(file('workplans/archived/260321-ADHOC-2026-03-20.md', adhoc))).toEqual([]);
  });
});

describe('files that are no workplans', () => {
  it.each([
    'workplans/README.md',
    'workplans/readme.MD',
    'workplans/archived/Readme.md',
    'workplans/notes.txt',
    'workplans/drafts/x.md',
    'workplans/archived/2025/x.md',
    'docs/x.md',
    'workplans/.#CUST-WP-0024-x.md',
    'workplans/._CUST-WP-0024-x.md',
  ])('are passed over: %s', (path) => {
    expect(check(file(path, 'nothing'))).toEqual([]);
  });
});

describe('C-02', () => {
  it('fails a file without front matter', () => {
    expect(besides('# Gate\n')).toEqual([
      `C-02 FAIL ${PATH}:1 the front matter cannot be read: the first line is not \`---\``,
    ]);
  });

  it('fails front matter that is never closed, is no map, or does not parse, with the line', () => {
    expect(one('---\nid: x\n')[0]).toContain(':1 the front matter cannot be read: no second');
    expect(one('---\n- a\n---\n')[0]).toContain('it is not a map');
    expect(one('---\nid: x\nid: y\n---\n')[0]).toContain(
      `${PATH}:3 the front matter cannot be read: duplicated`,
    );
  });

  it('when no file has front matter, then one warning says so, and nothing fails', () => {
    const message =
      "no Markdown file here has front matter, so they are another convention's and not read as workplans";
    expect(check(file('workplans/a.md', '# A\n'), file('workplans/b.md', task({ status: 'x' })))).toEqual([
      `C-02 WARN workplans:- ${message}`,
    ]);
  });

  it('when a file without front matter has another name too, then it is reported once', () => {
    expect(check(file('workplans/notes.md', 'x'), plan('OTHER-WP-0001'))).toEqual([
      expect.stringContaining('C-02 FAIL workplans/notes.md:1 the front matter cannot be read'),
    ]);
  });

  it.each(['workplans/acme-agentic-WP-0002-a.md', 'workplans/OTHER-WP-2-a.md'])(
    'informs of an id with another prefix than the file name: %s',
    (path) => {
      expect(check(file(path, front({ id: 'ACME-WP-0002' })))).toEqual([
        expect.stringContaining(`C-02 INFO ${path}:2 the id “ACME-WP-0002” has another prefix`),
      ]);
    },
  );

  it('never runs front matter that is marked as code', () => {
    expect(one('---js\nthrow new Error("was run")\n---\n')[0]).toContain('C-02 FAIL');
  });

  it.each(['id', 'type', 'title', 'domain', 'status'])('fails a workplan without %s', (key) => {
    const message = `the front matter has no \`${key}\`, or it is not a text`;
    expect(one(front({ [key]: null }))).toEqual([`C-02 FAIL ${PATH}:1 ${message}`]);
    expect(one(front({ [key]: '""' }))).toEqual([expect.stringContaining(message)]);
    expect(one(front({ [key]: '[a]' }))).toEqual([expect.stringContaining(message)]);
  });

  it('fails an unknown type or status, at its line', () => {
    expect(one(front({ type: 'epic' }))).toEqual([
      `C-02 FAIL ${PATH}:3 the type “epic” is none of workplan, feature`,
    ]);
    expect(one(front({ status: 'Active' }))[0]).toContain(
      `C-02 FAIL ${PATH}:6 the status “Active” is none of`,
    );
  });

  it('fails an id that differs from the file name, at its line', () => {
    expect(one(front({ id: 'CUST-WP-0025' }))).toEqual([
      `C-02 FAIL ${PATH}:2 the id “CUST-WP-0025” differs from the file name's, ${ID}`,
    ]);
  });

  it.each([
    'workplans/notes.md',
    'workplans/CUST-WP-0024.md',
    'workplans/CUST-WP-0024-.md',
    'workplans/cust-wp-0024-x.md',
    'workplans/CUST-0024-x.md',
    'workplans/WP-0024-x.md',
    'workplans/CUST-WP-24a-x.md',
    'workplans/CUST-WP-0024-a b.md',
    'workplans/CUST-WP-0024-x.MD',
    'workplans/260320-CUST-WP-0024-x.md',
    'workplans/ADHOC-2026-13-01.md',
    'workplans/ADHOC-2026-02-30.md',
    'workplans/ADHOC-2026-03-20-x.md',
    'workplans/archived/CUST-WP-0024-x.md',
    'workplans/archived/261320-CUST-WP-0024-x.md',
  ])('warns of the file name %s', (path) => {
    expect(check(file(path, front()))).toEqual([
      expect.stringContaining(`C-02 WARN ${path}:- the file name does not follow the convention`),
    ]);
  });

  it.each(['STATE-HUB-WP-1-a.md', 'A1-WP-123456-A_b.c-d.md'])('accepts the file name %s', (name) => {
    const id = /^.*WP-\d+/.exec(name)?.[0] ?? '';
    expect(check(file(`workplans/${name}`, front({ id })))).toEqual([]);
  });

  it('fails an unsafe file with the reason', () => {
    const reason = `${PATH} is a pipe (FIFO), not a regular file.`;
    expect(check({ path: PATH, content: { state: 'rejected', reason } })).toEqual([
      `C-02 FAIL ${PATH}:- ${PATH} is a pipe (FIFO), not a regular file`,
    ]);
  });
});

describe('C-03', () => {
  const depends = (depends_on: string, ...others: ReturnType<typeof plan>[]) =>
    check(file(PATH, front({ depends_on })), ...others);

  it.each(['CUST-WP-0001', '[CUST-WP-0001]', 'CUST-WP-0001, CUST-WP-0024', '[]', '', '[CUST-WP-0001-T03]'])(
    'finds nothing where all that %o names is there',
    (value) => {
      expect(depends(value, plan('CUST-WP-0001'))).toEqual([]);
    },
  );

  it('warns of one with a prefix of this checkout that is not there, at its line', () => {
    expect(depends('[CUST-WP-0001, CUST-WP-0002]', plan('CUST-WP-0001'))).toEqual([
      `C-03 WARN ${PATH}:8 depends on CUST-WP-0002, which is not in this checkout`,
    ]);
  });

  it('informs of one with a prefix of another checkout, or with none', () => {
    expect(depends('[OTHER-WP-0001, the moon]')).toEqual([
      `C-03 INFO ${PATH}:8 depends on OTHER-WP-0001, which is not of this checkout`,
      `C-03 INFO ${PATH}:8 depends on the moon, which is not of this checkout`,
    ]);
  });

  it('finds an archived one, and one whose front matter is broken', () => {
    expect(
      depends(
        'CUST-WP-0001',
        file('workplans/archived/250101-CUST-WP-0001-x.md', front({ id: 'CUST-WP-0001' })),
      ),
    ).toEqual([]);
    expect(depends('CUST-WP-0001', file('workplans/CUST-WP-0001-x.md', ''))).not.toContainEqual(
      expect.stringContaining('C-03'),
    );
  });

  it.each(['{a: b}', '[[a]]', '[null]'])('fails depends_on: %s, which is no list of ids', (value) => {
    expect(depends(value)).toEqual([`C-03 FAIL ${PATH}:8 \`depends_on\` is neither an id nor a list of ids`]);
  });
});

describe('C-06', () => {
  it('warns of a workplan without state_hub_workstream_id', () => {
    const message = `C-06 WARN ${PATH}:1 there is no \`state_hub_workstream_id\``;
    expect(one(front({ state_hub_workstream_id: null }))).toEqual([message]);
    expect(one(front({ state_hub_workstream_id: 'null' }))).toEqual([message]);
  });
});

describe('C-10', () => {
  it('fails a task block that does not parse, with the line of the fault', () => {
    expect(one(`${front()}\n\`\`\`task\nid: [\n\`\`\`\n`)).toEqual([
      expect.stringMatching(/^C-10 FAIL \S+:1[12] the task block cannot be read: /),
    ]);
    expect(one(`${front()}\`\`\`task\n- a\n\`\`\`\n`)[0]).toContain('it is not a map');
    expect(one(`${front()}\`\`\`task\n\`\`\`\n`)[0]).toContain('the YAML is empty');
  });

  it('fails a task without an id, without a status, or with an unknown one', () => {
    expect(one(front() + task({ id: null }))).toEqual([`C-10 FAIL ${PATH}:9 the task has no \`id\``]);
    expect(one(front() + task({ status: null }))).toEqual([
      `C-10 FAIL ${PATH}:9 task ${ID}-T01 has no \`status\``,
    ]);
    expect(one(front() + task({ status: 'finished' }))[0]).toContain(
      `C-10 FAIL ${PATH}:9 task ${ID}-T01 has the status “finished”, which is none of`,
    );
  });

  it('ignores fences of other kinds, and tasks inside them', () => {
    expect(
      one(`${front()}\`\`\`\`md\n\`\`\`task\nnonsense: [\n\`\`\`\n\`\`\`\`\n\`\`\`tasks\n[\n\`\`\``),
    ).toEqual([]);
  });

  it('reads tasks where there is no front matter', () => {
    expect(besides(task({ status: 'x' }))).toContainEqual(expect.stringContaining(`C-10 FAIL ${PATH}:1`));
  });

  it('fails a workplan with more tasks than are read', () => {
    const tasks = Array.from({ length: MAX_TASKS + 1 }, (_, n) =>
      task({ id: `${ID}-T${n}`, status: 'done' }),
    );
    expect(one(front() + tasks.join(''))).toEqual([`C-10 FAIL ${PATH}:- ${TOO_MANY}`]);
    expect(one(front({ status: 'done' }) + tasks.slice(1).join(''))).toEqual([]);
  });

  it('fails what comes after more YAML than is read in all workplans together', () => {
    const large = task({ note: `x${'y'.repeat(15_000)}` });
    const count = Math.floor(MAX_YAML_IN_ALL / 15_200);
    const first = file(`workplans/A-WP-1-x.md`, front({ id: 'A-WP-1' }) + large.repeat(count));
    const plans = [first, plan('B-WP-2'), plan('C-WP-3')];
    const cut = (...files: Parameters<typeof check>) =>
      check(...files).filter((line) => !line.includes('C-14') && !line.includes('C-13'));
    expect(cut(...plans)).toEqual([]);
    const fuller = file('workplans/A-WP-1-x.md', front({ id: 'A-WP-1' }) + large.repeat(count + 2));
    const notRead =
      'the front matter cannot be read: there is more YAML in all workplans together than is read';
    expect(cut(fuller, ...plans.slice(1))).toEqual([
      `C-10 FAIL workplans/A-WP-1-x.md:- ${TOO_MANY}`,
      `C-10 FAIL workplans/B-WP-2-x.md:- ${TOO_MANY}`,
      `C-02 FAIL workplans/B-WP-2-x.md:2 ${notRead}`,
      `C-10 FAIL workplans/C-WP-3-x.md:- ${TOO_MANY}`,
      `C-02 FAIL workplans/C-WP-3-x.md:2 ${notRead}`,
    ]);
  });
});
const TOO_MANY = 'there are more task blocks than are read, here or in all workplans together';

describe('C-11', () => {
  it('warns of a task without state_hub_task_id', () => {
    expect(one(front() + task({ state_hub_task_id: null }))).toEqual([
      `C-11 WARN ${PATH}:9 task ${ID}-T01 has no \`state_hub_task_id\``,
    ]);
  });
});

describe('C-13', () => {
  const closed =
    task({ status: 'done' }) + task({ id: 'T2', status: 'cancel' }) + task({ id: 'T3', status: 'cancelled' });

  it('warns of an active workplan whose tasks are all done or cancelled', () => {
    expect(one(front() + closed)).toEqual([
      `C-13 WARN ${PATH}:6 all tasks are done or cancelled, but the workplan is still active`,
    ]);
  });

  it('finds nothing where a task is open, where there is none, or where the workplan is not active', () => {
    expect(one(front() + closed + task({ id: 'T4', status: 'wait' }))).toEqual([]);
    expect(one(front())).toEqual([]);
    expect(one(front({ status: 'finished' }) + closed)).toEqual([]);
  });
});

describe('C-14', () => {
  it('fails the second of two workplans with one id', () => {
    const archived = `workplans/archived/260320-${ID}-old.md`;
    expect(check(file(archived, front()), file(PATH, front()))).toEqual([
      `C-14 INFO ${PATH}:2 the workplan id ${ID} is here first`,
      `C-14 FAIL ${archived}:2 the workplan id ${ID} is also that of another workplan`,
    ]);
  });

  it('fails the second of two tasks of a workplan with one id, and not one of another workplan', () => {
    expect(one(front() + task() + task())).toEqual([
      `C-14 FAIL ${PATH}:15 the task id ${ID}-T01 stands above already`,
    ]);
    const other = file('workplans/CUST-WP-0025-x.md', front({ id: 'CUST-WP-0025' }) + task());
    expect(check(file(PATH, front() + task()), other)).toEqual([]);
  });

  it('finds nothing where a task and a workplan have one id', () => {
    expect(one(front() + task({ id: ID }))).toEqual([]);
  });
});

describe('when one of many faults is corrected, then no other finding changes:', () => {
  const lines = (many: number, text: (n: number) => string) =>
    Array.from({ length: many }, (_, n) => text(n));
  const withId = (name: string) => file(`workplans/${name}.md`, front());
  const prints = (files: WorkplanFile[]) =>
    fingerprintFindings(checkWorkplans(files).filter(({ severity }) => severity !== 'INFO')).map(
      ({ fingerprint }) => fingerprint,
    );
  const placeholders = lines(60, (n) => `${PLACEHOLDER_MARK} ${n}\n`);
  const names = lines(60, (n) => `CUST-WP-9${n}`);

  it.each([
    [
      'placeholders',
      placeholders.map((_, at) => [file(PATH, front() + placeholders.toSpliced(at, 1).join(''))]),
      [file(PATH, front() + placeholders.join(''))],
    ],
    [
      'targets of depends_on',
      names.map((_, at) => [file(PATH, front({ depends_on: `[${names.toSpliced(at, 1)}]` }))]),
      [file(PATH, front({ depends_on: `[${names}]` }))],
    ],
    [
      'workplans with one id',
      ['a', 'b', 'c'].map((_, at) => ['a', 'b', 'c'].toSpliced(at, 1).map(withId)),
      ['a', 'b', 'c'].map(withId),
    ],
  ])('%s', (_, corrected, all) => {
    const before = new Set(prints(all));
    // The first of some that share an id has no fault of its own: the second becomes the first.
    for (const files of corrected) expect(prints(files).filter((print) => !before.has(print))).toEqual([]);
  });
});

describe('the findings', () => {
  const faulty = [
    file('workplans/b.md', ''),
    file(PATH, front({ status: 'x', type: 'y', depends_on: 'CUST-WP-0099' }) + task({ status: null })),
    file('workplans/a.md', '---\n---'),
  ];

  it('come in the order of file and line, whatever the order of the files', () => {
    const findings = checkWorkplans(faulty);
    expect(checkWorkplans(faulty.toReversed())).toEqual(findings);
    expect(findings.map(({ file: path, line }) => `${path}:${line}`)).toEqual([
      `${PATH}:3`,
      `${PATH}:6`,
      `${PATH}:8`,
      `${PATH}:10`,
      'workplans/a.md:2',
      'workplans/b.md:1',
    ]);
  });

  it('are clean and bounded, whatever a file holds', () => {
    const evil = `"\\u001b[31m\\u202e${'x'.repeat(3_000)}"`;
    const text =
      front({ id: evil, status: evil, type: evil, depends_on: `[${evil}]` }) +
      task({ id: evil, status: evil });
    for (const { message, file: path } of checkWorkplans([
      file(`workplans/\u001b[31m${'y'.repeat(900)}.md`, text),
    ])) {
      expect(message.length).toBeLessThanOrEqual(500);
      expect(`${message}${path}`).not.toMatch(/[\u0000-\u001f\u202e]/);
    }
  });

  it('are at most a thousand, the severest, and the last counts the rest', () => {
    const tasks = Array.from({ length: 999 }, (_, n) => task({ id: `T${n}`, state_hub_task_id: null })).join(
      '',
    );
    const files = [
      file(PATH, front({ status: 'ready', type: 'epic' }) + tasks),
      file('workplans/CUST-WP-0025-x.md', front({ id: 'CUST-WP-0025' }) + tasks),
      file('workplans/z.md', ''),
    ];
    const findings = checkWorkplans(files);
    expect(findings).toHaveLength(MAX_FINDINGS);
    expect(findings.filter(({ severity }) => severity === 'FAIL')).toHaveLength(2);
    expect(findings.at(-1)?.message).toMatch(/^\d+ more findings are not listed: \d+ WARN$/);
    expect(exitCodeOf(findings)).toBe(1);
  });
});

describe('exitCodeOf', () => {
  it.each([
    [[], 0],
    [['INFO'], 0],
    [['INFO', 'WARN'], 2],
    [['WARN', 'FAIL', 'INFO'], 1],
  ] as const)("is for %o the contract's %i", (severities, code) => {
    expect(exitCodeOf(severities.map((severity) => ({ check: 'C-02', severity, message: 'x' })))).toBe(code);
  });
});

describe('C-15', () => {
  const MARK = PLACEHOLDER_MARK;

  it('warns of each placeholder, with its line, and of nothing else', () => {
    expect(one(`${front()}\n${MARK} the aim\n\n${task()}\n- ${MARK} the step\n`)).toEqual([
      `C-15 WARN ${PATH}:10 a placeholder is still to be filled in: the aim`,
      `C-15 WARN ${PATH}:19 a placeholder is still to be filled in: the step`,
    ]);
  });

  it('when a placeholder stands for a value, then that is missing too', () => {
    expect(one(front({ title: null }).replace('domain:', `# ${MARK} a title\ndomain:`))).toEqual([
      `C-02 FAIL ${PATH}:1 the front matter has no \`title\`, or it is not a text`,
      `C-15 WARN ${PATH}:4 a placeholder is still to be filled in: a title`,
    ]);
  });

  it('is only named in a proposed workplan, so that to propose one makes no clean checkout unclean', () => {
    expect(one(`${front({ status: 'proposed' })}${MARK} x\n`)).toEqual([
      `C-15 INFO ${PATH}:9 a placeholder is still to be filled in: x`,
    ]);
  });

  it('when there are more than are read, then they are counted, by the severity that they have', () => {
    const many = `${MARK} x\n`.repeat(20_000);
    const found = (status: string) => one(`${front({ status })}${many}`).at(-1);
    expect(found('active')).toBe('C-15 WARN undefined:- 19001 more findings are not listed: 19001 WARN');
    expect(found('proposed')).toBe('C-15 INFO undefined:- 19001 more findings are not listed: 19001 INFO');
    const files = [
      file(PATH, `${front({ status: 'proposed' })}${many}`),
      file('workplans/CUST-WP-0025-x.md', `${front({ id: 'CUST-WP-0025' })}${MARK} y\n`),
    ];
    expect(exitCodeOf(checkWorkplans(files))).toBe(2);
  });

  it('does not read a README', () => {
    expect(check(file('workplans/README.md', `${MARK} x`))).toEqual([]);
  });
});
