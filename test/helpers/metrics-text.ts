/** Reads the text form of metrics strictly, line by line, as Prometheus 0.0.4 has it. */

export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadMetric {
  readonly type: string;
  readonly help: string;
  readonly samples: ReadSample[];
}

const HELP = /^# HELP ([a-zA-Z_:][\w:]*) (\S.*)$/;
const TYPE = /^# TYPE ([a-zA-Z_:][\w:]*) (counter|gauge|histogram)$/;
const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\\n]|\\[\\"n])*)"(?:,|$)/y;

/** @throws where a line is not of the form, stands out of its order, or has a series twice */
export function readMetrics(text: string): Map<string, ReadMetric> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const metrics = new Map<string, ReadMetric>();
  const series = new Set<string>();
  let helped: readonly [name: string, help: string] | undefined;
  let current: readonly [name: string, metric: ReadMetric] | undefined;
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const help = HELP.exec(line);
    const type = TYPE.exec(line);
    if (help !== null) {
      helped = [help[1] ?? '', help[2] ?? ''];
    } else if (type !== null) {
      const name = type[1] ?? '';
      if (helped?.[0] !== name) throw new Error(`no HELP stands before: ${line}`);
      if (metrics.has(name)) throw new Error(`named twice: ${line}`);
      current = [name, { type: type[2] ?? '', help: helped[1], samples: [] }];
      metrics.set(...current);
    } else {
      const sample = readSample(line);
      if (current === undefined || !belongs(sample.name, current)) throw new Error(`no TYPE is of: ${line}`);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort()]);
      if (series.has(key)) throw new Error(`a series stands twice: ${line}`);
      series.add(key);
      current[1].samples.push(sample);
    }
  }
  return metrics;
}

/** The sum of the values of a series, over all that have these labels. */
export function sumOf(
  metrics: ReadonlyMap<string, ReadMetric>,
  series: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  const metric = metrics.get(series) ?? metrics.get(series.replace(/_(?:bucket|sum|count)$/, ''));
  const matching = (metric?.samples ?? []).filter(
    (sample) =>
      sample.name === series &&
      Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  );
  return matching.reduce((sum, { value }) => sum + value, 0);
}

function belongs(series: string, [name, { type }]: readonly [string, ReadMetric]): boolean {
  return type === 'histogram'
    ? [`${name}_bucket`, `${name}_sum`, `${name}_count`].includes(series)
    : series === name;
}

function readSample(line: string): ReadSample {
  const [, name = '', inside = '', value = ''] = SAMPLE.exec(line) ?? [];
  if (name === '') throw new Error(`not of the form: ${line}`);
  const labels: Record<string, string> = {};
  for (let at = 0; at < inside.length; at = LABEL.lastIndex) {
    LABEL.lastIndex = at;
    const label = LABEL.exec(inside);
    if (label === null) throw new Error(`labels are not of the form: ${line}`);
    if (label[1] === undefined || label[1] in labels) throw new Error(`a label stands twice: ${line}`);
    labels[label[1]] = label[2] ?? '';
  }
  return { name, labels, value: Number(value) };
}
