/** Clients that are over before they have begun, and clients that the server fails: nothing of them stays. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import type { ServerEvent } from '../../dist/index.js';
import { PROTOCOL_VERSION } from '../../src/session/messages.ts';
import { encodeControlPreamble } from '../../src/wire/preamble.ts';
import { eventually, MS, measure, withServer } from '../net/harness.ts';
import { ScriptedClient } from '../net/scripted-client.ts';

const LIMITS = { max_clients: 1, max_rate_bps: null, max_duration_ns: null, max_streams: 128 };
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function frame(message: unknown): Uint8Array {
  const body = text(JSON.stringify(message));
  return Uint8Array.of(0, 0, body.length >> 8, body.length & 255, ...body);
}

const hello = frame({ type: 'hello', protocol: PROTOCOL_VERSION, version: 'x', nonce: 'ab'.repeat(32) });
const auth = (id: string): Uint8Array => frame({ type: 'auth', mac: null, client_id: id, wait: true });

/** Octets that come in one segment, behind the preamble: the conversation is over when they have been read. */
const SHORT: readonly (readonly [name: string, octets: (id: string) => readonly Uint8Array[]])[] = [
  ['hello, auth and bye', (id) => [hello, auth(id), frame({ type: 'bye' })]],
  ['hello and bye', () => [hello, frame({ type: 'bye' })]],
  ['bye', () => [frame({ type: 'bye' })]],
  ['hello, auth and nonsense', (id) => [hello, auth(id), frame({ type: 'nonsense' })]],
  ['hello, auth and no JSON', (id) => [hello, auth(id), Uint8Array.of(0, 0, 0, 1, 123)]],
  ['a frame that is no JSON', () => [Uint8Array.of(0, 0, 0, 1, 123)]],
  ['a frame of 4 GiB', () => [Uint8Array.of(255, 255, 255, 255)]],
  ['a wrong proof', (id) => [hello, frame({ type: 'auth', mac: '00'.repeat(32), client_id: id, wait: true })]],
];

async function inOneSegment(port: number, octets: readonly Uint8Array[]): Promise<void> {
  const socket: Socket = connect(port, '127.0.0.1').on('error', () => {});
  const closed = once(socket, 'close');
  socket.resume();
  socket.end(Buffer.concat([encodeControlPreamble(), ...octets]));
  await closed;
}

describe.each([
  ['without a secret', null],
  ['with one', text('correct horse battery staple')],
])('a server of one place, %s', (_name, secret) => {
  test.each(SHORT)('has its place back after %s in one segment', async (_what, octets) => {
    const events: ServerEvent[] = [];
    await withServer({ limits: LIMITS, secret, onEvent: (event) => events.push(event) }, async ({ port }) => {
      for (let i = 0; i < 3; i++) await inOneSegment(port, octets('ef'.repeat(16)));
      // The same run as one that has the place, which then leaves.
      const clientId = 'cd'.repeat(16);
      const holder = await ScriptedClient.connect(port, { secret, clientId });
      await holder.until('welcome');
      await inOneSegment(port, octets(clientId));
      holder.bye();
      const gone = (): number => events.filter(({ tag }) => tag === 'client-closed' || tag === 'client-refused').length;
      await eventually('all are gone', () => gone() === 5);
      const document = await measure(port, { duration_ns: 50 * MS }, { wait: false, secret });
      expect(document.complete).toBe(true);
      await eventually('each is told once', () => gone() === 6);
    });
  });
});

describe('whatever is thrown while a client is served', () => {
  test.each(['client-connected', 'test-started', 'test-ended', 'interval'] as const)(
    'at "%s" ends that client, is told to it, and hurts no other',
    async (tag) => {
      let left = 1;
      const gone: string[] = [];
      const onEvent = (event: ServerEvent): void => {
        if (event.tag === 'client-closed' || event.tag === 'client-refused') gone.push(event.reason);
        if (event.tag !== tag || left === 0) return;
        left--;
        throw new Error('a disk is full');
      };
      await withServer({ limits: LIMITS, onEvent }, async ({ port }) => {
        const failed = await ScriptedClient.connect(port);
        const message = 'the server failed: a disk is full';
        const conversation = async (): Promise<void> => {
          await failed.until('welcome');
          const { token } = await failed.open({ protocol: 'tcp', direction: 'download', duration_ns: 5000 * MS });
          (await failed.openTcpStream(token, 0)).resume();
          await failed.start();
          if (tag === 'test-ended') failed.stop();
          await failed.until('result');
          await failed.until('result');
        };
        await expect(Promise.all([conversation(), failed.closed])).rejects.toThrow(message);
        expect(await failed.closed).toBe(message);
        await eventually('it is told', () => gone.includes(message));
        const document = await measure(port, { duration_ns: 50 * MS });
        expect(document.complete).toBe(true);
      });
    },
  );
});
