/** What is shown where there is nothing to show yet: loading, no repositories, and a token that is needed. */
import type { Connection } from '../state/connection.js';
import { TokenForm } from './token-form.js';

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
      <p>It is asked again by itself.</p>
    </main>
  );
}

export function Empty() {
  return (
    <main class="alone">
      <h2>No repositories yet</h2>
      <p>Register a checkout, and it is judged within seconds:</p>
      <pre>
        <code>doi register PATH</code>
      </pre>
      <p>
        or all checkouts below a folder: <code>npm start -- FOLDER</code>. They appear here by themselves.
      </p>
    </main>
  );
}

export function NeedsToken({ onToken, wasWrong }: { onToken: (token: string) => void; wasWrong: boolean }) {
  return (
    <main class="alone">
      <h2>A token is needed to read</h2>
      <p>
        It is the value of <code>DOI_READ_TOKEN</code>. It stays in this page's memory and is gone when you
        close it.
      </p>
      {wasWrong && (
        <p class="wrong" role="alert">
          The service did not take that token.
        </p>
      )}
      <TokenForm id="read-token" action="Show the repositories" onToken={onToken} />
    </main>
  );
}
