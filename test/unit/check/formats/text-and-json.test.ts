import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatJson } from '../../../../src/check/formats/json.js';
import { formatCheck } from '../../../../src/cli/format-check.js';
import { fillInPath } from '../../../../src/cli/local-command.js';
import { plain } from '../../../../src/cli/terminal.js';
import { hostileAnswer, sample, UNSAFE } from './answers.js';

describe('the text of a check', () => {
  it('is exactly this', async () => {
    await expect(formatCheck(sample(), plain)).toMatchFileSnapshot('expected/check.txt');
  });

  it('says of a tier that was required whether it is reached, is not, or is not known', () => {
    const known = { ...sample(), criteria: sample().criteria.slice(0, 3) };
    const last = (required: typeof known.required) =>
      formatCheck({ ...known, required }, plain)
        .trimEnd()
        .split('\n')
        .at(-1);
    const core = { tier: 'core', missing: [], not_judged: [], allow_unknown: false } as const;
    expect(last({ ...core, met: true })).toBe('Core is reached, as required.');
    expect(last({ ...core, met: false, missing: ['C4'] })).toBe(
      'Below core, which was required: C4 not met.',
    );
    const unknown = { ...core, met: null, not_judged: ['C1', 'C2'] } as const;
    expect(last(unknown)).toBe(
      'Whether core is reached is not known: C1 (--slug SLUG), C2 (--domain SLUG) not judged. Give the options, or --allow-unknown to accept it.',
    );
    expect(last({ ...unknown, allow_unknown: true })).toBe(
      'Whether core is reached is not known: C1 (--slug SLUG), C2 (--domain SLUG) not judged. Nothing that was judged is missing, and --allow-unknown accepts the rest.',
    );
  });

  it('has as many lines as it has verdicts and remedies, whatever the texts are', () => {
    fc.assert(
      fc.property(hostileAnswer, (answer) => {
        const text = formatCheck(answer, plain);
        expect(text).not.toMatch(UNSAFE);
        const remedies = answer.criteria.filter(
          ({ id, remedy }) => remedy !== null && !answer.not_judged.includes(id),
        );
        const lines = text.split('\n').filter((line) => line.startsWith(' ') && line.includes('→'));
        expect(lines).toHaveLength(remedies.length + (answer.not_judged.length > 0 ? 1 : 0));
        expect(text.match(/^[✔!✖–] C\d+ /gm)).toHaveLength(answer.criteria.length);
      }),
    );
  });
});

describe('the JSON of a check', () => {
  it('is exactly this', async () => {
    await expect(formatJson(sample())).toMatchFileSnapshot('expected/check.json.txt');
  });

  it('reads back as the answer, whatever the texts are', () => {
    fc.assert(
      fc.property(hostileAnswer, (answer) => {
        expect(formatJson(answer)).not.toMatch(UNSAFE);
        expect(JSON.parse(formatJson(answer))).toEqual(JSON.parse(JSON.stringify(answer)));
      }),
    );
  });
});

it('the commands of the text have the path of the checkout, and the last line says what starts doi', () => {
  const [verdict] = sample().criteria;
  if (verdict === undefined) throw new Error('The sample has no criterion.');
  const remedy = 'Write it: `doi init PATH`, then `doi check PATH`. PATH stays.';
  const fill = (path: string) => fillInPath([{ ...verdict, remedy }], path)[0]?.remedy;
  expect(fill("/srv/o'ne $&")).toBe(
    `Write it: \`doi init '/srv/o'\\''ne $&'\`, then \`doi check '/srv/o'\\''ne $&'\`. PATH stays.`,
  );
  expect(fill('/srv/a`b')).toBe(remedy);
  expect(formatCheck(sample(), plain, '/p/.bin/doi')).toMatch(
    /\nWhere it says "doi", type \/p\/\.bin\/doi here\.\n$/,
  );
  expect(formatCheck(sample(), plain)).not.toContain('Where it says');
});
