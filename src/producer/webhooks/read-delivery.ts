/** Reads the push of a proven delivery: as few fields as possible; a field of an unexpected form is no error. */
import { z } from 'zod';
import { DoiError } from '../../domain/errors.js';
import { isObjectId } from '../../domain/object-id.js';
import { cleanText } from '../../domain/text.js';
import type { WebhookProvider } from '../../platform/settings/webhook-secrets.js';
import { PROVIDERS } from './provider.js';

/** What was pushed to branches. It only makes the worker probe the repositories with these remotes. */
export interface Push {
  readonly kind: 'push';
  /** At least one, each branch once: the event of a system hook names all branches that one push moved. */
  readonly branches: readonly PushedBranch[];
  /** The URLs that the pushed repository is said to have. */
  readonly remotes: readonly string[];
}

export interface PushedBranch {
  readonly branch: string;
  /** The commit, in lower-case hexadecimal; null where the branch was deleted. */
  readonly head: string | null;
  /** Whether it is the default branch of the repository. Where a provider does not name that, every branch counts as it. */
  readonly isDefault: boolean;
}

export interface Ignored {
  readonly kind: 'ignored';
  readonly why: string;
}

/** The longest branch name: git stores refs as files. */
const MAX_BRANCH = 255;
const HEADS = 'refs/heads/';

// A field of another type than expected counts as missing.
const text = z.string().optional().catch(undefined);
const flag = z.boolean().optional().catch(undefined);
const place = <Shape extends z.ZodRawShape>(shape: Shape) => z.object(shape).optional().catch(undefined);
const payloadSchema = z
  .object({
    ...{ ref: text, after: text, deleted: flag },
    repository: place({
      default_branch: text,
      ...{ clone_url: text, ssh_url: text, html_url: text, git_url: text },
    }),
    project: place({ default_branch: text, git_http_url: text, git_ssh_url: text, web_url: text }),
    ...{ event_name: text, object_kind: text },
    changes: z
      .array(z.object({ ref: text, after: text }).catch({}))
      .optional()
      .catch(undefined),
  })
  .catch({});
type Payload = z.infer<typeof payloadSchema>;

/**
 * Reads a delivery.
 * @throws {DoiError} `bad_request` where the body is no JSON
 */
export function readDelivery(provider: WebhookProvider, event: string, body: Buffer): Push | Ignored {
  const payload = payloadSchema.parse(parseJson(body));
  if (event === 'ping') return ignore('It is a ping: the webhook is set up.');
  if (provider === 'gitlab' && event === 'System Hook') return readSystemHook(payload);
  if (event !== PROVIDERS[provider].pushEvent)
    return ignore(`The event is "${event}", and only pushes count.`);
  return readPush([payload], provider === 'gitlab' ? readProject(payload) : readRepository(payload));
}

/** A hook of a whole GitLab instance names its event in the body, and has another event for all refs that a push changed. */
function readSystemHook(payload: Payload): Push | Ignored {
  const event = payload.event_name ?? payload.object_kind ?? '';
  const project = readProject(payload);
  if (event === 'push') return readPush([payload], project);
  if (event === 'repository_update') return readPush(payload.changes ?? [], project);
  const shown = /^\w{1,60}$/.test(event)
    ? `The event of the system hook is "${event}"`
    : 'The event has no name';
  return ignore(`${shown}, and only pushes count.`);
}

interface Place {
  readonly defaultBranch: string | undefined;
  readonly remotes: readonly string[];
}

function readRepository({ repository: it }: Payload): Place {
  const remotes = [it?.clone_url, it?.ssh_url, it?.html_url, it?.git_url];
  return { defaultBranch: it?.default_branch, remotes: remotes.filter((remote) => remote !== undefined) };
}

function readProject({ project: it }: Payload): Place {
  const remotes = [it?.git_http_url, it?.git_ssh_url, it?.web_url];
  return { defaultBranch: it?.default_branch, remotes: remotes.filter((remote) => remote !== undefined) };
}

type Change = Pick<Payload, 'ref' | 'after' | 'deleted'>;

/** Reads the branches that were moved; where none was, the reason is that of the first change. */
function readPush(changes: readonly Change[], { defaultBranch, remotes }: Place): Push | Ignored {
  const read = (changes.length === 0 ? [{}] : changes).map((change) => readChange(change, defaultBranch));
  const branches = read.filter((one) => 'branch' in one);
  const [first] = read;
  if (branches.length === 0 && first !== undefined && 'why' in first) return first;
  if (remotes.length === 0) return ignore('The push names no repository.');
  const distinct = new Map(branches.map((one) => [one.branch, one]));
  return { kind: 'push', branches: [...distinct.values()], remotes };
}

function readChange({ ref = '', after = '', deleted }: Change, defaultBranch: string | undefined) {
  if (ref.startsWith('refs/tags/')) return ignore('A tag was pushed, and only branches count.');
  const branch = ref.startsWith(HEADS) ? cleanText(ref.slice(HEADS.length), MAX_BRANCH) : '';
  if (branch === '') return ignore('No branch was pushed.');
  const isDefault = !defaultBranch || ref === HEADS + defaultBranch;
  if (deleted === true || /^0+$/.test(after)) return { branch, head: null, isDefault };
  if (!isObjectId(after.toLowerCase())) return ignore('The push names no commit.');
  return { branch, head: after.toLowerCase(), isDefault };
}

function ignore(why: string): Ignored {
  return { kind: 'ignored', why };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    const remedy = 'Set the content type of the webhook to application/json.';
    throw new DoiError('bad_request', 'The body of the delivery is not JSON.', remedy, { cause });
  }
}
