/** The schema of tpsc.yaml, the catalogue of third-party services. */
import * as z from 'zod/mini';
import { describe, nonEmptyText } from './terms.js';

export const SERVICE_AUTHS = ['api_key', 'oauth', 'cli', 'none', 'unknown'] as const;

const optionalText = () => z.optional(z.nullable(z.string()));

// The first fault is reported, in the order of the keys.
const service = z.object({
  slug: describe(nonEmptyText(), 'The short name of the service.'),
  purpose: describe(nonEmptyText(), 'What the repository uses the service for.'),
  auth: describe(z.enum(SERVICE_AUTHS), 'How the repository proves to the service who it is.'),
  endpoint: describe(optionalText(), 'The address of the service.'),
  notes: describe(optionalText(), 'Anything else that readers must know.'),
});

export const tpscSchema = describe(
  z.object({
    services: describe(z.array(service), 'The services that the repository uses; `[]` where it uses none.'),
  }),
  'The third-party services that a repository uses, which C9 reads. Other keys are ignored.',
  'tpsc.yaml',
);
