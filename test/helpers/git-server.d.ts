/** Types of git-server.js, which benchmarks run too, as it is. */

/** What the server does to a request; `after`: how many bytes of the body come before that. */
export type Fault =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> }
  | { readonly hangs: true; readonly after?: number }
  | { readonly floods: true; readonly after?: number }
  | { readonly breaks: true; readonly after?: number };

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
}

export interface GitServer {
  readonly port: number;
  readonly requests: SeenRequest[];
  /** Decides the fault of a request; undefined for none. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** The password that is asked for, with any user. */
  password: string | undefined;
  readonly url: (name: string) => string;
  readonly close: () => Promise<void>;
}

/** `dumb`: the server answers as one of plain files does. */
export function startGitServer(
  root: string,
  options?: { readonly filters?: boolean; readonly dumb?: boolean },
): Promise<GitServer>;
