/** Servers that keep a client waiting, with a word now and then: each wait of the client has an end. */
import type { Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { expectOneLine, winze, withServer } from '../net/harness.ts';
import { type Mischief, openHostileServer } from '../net/hostile-server.ts';
import { plainOctets } from '../support/control-frames.ts';

const PING = plainOctets({ type: 'ping' });
const PAYLOAD = new Uint8Array(1);

/** Repeats until the connection is closed. */
function every(ms: number, client: Socket, act: () => void): void {
  const timer = setInterval(act, ms);
  client.once('close', () => clearInterval(timer));
}

/** Sends octets one by one, as slowly as that. */
function drip(client: Socket, octets: Uint8Array): void {
  let at = 0;
  every(1000, client, () => client.write(octets.subarray(at, ++at)));
}

/** Passes on all but frames of these types, and gives signs of life for ever. */
function withholding(...types: readonly string[]): Mischief['onFrame'] {
  return (client, type, octets) => {
    if (type === 'welcome') every(1000, client, () => client.write(PING));
    if (!types.includes(type)) client.write(octets);
  };
}

/** Passes on all frames up to the first of this type, and drips that one. */
function dripping(from: string): Mischief['onFrame'] {
  // Clients of both engines are at it at once.
  const dripped = new WeakSet<Socket>();
  return (client, type, octets) => {
    if (dripped.has(client)) return;
    if (type !== from) return void client.write(octets);
    dripped.add(client);
    drip(client, octets);
  };
}

interface Wait {
  readonly mischief: Mischief;
  readonly argv: readonly string[];
  readonly status: number;
  readonly says: RegExp;
  /** When the client gives up, after its start. */
  readonly afterS: number;
}

const WAITS: readonly (readonly [what: string, wait: Wait])[] = [
  [
    'never ends its download',
    {
      mischief: {
        onFrame: withholding('sent', 'result'),
        onDataEnd: (client) => every(100, client, () => client.write(PAYLOAD)),
      },
      argv: ['-r', '-b', '1M', '-d', '1s'],
      status: 6,
      says: /the server did not end the test within 30 s of its time/,
      afterS: 31,
    },
  ],
  [
    'withholds its result',
    {
      mischief: { onFrame: withholding('result') },
      argv: ['-b', '1M', '-d', '1s'],
      status: 6,
      says: /the server did not answer in time \(stopping\)/,
      afterS: 21,
    },
  ],
  [
    'drips its greeting',
    {
      mischief: { onFrame: dripping('challenge') },
      argv: ['-d', '1s'],
      status: 3,
      says: /takes the connection and has not greeted in 10 s: it is no winze server, or it is stopped/,
      afterS: 10,
    },
  ],
  [
    'drips what it says during a test',
    {
      mischief: { onFrame: dripping('interval') },
      argv: ['-b', '1M', '-d', '60s'],
      status: 6,
      says: /no sign of the server for 13 s/,
      afterS: 14,
    },
  ],
];

describe.concurrent.each(['auto', 'portable'] as const)('a client with --engine %s', (engine) => {
  test.each(WAITS)(
    'gives up a server that %s',
    async (_what, { mischief, argv, status, says, afterS }) => {
      await withServer({}, async (server) => {
        const hostile = await openHostileServer(server.port, mischief);
        const host = ['-c', '127.0.0.1', '-port', String(hostile.port), '--engine', engine];
        const outcome = await winze([...host, ...argv, '--json'], 110_000).ended;
        hostile.close();
        expect(outcome.status, outcome.stderr).toBe(status);
        expectOneLine(outcome.stderr, says);
        expect(outcome.elapsedMs).toBeGreaterThan(afterS * 1000 - 500);
        // Besides: 24 s for last reports and a result that do not come, and what a busy machine takes for its start.
        expect(outcome.elapsedMs).toBeLessThan((afterS + 24 + 30) * 1000);
      });
    },
    120_000,
  );
});
