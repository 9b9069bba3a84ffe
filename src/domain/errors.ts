/** The error catalogue. Each code has a section in docs/errors.md, which a test compares with this list. */
import { hideSecrets } from './hide-secrets.js';

/**
 * What an error is a problem of. `repository`: the worker records it beside the repository's row and retries after longer
 * and longer delays. `host`: it never counts against a repository; the worker requeues the request, pauses and waits.
 * `caller`: bad input.
 */
export type ErrorKind = 'caller' | 'repository' | 'host';

interface ErrorEntry {
  readonly kind: ErrorKind;
  /** The status of an HTTP answer that carries this error. */
  readonly http: number;
}

export const ERRORS = {
  // What the caller can correct.
  bad_configuration: { kind: 'caller', http: 500 },
  bad_request: { kind: 'caller', http: 400 },
  unauthorized: { kind: 'caller', http: 401 },
  forbidden: { kind: 'caller', http: 403 },
  unknown_repository: { kind: 'caller', http: 404 },
  unknown_host: { kind: 'caller', http: 404 },
  host_alive: { kind: 'caller', http: 409 },
  no_sweep: { kind: 'caller', http: 404 },
  too_many_waiting: { kind: 'caller', http: 503 },
  unknown_route: { kind: 'caller', http: 404 },
  method_not_allowed: { kind: 'caller', http: 405 },
  not_a_folder: { kind: 'caller', http: 400 },
  not_a_repository: { kind: 'caller', http: 400 },
  no_repositories: { kind: 'caller', http: 400 },
  checkout_moved: { kind: 'caller', http: 409 },
  slug_taken: { kind: 'caller', http: 409 },
  bad_slug: { kind: 'caller', http: 400 },
  output_unwritable: { kind: 'caller', http: 500 },
  // What breaks for one repository.
  file_unreadable: { kind: 'repository', http: 500 },
  walk_timed_out: { kind: 'repository', http: 500 },
  probe_timed_out: { kind: 'repository', http: 500 },
  mount_missing: { kind: 'repository', http: 500 },
  checker_timed_out: { kind: 'repository', http: 500 },
  checker_crashed: { kind: 'repository', http: 500 },
  checker_flooded: { kind: 'repository', http: 500 },
  checker_output_invalid: { kind: 'repository', http: 500 },
  checker_contradicts_itself: { kind: 'repository', http: 500 },
  update_failed: { kind: 'repository', http: 500 },
  // What keeps the remote of a mirror, or the objects of a bare repository, from being read.
  remote_denied: { kind: 'repository', http: 500 },
  remote_gone: { kind: 'repository', http: 500 },
  remote_moved: { kind: 'repository', http: 500 },
  remote_limited: { kind: 'repository', http: 500 },
  remote_unreachable: { kind: 'repository', http: 500 },
  remote_too_large: { kind: 'repository', http: 500 },
  remote_failed: { kind: 'repository', http: 500 },
  branch_missing: { kind: 'repository', http: 500 },
  objects_unreadable: { kind: 'repository', http: 500 },
  worker_killed: { kind: 'repository', http: 500 },
  evaluation_broken: { kind: 'repository', http: 500 },
  // What breaks for every repository of a host.
  database_unavailable: { kind: 'host', http: 503 },
  redis_unavailable: { kind: 'host', http: 503 },
  schema_incompatible: { kind: 'host', http: 503 },
  host_exhausted: { kind: 'host', http: 503 },
  checker_missing: { kind: 'host', http: 503 },
  checker_broken: { kind: 'host', http: 503 },
  older_release: { kind: 'host', http: 503 },
  host_shared: { kind: 'host', http: 503 },
  services_missing: { kind: 'host', http: 503 },
  // What a client finds at the address of a server.
  server_unreachable: { kind: 'host', http: 503 },
  server_answer_invalid: { kind: 'host', http: 500 },
  internal: { kind: 'host', http: 500 },
} as const satisfies Record<string, ErrorEntry>;
export type ErrorCode = keyof typeof ERRORS;

/**
 * An error with what was found, where, and what to do about it. Secrets in what it quotes, such as a program's output or an
 * address, are removed.
 */
export class DoiError extends Error {
  override readonly name = 'DoiError';
  readonly code: ErrorCode;
  /** What to do about it, as a sentence. */
  readonly remedy: string;

  constructor(code: ErrorCode, found: string, remedy: string, options?: ErrorOptions) {
    super(hideSecrets(found), options);
    this.code = code;
    this.remedy = remedy;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }

  get http(): number {
    return ERRORS[this.code].http;
  }
}

/** Whether an error is a host problem, and so says nothing about the repository at hand. */
export function isHostProblem(error: unknown): error is DoiError {
  return error instanceof DoiError && error.kind === 'host';
}
