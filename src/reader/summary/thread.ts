/** The thread that keeps the fleet's summary ready, so that building it never holds up an answer. */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../platform/clock.js';
import { closeSql, HTTP_LIMITS, openSql } from '../../platform/postgres/sql.js';
import { FleetBodies, zipBody } from './bodies.js';
import { FollowFleet } from './follow.js';
import type { FleetAsk, FleetNews, FleetSettings } from './messages.js';
import { Notices } from './notices.js';
import { countFleet } from './statistics.js';

if (parentPort === null) throw new Error('This file is the code of a thread; nothing else runs it.');
const port = parentPort;
const settings = workerData as FleetSettings;
const notices = new Notices(systemClock);
const bodies = new FleetBodies();
const sql = openSql({
  ...{ url: settings.databaseUrl, schema: settings.schema, purpose: 'fleet', ...HTTP_LIMITS },
  // What is listened to is of a connection: there is no other one.
  connections: 1,
  onNotify: (_, payload) => notices.add(payload),
  onClose: () => notices.lose(),
});

const tell = (news: FleetNews, moved: readonly Uint8Array[] = []) =>
  port.postMessage(
    news,
    moved.map(({ buffer }) => buffer as ArrayBuffer),
  );
const following = new FollowFleet({ sql, notices }, settings, {
  onSight: ({ entries, verifiedAt }) => {
    const body = bodies.show(entries);
    if (body === undefined) return tell({ kind: 'confirmed', verifiedAt });
    // What is handed over is gone from here, and copying it there would hold up answers.
    const copy = body.bytes.slice();
    const statistics = countFleet(entries.map(({ entry }) => entry));
    tell({ kind: 'body', body: { ...body, bytes: copy }, verifiedAt, statistics }, [copy]);
    const bytes = zipBody(body);
    tell({ kind: 'zipped', bytes }, [bytes]);
  },
  onAway: ({ code, message, remedy }) => tell({ kind: 'away', code, message, remedy }),
});

port.on('message', (ask: FleetAsk) => {
  if (ask === 'close') return following.close();
  const body = bodies.make(ask.query);
  tell({ kind: 'answer', ask: ask.ask, body }, [body.bytes]);
});

await following.run();
await closeSql(sql);
port.close();
