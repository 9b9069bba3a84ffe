// Offers pushes at a steady rate while no more than 200 wait for their answer, and says how many got which: a JSON of statuses.
import { createHmac } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

const { address, secret, slugs, rate, seconds } = JSON.parse(process.argv[2] ?? '');
const BURST_MS = 20;
const agent = new Agent({ keepAlive: true, maxSockets: 200 });
const statuses = {};

function push(n) {
  const url = `https://github.com/acme/${slugs[n % slugs.length]}.git`;
  const repository = { default_branch: 'main', clone_url: url, ssh_url: url, html_url: url };
  const after = n.toString(16).padStart(40, 'a');
  const body = JSON.stringify({ ref: 'refs/heads/main', after, deleted: false, repository });
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'x-github-event': 'push',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  };
  return new Promise((resolve, reject) => {
    const sent = request(`${address}/webhooks/github`, { agent, method: 'POST', headers }, (response) => {
      statuses[response.statusCode] = (statuses[response.statusCode] ?? 0) + 1;
      response.resume();
      response.once('end', resolve);
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

const began = performance.now();
const pushes = [];
while (pushes.length < rate * seconds) {
  const due = Math.min(rate * seconds, ((performance.now() - began) / 1000) * rate);
  while (pushes.length < due) pushes.push(push(pushes.length));
  await delay(BURST_MS);
}
console.log('offered');
await Promise.all(pushes);
console.log(JSON.stringify(statuses));
agent.destroy();
