import { describe, expect, it } from 'vitest';
import { asMap, field, MAX_YAML_BYTES, parseYaml } from '../../../../src/criteria/parse/yaml.js';

const refused = (text: string, firstLine?: number) => {
  const result = parseYaml(text, firstLine);
  if (result.ok) throw new Error(`was accepted: ${JSON.stringify(result.value)}`);
  return result;
};

describe('parseYaml', () => {
  it('parses the core schema: dates and merge keys stay texts', () => {
    expect(parseYaml('a: 1\nb: true\nc: 2026-03-01\nd: null\ne: yes\n"<<": x\n')).toEqual({
      ok: true,
      value: { a: 1, b: true, c: '2026-03-01', d: null, e: 'yes', '<<': 'x' },
    });
  });

  it.each([
    [
      'a closing bracket at the beginning of its line',
      'services: [\n  {slug: a},\n]\n',
      { services: [{ slug: 'a' }] },
    ],
    ['a closing brace at the beginning of its line', 'a: {\n  b: 1\n}\nc: 2\n', { a: { b: 1 }, c: 2 }],
    ['one in a nested list', 'a:\n  b: [\n    x,\n  ]\n', { a: { b: ['x'] } }],
    ['a tab before a flow list', 'services:\t[]\n', { services: [] }],
  ])('reads %s, as other parsers do', (_what, text, value) => {
    expect(parseYaml(text)).toEqual({ ok: true, value });
  });

  it.each([
    ['title: Foo: bar', 'the value holds a colon and a space: put it in quotation marks'],
    ['title: @foo', /put the whole value in quotation marks, since it starts with @$/],
    ['title: [WIP] foo', /put the whole value in quotation marks, since it starts with \[$/],
    ["title: 'it's'", /put the whole value in quotation marks/],
    ['x:\n\t- a', /indent with spaces$/],
  ])('says of %o what to type', (text, reason) => {
    expect(refused(text).reason).toMatch(reason);
  });

  it('accepts as many bytes as the limit and not one more', () => {
    const fits = `a: ${'é'.repeat((MAX_YAML_BYTES - 4) / 2)}x`;
    expect(Buffer.byteLength(fits)).toBe(MAX_YAML_BYTES);
    expect(parseYaml(fits).ok).toBe(true);
    expect(refused(`${fits}x`).reason).toBe('the YAML is larger than 16384 bytes');
  });

  it.each([
    ['flow lists', (depth: number) => '['.repeat(depth) + ']'.repeat(depth)],
    ['flow maps', (depth: number) => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`],
    [
      'pairs in flow lists',
      (depth: number) => `${'[a: '.repeat(depth / 2)}${depth % 2 ? '[]' : 'x'}${']'.repeat(depth / 2)}`,
    ],
    ['block lists', (depth: number) => `${'- '.repeat(depth)}x`],
    [
      'block maps',
      (depth: number) => Array.from({ length: depth }, (_, level) => `${' '.repeat(level)}a:`).join('\n'),
    ],
  ])('accepts %s nested 20 deep and not 21', (_, nested) => {
    expect(parseYaml(nested(20)).ok).toBe(true);
    expect(refused(nested(21)).reason).toBe('the YAML is nested deeper than 20 levels');
  });

  it('refuses aliases, but not an anchor without an alias', () => {
    expect(parseYaml('a: &x 1').ok).toBe(true);
    expect(refused('a: &x 1\nb: *x')).toMatchObject({
      reason: expect.stringMatching(/^YAML aliases are not accepted/),
      line: 2,
    });
  });

  it('refuses a billion laughs at once', () => {
    const laughs = Array.from({ length: 9 }, (_, n) => `a${n + 1}: &a${n + 1} [${`*a${n},`.repeat(9)}]`);
    const start = performance.now();
    refused(`a0: &a0 [lol]\n${laughs.join('\n')}`);
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('refuses duplicate keys, with the line', () => {
    expect(refused('a: 1\nb: 2\na: 3')).toMatchObject({ reason: 'duplicated mapping key', line: 3 });
  });

  it.each(['', ' \n\n', '# only a comment\n'])('refuses the empty document %o', (text) => {
    expect(refused(text).reason).toContain('empty');
  });

  it.each([
    'a: [1',
    'a: "x',
    '\ta: 1',
    'a: 1\n---\nb: 2',
    '!!js/function x',
    'a: !!binary x',
    '? [a]\n: b',
    'a: \u0000',
    '%YAML 9',
  ])('refuses %o with a reason', (text) => {
    expect(refused(text).reason).not.toBe('');
  });

  it('counts lines from the given number of the first one', () => {
    expect(refused('a: 1\na: 2', 41).line).toBe(42);
    expect(refused('', 41).line).toBe(41);
  });

  it('makes a plain key of __proto__, which changes no object', () => {
    const result = parseYaml('__proto__: {polluted: true}');
    const map = result.ok ? asMap(result.value) : undefined;
    expect(map && field(map, '__proto__')).toEqual({ polluted: true });
    expect(map && field(map, 'polluted')).toBeUndefined();
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('asMap and field', () => {
  it('take only maps, and only what is in the file', () => {
    expect(asMap([])).toBeUndefined();
    expect(asMap(null)).toBeUndefined();
    expect(asMap('x')).toBeUndefined();
    expect(field({ a: 1 }, 'a')).toBe(1);
    expect(field({ a: 1 }, 'constructor')).toBeUndefined();
  });
});
