/** Makes JSON Schemas of the very schemas that judge a repository's files; the build writes each to a file. */
import { z } from 'zod';
import { capabilitySchema } from './capability.js';
import { taskSchema } from './task.js';
import { tpscSchema } from './tpsc.js';
import { workplanSchema } from './workplan.js';

const SCHEMAS = {
  tpsc: tpscSchema,
  workplan: workplanSchema,
  task: taskSchema,
  capability: capabilitySchema,
} as const;

/** Each schema by its name, in draft 2020-12. They are the same at every address, so that an id is a URN. */
export function makeJsonSchemas(): Record<keyof typeof SCHEMAS, object> {
  const make = (name: keyof typeof SCHEMAS) => {
    // Of what is read: other keys are allowed, since the judge ignores them.
    const { $schema, ...rest } = z.toJSONSchema(SCHEMAS[name], { target: 'draft-2020-12', io: 'input' });
    return { $schema, $id: `urn:doi-worker:schemas:${name}`, ...rest };
  };
  return {
    tpsc: make('tpsc'),
    workplan: make('workplan'),
    task: make('task'),
    capability: make('capability'),
  };
}
