/** The schema of a workplan's front matter. What other files and the file's name decide is code of the checker. */
import * as z from 'zod/mini';
import { describe, scalar, word } from './terms.js';

export const WORKPLAN_TYPES: readonly string[] = ['workplan', 'feature'];
export const WORKPLAN_STATUSES: readonly string[] = [
  'proposed',
  'ready',
  'active',
  'blocked',
  'backlog',
  'finished',
  'archived',
  // Accepted because older files have them.
  'todo',
  'completed',
  'done',
];

/** An entry of the list in `depends_on`. */
export const dependencySchema = scalar();

/** What `depends_on` may hold: nothing, one text with commas between ids, or a list of ids. */
export const dependsOnSchema = z.union([
  z.array(dependencySchema),
  // White space alone names no id, and is not the empty text that some editors leave.
  z.string().check(z.regex(/^$|\S/)),
  z.number(),
  z.boolean(),
  z.null(),
]);

export const workplanSchema = describe(
  z.object({
    id: describe(scalar(), '`<PREFIX>-WP-<number>` or `ADHOC-YYYY-MM-DD`, as in the name of the file.'),
    type: describe(word(WORKPLAN_TYPES), 'The kind of the workplan.'),
    title: describe(scalar(), 'What the workplan is about.'),
    domain: describe(scalar(), 'The domain that the workplan belongs to.'),
    status: describe(
      word(WORKPLAN_STATUSES),
      'How far the workplan is. Older files have `todo`, `completed` and `done`.',
    ),
    state_hub_workstream_id: describe(
      scalar(),
      'The id of the workplan in the State Hub; `none` where there is no hub.',
    ),
    depends_on: describe(
      z.optional(dependsOnSchema),
      'The ids of the workplans that must be finished before: a list, or one text with commas.',
    ),
  }),
  'The front matter of a Markdown file in workplans/, which C7 and C13 read. Other keys are ignored.',
  'Front matter of a workplan',
);
