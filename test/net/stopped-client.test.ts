/** A client that did not run for a while: stopped by SIGSTOP, or on a host that slept. */
import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { SessionConnection } from '../../src/run/client/connect/session-connection.ts';
import { hmacSha256 } from '../../src/run/hmac.ts';
import { plainOctets } from '../support/control-frames.ts';
import { CLIENT_ID } from '../support/control-messages.ts';
import { MS, measure, withServer } from './harness.ts';
import { openHostileServer } from './hostile-server.ts';

const GIVEN_UP = plainOctets({ type: 'error', code: 'timeout', message: 'no sign of the client for 13 s' });
const SAID = {
  code: 'ERR_PEER_LOST',
  message: 'the server ended the session: no sign of the client for 13 s',
};

/** Nothing of the main thread runs meanwhile, and its timers are over afterwards. */
function stop(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

test('reads what the server said meanwhile before it says that the server is silent', async () => {
  const server = createServer({ noDelay: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const socket = dial(bound.port, '127.0.0.1');
  const [[accepted]] = await Promise.all([once(server, 'connection') as Promise<[Socket]>, once(socket, 'connect')]);
  const connection = new SessionConnection(socket, 'the server', {
    version: '0.1.0',
    secret: null,
    wait: true,
    hmac: hmacSha256,
    nonce: new Uint8Array(32),
    answerLimit: 100 * MS,
    clientId: CLIENT_ID,
  });
  connection.begin();
  const welcome = connection.next('welcome', null);
  accepted.write(GIVEN_UP);
  stop(300);
  await expect(welcome).rejects.toMatchObject(SAID);
  accepted.destroy();
  server.close();
});

describe.each(['auto', 'portable'] as const)('a client of which a stream was reset meanwhile, %s', (engine) => {
  test.each(['upload', 'download', 'bidirectional'] as const)('says what the server said, %s', async (direction) => {
    await withServer({}, async ({ port }) => {
      const server = await openHostileServer(port, {
        onFrame: (client, type, octets) => {
          client.write(octets);
          if (type !== 'started') return;
          setTimeout(() => {
            server.resetStream();
            stop(100);
            client.write(GIVEN_UP);
            stop(100);
          }, 200);
        },
      });
      const wish = { protocol: 'tcp', direction, streams: 4, duration_ns: 60_000 * MS, rate_bps: 1e6 } as const;
      const { error } = await measure(server.port, wish, { engine });
      expect(error).toEqual(SAID);
      server.close();
    });
  });
});
