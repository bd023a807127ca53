/**
 * A live server under garbage: random and nearly valid control frames, and datagrams by the thousand.
 * The seed is fixed, so a failure comes again. It must stay up, say nothing larger than what it was
 * asked, and then serve a clean client as if nothing had been.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { DATAGRAM_TYPE, STREAM_HANDSHAKE_BYTES } from '../../src/wire/datagram.ts';
import { bandwidthOf, descriptorsOf, eventually, latencyOf, MS, measure, winzeServer } from './harness.ts';
import { ScriptedClient } from './scripted-client.ts';

const CONVERSATIONS = 300;
const DATAGRAMS = 20_000;
const FIELDS = [
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  Number.NaN,
  '',
  'x'.repeat(600),
  null,
  true,
  [],
  {},
  [[]],
  { a: { b: {} } },
];

/** mulberry32: small, and the same on every host. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
type Random = ReturnType<typeof randomFrom>;

describe.each(['auto', 'portable'] as const)('server with --engine %s', (engine) => {
  const tests = [
    { duration_ns: 100 * MS },
    { protocol: 'udp', duration_ns: 100 * MS, rate_bps: 5e6, direction: 'bidirectional' },
    { test: 'latency', duration_ns: 100 * MS },
  ] as const;

  async function expectUnharmed(server: Awaited<ReturnType<typeof winzeServer>>, before: number): Promise<void> {
    const document = await measure(server.port, {}, { tests, engine });
    expect(document.complete).toBe(true);
    for (const flow of bandwidthOf(document, 1).flows) expect(flow.packets_lost).toBe(0);
    expect(latencyOf(document, 2).packets_lost).toBe(0);
    if (before > 0) await eventually('descriptors come back', () => descriptorsOf(server.pid) <= before, 15_000);
    expect(server.stderr()).toBe('');
    server.kill('SIGTERM');
    expect((await server.ended).status).toBe(0);
  }

  const started = async () => {
    const server = await winzeServer('--engine', engine, '-q');
    await measure(server.port, {}, { tests: [...tests, { ...tests[0], streams: 2 }], engine });
    await new Promise((resolve) => setTimeout(resolve, 200));
    return { server, before: process.platform === 'linux' ? descriptorsOf(server.pid) : 0 };
  };

  test('control connections', async () => {
    const { server, before } = await started();
    const random = randomFrom(4711);
    const valid = await recorded(server.port);
    for (let i = 0; i < CONVERSATIONS; i += 20) {
      await Promise.all(Array.from({ length: 20 }, (_, j) => talk(server.port, garbage(random, valid, (i + j) % 4))));
    }
    await expectUnharmed(server, before);
  }, 60_000);

  test('messages that nearly are valid, in every state', async () => {
    const { server, before } = await started();
    const random = randomFrom(815);
    for (let i = 0; i < 120; i += 10) {
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          const client = await ScriptedClient.connect(server.port);
          await client.until('welcome');
          const spec = { ...SPEC, [pick(random, Object.keys(SPEC))]: pick(random, FIELDS) };
          client.write(frame({ type: 'open', spec }));
          for (const type of ['start', 'stop', 'open', 'auth', 'hello']) {
            if (random(2) === 0)
              client.write(frame({ type, spec, sent: pick(random, FIELDS), aborted: random(2) === 0 }));
          }
          await new Promise((resolve) => setTimeout(resolve, random(60)));
          client.kill();
        }),
      );
    }
    await expectUnharmed(server, before);
  }, 60_000);

  test('datagrams', async () => {
    const { server, before } = await started();
    const random = randomFrom(1701);
    const client = await ScriptedClient.connect(server.port);
    await client.until('welcome');
    const { token } = await client.open({ protocol: 'udp', streams: 4, duration_ns: 60_000 * MS });
    // One stream is open and gets its share, from the address that is proven and from others.
    const proven = await client.openUdpStream(token, 0);
    const strangers = await Promise.all(Array.from({ length: 3 }, () => openStranger(server.port)));
    let [provenSent, provenGot] = [0, 0];
    proven.on('message', (bytes: Uint8Array) => {
      provenGot += bytes.length;
    });
    for (let i = 0; i < DATAGRAMS; i++) {
      const bytes = datagram(random, token);
      if (i % 4 === 3) {
        provenSent += bytes.length;
        proven.send(bytes, () => {});
      } else strangers[i % 3]?.send(bytes);
      if (i % 200 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (i === DATAGRAMS / 2) await client.start();
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    for (const { sent, got, kinds, largest } of strangers) {
      expect(got()).toBeLessThanOrEqual(sent());
      expect(largest()).toBeLessThanOrEqual(STREAM_HANDSHAKE_BYTES);
      expect([...kinds].filter((kind) => kind !== DATAGRAM_TYPE.challenge)).toEqual([]);
    }
    expect(provenGot).toBeLessThanOrEqual(provenSent);
    for (const one of strangers) one.close();
    client.kill();
    await expectUnharmed(server, before);
  }, 60_000);
});

const SPEC = {
  test: 'bandwidth',
  figure: null,
  protocol: 'udp',
  direction: 'download',
  streams: 1,
  length_bytes: 1400,
  rate_bps: 1e6,
  duration_ns: 1e9,
  bytes: null,
  hold_connections: null,
  warmup_ns: 0,
  interval_ns: 1e9,
  gap_ns: 1e7,
  tos: null,
  congestion_control: null,
  window_bytes: null,
  mss_bytes: null,
  no_delay: false,
  dont_fragment: false,
  rx_copy: false,
};

function pick<T>(random: Random, from: readonly T[]): T {
  const one = from[random(from.length)];
  if (one === undefined) throw new Error('nothing to pick from');
  return one;
}

function octets(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random(256));
}

function frame(message: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(message));
  const out = new Uint8Array(4 + body.length);
  new DataView(out.buffer).setUint32(0, body.length);
  out.set(body, 4);
  return out;
}

/** What a client says in a whole session. */
async function recorded(port: number): Promise<Uint8Array> {
  const client = await ScriptedClient.connect(port);
  await client.until('welcome');
  await client.open({ streams: 2, duration_ns: 1000 * MS });
  await client.start();
  client.stop();
  await client.until('result');
  client.bye();
  return Buffer.concat(client.sent);
}

