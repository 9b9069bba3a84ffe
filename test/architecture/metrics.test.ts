import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { isMetricName, METRICS, metricOf } from '../../src/platform/metrics/catalogue.js';
import { packageRoot } from '../../src/platform/process/package-root.js';

const read = (file: string) => readFileSync(join(packageRoot, file), 'utf8');

describe('the table of metrics in docs/api.md', () => {
  it('has each metric with its type and its labels, and none beside', () => {
    const [, section = ''] = read('docs/api.md').split('### `GET /metrics`');
    const table = section.split('\n### ')[0] ?? '';
    const rows = [...table.matchAll(/^\| `(doi_\w+)` \| (\w+) \| ([^|]+) \| [^|]{2,} \|$/gm)];
    const shown = rows.map(([, name, type, labels = '']) => [
      name,
      type,
      [...labels.matchAll(/`(\w+)`/g)].map((match) => match[1]),
    ]);
    const listed = Object.keys(METRICS).map((name) => {
      const { type, labels } = metricOf(name as keyof typeof METRICS);
      return [name, type, labels];
    });
    expect(shown).toEqual(listed);
  });
});

const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string().min(1),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^Doi[A-Z]\w+$/),
          expr: z.string().min(1),
          for: z
            .string()
            .regex(/^\d+[smhd]$/)
            .optional(),
          labels: z.strictObject({ severity: z.enum(['critical', 'warning', 'info']) }),
          annotations: z.strictObject({ summary: z.string().min(1), action: z.string().min(1) }),
        }),
      ),
    }),
  ),
});

describe('docs/alerts.yml', () => {
  const { groups } = rulesSchema.parse(load(read('docs/alerts.yml')));
  const rules = groups.flatMap((group) => group.rules);

  it('has a name for each rule, used once', () => {
    const names = rules.map(({ alert }) => alert);
    expect(names.length).toBeGreaterThan(10);
    expect(new Set(names).size).toBe(names.length);
  });

  it.each(rules.map(({ alert, expr }) => [alert, expr] as const))(
    '%s uses only metrics and labels that exist',
    (_, expr) => {
      const series = [...expr.matchAll(/\b(doi_\w+)(?:\{([^}]*)\})?/g)];
      expect(series.length).toBeGreaterThan(0);
      const labels = new Set(['le', 'instance', 'job']);
      for (const [, text = '', matchers = ''] of series) {
        const name = text.replace(/_(?:bucket|sum|count)$/, (part) => (isMetricName(text) ? part : ''));
        if (!isMetricName(name)) throw new Error(`${text} is no metric`);
        // A part of a histogram is a series, the whole is none.
        expect(metricOf(name).type === 'histogram').toBe(name !== text);
        for (const label of metricOf(name).labels) labels.add(label);
        const matched = [...matchers.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map((match) => match[1] ?? '');
        expect(matched.filter((label) => !metricOf(name).labels.includes(label))).toEqual([]);
      }
      const grouped = [...expr.matchAll(/\b(?:by|without) \(([^)]*)\)/g)].flatMap(
        (match) => match[1]?.split(', ') ?? [],
      );
      expect(grouped.filter((label) => !labels.has(label))).toEqual([]);
    },
  );

  it('shows in its texts only labels that its rule leaves', () => {
    for (const { alert, expr, annotations } of rules) {
      const shown = [...annotations.summary.matchAll(/\$labels\.(\w+)/g)].map((match) => match[1] ?? '');
      const [, grouped] = /\bby \(([^)]*)\)/.exec(expr) ?? [];
      const [, name = ''] = /\b(doi_\w+)/.exec(expr) ?? [];
      const left = grouped?.split(', ') ?? ['instance', ...(isMetricName(name) ? metricOf(name).labels : [])];
      expect(
        shown.filter((label) => !left.includes(label)),
        alert,
      ).toEqual([]);
    }
  });
});
