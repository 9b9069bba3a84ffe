/** The schema of a fenced `capability` block of SCOPE.md. */
import * as z from 'zod/mini';
import { describe, nonEmptyText } from './terms.js';

export const CAPABILITY_TYPES = [
  'infrastructure',
  'api',
  'data',
  'security',
  'documentation',
  'other',
] as const;

// The first fault is reported, in the order of the keys.
export const capabilitySchema = describe(
  z.object({
    type: describe(z.enum(CAPABILITY_TYPES), 'The kind of the capability.'),
    title: describe(nonEmptyText(), 'The name of the capability.'),
    description: describe(z.optional(z.nullable(z.string())), 'What it offers, in a sentence.'),
    keywords: describe(z.optional(z.nullable(z.array(z.string()))), 'Words by which people search for it.'),
  }),
  'A fenced block of the kind `capability` in SCOPE.md, which C5 and C11 read. Other keys are ignored.',
  'Capability block',
);
