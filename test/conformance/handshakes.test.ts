/** TLS handshakes a second, by both engines at either end, and through a relay that counts what passes or spoils it. */
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { type ConnectionTestResult, connect, type ResultDocument, type TestSpec } from '../../dist/index.js';
import { type EngineName, MS, measure, withServer } from '../net/harness.ts';

const ENGINES: readonly { readonly client: EngineName; readonly server: EngineName }[] = [
  { client: 'auto', server: 'auto' },
  { client: 'portable', server: 'portable' },
];
const WISH = { test: 'connections', handshake: 'tls', streams: 2, duration_ns: 600 * MS } as const;

/** A token and the number of its stream (docs/protocol.md): 8 octets of name and version, 8 of token, 2 of stream. */
const PREAMBLE = /^winze\/2D/;
const PREAMBLE_BYTES = 18;
/** A record of TLS with a handshake message, its type, and a fatal alert handshake_failure (RFC 8446, 5.1, 4, 6). */
const RECORD = 0x16;
const HELLO = { client: 1, server: 2 };
const ALERT = Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40);

function connectionsOf(document: ResultDocument): ConnectionTestResult {
  const [result] = document.tests;
  if (result?.test !== 'connections') throw new Error('no test of connections');
  return result;
}

/** Runs `use` with the port of a relay that hands all connections but the first to `onConnection`. */
async function withRelay<T>(
  server: number,
  onConnection: (near: Socket, far: Socket) => void,
  use: (port: number) => Promise<T>,
): Promise<T> {
  const open: Socket[] = [];
  let taken = 0;
  const relay: Server = createServer({ noDelay: true }, (near) => {
    const far = dial({ port: server, host: '127.0.0.1', noDelay: true });
    open.push(near, far);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => {});
      one.on('close', (hadError) => (hadError ? other.resetAndDestroy() : other.end()));
    }
    if (taken++ > 0) return onConnection(near, far);
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const address = relay.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  try {
    return await use(address.port);
  } finally {
    for (const socket of open) socket.destroy();
    relay.close();
  }
}

describe.each(ENGINES)('client $client, server $server', ({ client: engine, server }) => {
  test('both ends count the same handshakes, and time them apart from the connections', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const result = connectionsOf(await measure(port, { ...WISH, warmup_ns: 200 * MS }, { engine }));
      expect([result.complete, result.error, result.warnings, result.failures]).toEqual([true, null, [], []]);
      expect(result.connections_opened).toBeGreaterThan(5);
      expect(result.connections_accepted).toBe(result.connections_opened);
      expect(result.tls).toMatchObject({ version: 'TLSv1.3', resumed: 0, verified: false });
      expect(result.tls?.cipher).toMatch(/^TLS_(AES|CHACHA20)/);
      expect([result.connect_ns.n, result.tls?.handshake_ns.n]).toEqual([
        result.connections_opened,
        result.connections_opened,
      ]);
      expect(result.config.handshake).toBe('tls');
    });
  });

  test('connections with TLS are held', async () => {
    await withServer({ engine: server }, async ({ port }) => {
      const wish: Partial<TestSpec> = { ...WISH, hold_connections: 30, duration_ns: 1200 * MS };
      const result = connectionsOf(await measure(port, wish, { engine }));
      expect(result.held).toMatchObject({ wanted: 30, open_at_client: 30, open_at_server: 30 });
      expect([result.connections_accepted, result.tls?.handshake_ns.n, result.failures]).toEqual([30, 30, []]);
    });
  });
});

test('every connection that is counted had a ClientHello behind its token, and a ServerHello', async () => {
  let complete = 0;
  await withServer({}, async ({ port }) => {
    const onConnection = (near: Socket, far: Socket): void => {
      const sent: Buffer[] = [];
      let isAnswered = false;
      near.on('data', (chunk: Buffer) => {
        sent.push(chunk);
        far.write(chunk);
      });
      far.on('data', (chunk: Buffer) => {
        const all = Buffer.concat(sent);
        const [preamble, record] = [all.toString('latin1', 0, 8), all.subarray(PREAMBLE_BYTES)];
        const isHello = PREAMBLE.test(preamble) && record[0] === RECORD && record[5] === HELLO.client;
        if (!isAnswered && isHello && chunk[0] === RECORD && chunk[5] === HELLO.server) complete++;
        isAnswered = true;
        near.write(chunk);
      });
    };
    await withRelay(port, onConnection, async (relay) => {
      const result = connectionsOf(await measure(relay, WISH));
      expect(result.connections_opened).toBeGreaterThan(5);
      expect(result.connections_accepted).toBe(result.connections_opened);
      // Those that the end of the test cut off had an answer too.
      expect(complete).toBeGreaterThanOrEqual(result.connections_opened);
      expect(complete).toBeLessThanOrEqual(result.connections_opened + WISH.streams);
    });
  });
});

const SPOILT: readonly (readonly [name: string, spoil: (near: Socket) => void])[] = [
  ['tls alert handshake_failure', (near) => near.on('data', () => near.write(ALERT))],
  ['tls ECONNRESET', (near) => near.once('data', () => near.resetAndDestroy())],
  ['tls ETIMEDOUT', (near) => near.resume()],
];

test.each(SPOILT)('%s: a failure has its name at the client', async (name, spoil) => {
  await withServer({}, async ({ port }) => {
    await withRelay(port, spoil, async (relay) => {
      // The limit holds for the greeting too, which a busy host delays.
      const tests = [name.endsWith('ETIMEDOUT') ? { ...WISH, duration_ns: 4000 * MS } : WISH];
      const result = connectionsOf(
        await connect({ host: '127.0.0.1', port: relay, tests, connect_timeout_ns: 2000 * MS }),
      );
      const atClient = result.failures.filter(({ end }) => end === 'client');
      expect(atClient.map(({ error }) => error)).toEqual([name]);
      expect([result.connections_opened, result.tls?.version]).toEqual([0, null]);
      expect(result.connections_failed).toBeGreaterThan(0);
    });
  });
});

test('a client that aborts its handshake is a failure at the server', async () => {
  await withServer({}, async ({ port }) => {
    const spoil = (near: Socket, far: Socket): void => {
      near.on('data', (chunk: Buffer) => far.write(chunk));
      // In plain text, as of a client that likes nothing in the ServerHello.
      far.once('data', () => far.write(ALERT));
      far.on('close', () => near.destroy());
    };
    await withRelay(port, spoil, async (relay) => {
      const result = connectionsOf(await connect({ host: '127.0.0.1', port: relay, tests: [WISH] }));
      const atServer = result.failures.filter(({ end }) => end === 'server');
      expect(atServer.map(({ error }) => error)).toEqual(['tls alert handshake_failure']);
      expect(result.connections_accepted).toBe(0);
    });
  });
});
