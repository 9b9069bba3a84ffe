/** Step 5 of the summary: the thread that runs steps 1 to 4, so that building bodies never delays an answer. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../platform/clock.js';
import { closeSql, HTTP_LIMITS, openSql } from '../../platform/postgres/sql.js';
import { SummaryBodies, zipBody } from './bodies.js';
import { SummaryFollower } from './follow.js';
import type { FromThread, ThreadOptions, ToThread } from './messages.js';
import { Notifications } from './notifications.js';
import { countEntries } from './statistics.js';

if (parentPort === null) throw new Error('This file is the code of a thread; nothing else runs it.');
const port = parentPort;
const options = workerData as ThreadOptions;
const notifications = new Notifications(systemClock);
const bodies = new SummaryBodies();
const sql = openSql({
  ...{ url: options.databaseUrl, schema: options.schema, purpose: 'summary', ...HTTP_LIMITS },
  // LISTEN belongs to one connection, so there is only one.
  connections: 1,
  plansAlways: true,
  onNotify: (_, payload) => notifications.add(payload),
  onClose: () => notifications.lose(),
});

const send = (message: FromThread, transferred: readonly Uint8Array[] = []) =>
  port.postMessage(
    message,
    transferred.map(({ buffer }) => buffer as ArrayBuffer),
  );
const follower = new SummaryFollower({ sql, notifications }, options, {
  onState: ({ entries, verifiedAt }) => {
    const body = bodies.update(entries);
    if (body === undefined) return send({ kind: 'confirmed', verifiedAt });
    // A copy is sent: a transferred buffer is gone from this thread, which still has to zip it. Copying in the web process
    // instead would delay answers.
    const copy = body.bytes.slice();
    const statistics = countEntries(entries.map(({ entry }) => entry));
    send({ kind: 'body', body: { ...body, bytes: copy }, verifiedAt, statistics }, [copy]);
    const bytes = zipBody(body);
    send({ kind: 'zipped', bytes }, [bytes]);
  },
  onUnavailable: ({ code, message, remedy }) => send({ kind: 'unavailable', code, message, remedy }),
});

port.on('message', (message: ToThread) => {
  if (message === 'close') return follower.close();
  const body = bodies.make(message.query);
  send({ kind: 'made', id: message.id, body }, [body.bytes]);
});

await follower.run();
await closeSql(sql);
port.close();
