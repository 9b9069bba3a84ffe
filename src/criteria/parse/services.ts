/** Reads tpsc.yaml, the catalogue of third-party services, and names its first fault. */
import { firstFault, type Path } from './schemas/judge.js';
import { SERVICE_AUTHS, tpscSchema } from './schemas/tpsc.js';
import { asMap, field, parseYaml } from './yaml.js';

export { SERVICE_AUTHS };

export type ServicesResult =
  | { readonly ok: true; readonly count: number }
  /** `line` is known only where the YAML does not parse. */
  | { readonly ok: false; readonly reason: string; readonly line?: number };

/** Whether a text is a valid catalogue: a map with the list `services`, which may be empty. */
export function readServices(text: string): ServicesResult {
  const parsed = parseYaml(text);
  if (!parsed.ok) return { ok: false, reason: parsed.reason, line: parsed.line };
  const fault = firstFault(tpscSchema, parsed.value);
  if (fault !== undefined) return { ok: false, reason: describeFault(fault, parsed.value) };
  return { ok: true, count: servicesOf(parsed.value).length };
}

/** The sentence for the place at which a catalogue breaks the schema. */
function describeFault([top, index, key]: Path, value: unknown): string {
  const map = asMap(value);
  if (top === undefined || map === undefined) return 'it is not a map with the key `services`';
  if (index === undefined)
    return Object.hasOwn(map, 'services')
      ? '`services` is not a list (write `services: []` for none)'
      : 'the key `services` is missing';
  const service = asMap(servicesOf(map)[Number(index)]) ?? {};
  return `service ${Number(index) + 1}${describeServiceFault(key, service)}`;
}

function describeServiceFault(
  key: PropertyKey | undefined,
  service: Readonly<Record<string, unknown>>,
): string {
  if (key === undefined) return ' is not a map of keys to values';
  if (key === 'slug') return ' has no `slug`, or it is not a text';
  const name = ` (${String(field(service, 'slug')).slice(0, 60)})`;
  if (key === 'purpose') return `${name} has no \`purpose\`, or it is not a text`;
  if (key === 'auth') return `${name} has an \`auth\` that is none of ${SERVICE_AUTHS.join(', ')}`;
  return `${name} has \`${String(key)}\` that is not a text`;
}

function servicesOf(value: unknown): readonly unknown[] {
  const services = field(asMap(value) ?? {}, 'services');
  return Array.isArray(services) ? services : [];
}
