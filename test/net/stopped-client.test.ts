/** A client that did not run for a while: stopped by SIGSTOP, or on a host that slept. */
import { once } from 'node:events';
import { createServer, connect as dial, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { SessionConnection } from '../../src/run/client/connect/session-connection.ts';
import { hmacSha256 } from '../../src/run/hmac.ts';
import { plainOctets } from '../support/control-frames.ts';
import { CLIENT_ID } from '../support/control-messages.ts';
import { MS } from './harness.ts';

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
  accepted.write(plainOctets({ type: 'error', code: 'timeout', message: 'no sign of the client for 13 s' }));
  // Nothing of this process runs meanwhile, and its timers are over afterwards.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
  await expect(welcome).rejects.toMatchObject({
    code: 'ERR_PEER_LOST',
    message: 'the server ended the session: no sign of the client for 13 s',
  });
  accepted.destroy();
  server.close();
});
