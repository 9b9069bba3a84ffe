/** The schema of a fenced `task` block of a workplan. */
import * as z from 'zod/mini';
import { describe, scalar, word } from './terms.js';

export const TASK_STATUSES: readonly string[] = [
  'wait',
  'todo',
  'progress',
  'done',
  'cancel',
  // Accepted because older files have them.
  'in_progress',
  'blocked',
  'cancelled',
];

export const taskSchema = describe(
  z.object({
    id: describe(scalar(), 'The id of the task, once in its workplan.'),
    status: describe(
      word(TASK_STATUSES),
      'How far the task is. Older files have `in_progress`, `blocked` and `cancelled`.',
    ),
    state_hub_task_id: describe(
      scalar(),
      'The id of the task in the State Hub; `none` where there is no hub.',
    ),
    priority: describe(z.optional(z.unknown()), 'How urgent the task is; no criterion reads it.'),
  }),
  'A fenced block of the kind `task` in a workplan, which C7 and C13 read. Other keys are ignored.',
  'Task block',
);