function garbage(random: Random, valid: Uint8Array, kind: number): Uint8Array {
  if (kind === 0) return octets(random, random(3000));
  const out = valid.slice(0, kind === 1 ? random(valid.length) : valid.length);
  for (let n = 1 + random(kind === 2 ? 3 : 40); n > 0; n--) if (out.length > 0) out[random(out.length)] = random(256);
  if (kind !== 3) return out;
  // Behind the preamble: frames of a right length with anything inside.
  return Buffer.concat([
    valid.slice(0, 8),
    frame(
      Object.fromEntries([
        ['type', pick(random, ['hello', 'auth', 'open', 'stop'])],
        ['nonce', pick(random, FIELDS)],
      ]),
    ),
    out,
  ]);
}

/** Says it, in pieces or at once, and leaves after a while, one way or the other. */
async function talk(port: number, bytes: Uint8Array): Promise<void> {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  const cut = bytes.length % 7 === 0 ? bytes.length >> 1 : bytes.length;
  socket.write(bytes.subarray(0, cut));
  await new Promise((resolve) => setTimeout(resolve, 5));
  if (cut < bytes.length && !socket.destroyed) socket.write(bytes.subarray(cut));
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (bytes.length % 2 === 0) socket.destroy();
  else socket.resetAndDestroy();
}

/** Anything from noise to a good handshake; half of them know the token. */
function datagram(random: Random, token: Uint8Array): Uint8Array {
  const length = pick(random, [0, 1, 11, 12, 27, 28, 52, 63, 64, 64, 64, 65, 200, 1400]);
  const out = octets(random, length);
  const set = (at: number, value: ArrayLike<number>): void => {
    if (at + value.length <= length) out.set(value, at);
  };
  if (random(4) > 0) set(0, [0x77, pick(random, [...Object.values(DATAGRAM_TYPE), 0, 255])]);
  if (random(2) > 0) set(2, [0, random(6)]);
  if (random(2) > 0) set(4, token);
  if (random(3) > 0) set(12, [0, 0, 0, 0, 0, 0, random(256), random(256)]);
  return out;
}

async function openStranger(port: number) {
  const socket = createSocket('udp4').on('error', () => {});
  socket.connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const kinds = new Set<number>();
  let [sent, got, largest] = [0, 0, 0];
  socket.on('message', (bytes: Uint8Array) => {
    got += bytes.length;
    largest = Math.max(largest, bytes.length);
    kinds.add(bytes[1] ?? -1);
  });
  return {
    kinds,
    sent: () => sent,
    got: () => got,
    largest: () => largest,
    send: (bytes: Uint8Array) => {
      sent += bytes.length;
      socket.send(bytes, () => {});
    },
    close: () => socket.close(),
  };
}
