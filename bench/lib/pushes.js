// Pushes as a provider reports them.
import { createHmac } from 'node:crypto';
import { request } from 'node:http';

export const SECRET = 'a secret of the benchmark';

/** Pushes to `repo-<n>`, which has that remote at acme's. */
export function push(agent, url, n) {
  const after = n.toString(16).padStart(40, '0').replace(/^0/, 'a');
  return deliver(agent, url, { remote: `https://github.com/acme/repo-${n}.git`, after });
}

/** A push to `main` of a remote, after which it is at that commit. */
export function deliver(agent, url, { remote, after }) {
  const repository = { default_branch: 'main', clone_url: remote, ssh_url: remote, html_url: remote };
  const body = JSON.stringify({ ref: 'refs/heads/main', after, deleted: false, repository });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
  };
  return send(agent, `${url}/webhooks/github`, 202, { method: 'POST', headers, body });
}

/** Sends an HTTP request, and waits for an answer of that status. */
export function send(agent, url, wanted, { body, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, ...options }, (response) => {
      response.resume();
      response.once('end', () => {
        if (response.statusCode === wanted) resolve();
        else reject(new Error(`${url} answered ${response.statusCode}.`));
      });
    });
    sent.once('error', reject);
    sent.end(body);
  });
}
