/** What the page shows instead of repositories: that it loads, that there are none, or that it needs a token. */
import type { Connection } from '../state/connection.js';
import { KeptInTab, TokenForm } from './token-form.js';

export function Loading({ connection }: { connection: Connection }) {
  if (connection.failures === 0) {
    return (
      <main class="alone" aria-busy="true">
        <p>Loading the repositories…</p>
      </main>
    );
  }
  return (
    <main class="alone">
      <h2>
        {connection.state === 'offline' ? 'The service does not answer' : 'The service cannot answer now'}
      </h2>
      <p>{connection.why || 'Is the web process running, and can this browser reach it?'}</p>
      <p>This page keeps trying.</p>
    </main>
  );
}

export function Empty() {
  return (
    <main class="alone">
      <h2>No repositories yet</h2>
      <p>Register a checkout. A worker evaluates it within seconds:</p>
      <pre>
        <code>doi register PATH</code>
      </pre>
      <p>
        To register all checkouts below a folder, run <code>npm start -- FOLDER</code>. This page shows each
        repository as soon as it is registered.
      </p>
    </main>
  );
}

interface NeedsTokenProps {
  readonly onToken: (token: string) => void;
  /** Whether the service refused the last token. */
  readonly wasRefused: boolean;
}

export function NeedsToken({ onToken, wasRefused }: NeedsTokenProps) {
  return (
    <main class="alone">
      <h2>This service needs a token</h2>
      <p>
        Enter the value of <code>DOI_READ_TOKEN</code>; the operator of the service has it. <KeptInTab />
      </p>
      {wasRefused && (
        <p class="wrong" role="alert">
          The service refused this token.
        </p>
      )}
      <TokenForm id="read-token" action="Show the repositories" onToken={onToken} />
    </main>
  );
}
