/** Parses tpsc.yaml, the catalogue of third-party services. */
import { asMap, field, parseYaml } from './yaml.js';

export const SERVICE_AUTHS = ['api_key', 'oauth', 'cli', 'none', 'unknown'] as const;

export type ServicesResult =
  | { readonly ok: true; readonly count: number }
  /** `line` is known only if the YAML itself is invalid. */
  | { readonly ok: false; readonly reason: string; readonly line?: number };

/** Whether a text is a valid catalogue: `services:` with a list, which may be empty; if not, its first fault. */
export function readServices(text: string): ServicesResult {
  const parsed = parseYaml(text);
  if (!parsed.ok) return { ok: false, reason: parsed.reason, line: parsed.line };
  const map = asMap(parsed.value);
  if (map === undefined) return { ok: false, reason: 'it is not a map with the key `services`' };
  const services = field(map, 'services');
  if (services === undefined) return { ok: false, reason: 'the key `services` is missing' };
  if (!Array.isArray(services))
    return { ok: false, reason: '`services` is not a list (write `services: []` for none)' };
  for (const [index, service] of services.entries()) {
    const problem = serviceProblem(service);
    if (problem !== undefined) return { ok: false, reason: `service ${index + 1}${problem}` };
  }
  return { ok: true, count: services.length };
}

function serviceProblem(service: unknown): string | undefined {
  const map = asMap(service);
  if (map === undefined) return ' is not a map of keys to values';
  const slug = field(map, 'slug');
  if (!isText(slug)) return ' has no `slug`, or it is not a text';
  const name = ` (${slug.slice(0, 60)})`;
  if (!isText(field(map, 'purpose'))) return `${name} has no \`purpose\`, or it is not a text`;
  const auth = field(map, 'auth');
  if (!SERVICE_AUTHS.some((known) => known === auth))
    return `${name} has an \`auth\` that is none of ${SERVICE_AUTHS.join(', ')}`;
  const wrong = ['endpoint', 'notes'].find((key) => typeof (field(map, key) ?? '') !== 'string');
  return wrong === undefined ? undefined : `${name} has \`${wrong}\` that is not a text`;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}
