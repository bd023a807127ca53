import { createSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProbeEvent } from '../../src/core/shapes/path/events.ts';
import type { PingRow } from '../../src/core/shapes/path/ping.ts';
import type { ProbeRequest } from '../../src/core/shapes/path/probe-spec.ts';
import { loadLibc } from '../../src/native/libc.ts';
import { runConnections } from '../../src/run/probes/connections/run-connections.ts';
import { runPing } from '../../src/run/probes/ping/run-ping.ts';
import { portOf, probeRequest } from '../support/probe-request.ts';

const MS = 1e6;
const S = 1e9;

let server: Server;
let port = 0;
let closedPort = 0;

beforeAll(async () => {
  server = createServer((socket) => socket.on('error', () => {}).destroy());
  port = await portOf(server);
  const other = createServer();
  closedPort = await portOf(other);
  await new Promise((resolve) => other.close(resolve));
});

afterAll(() => void server.close());

/** A server of its own, which counts what it accepts: another test's connections may come late. */
async function counting(): Promise<{ port: number; accepted: () => number; close: () => void }> {
  let count = 0;
  const one = createServer((socket) => {
    count++;
    socket.on('error', () => {}).destroy();
  });
  return { port: await portOf(one), accepted: () => count, close: () => void one.close() };
}

async function ping(request: ProbeRequest, signal = new AbortController().signal) {
  const rows: PingRow[] = [];
  const events: ProbeEvent[] = [];
  const results = await runPing([request], {
    signal,
    onEvent: (event) => {
      events.push(event);
      if (event.tag === 'ping') rows.push(event.row);
    },
  });
  const [result] = results;
  if (result === undefined) throw new Error('no result');
  return { result, rows, events };
}

const engines = loadLibc() === null ? (['portable'] as const) : (['auto', 'portable'] as const);

describe.each(engines)('ping by connections, engine %s', (engine) => {
  test('opens as many connections as were asked for, on schedule', async () => {
    const target = await counting();
    const { port } = target;
    const { result, rows, events } = await ping(
      probeRequest({ engine, target: { port }, gap_ns: 20 * MS, count: 5, warmup: 2 }),
    );
    expect(result).toMatchObject({
      test: 'ping',
      protocol: 'tcp',
      family: 4,
      address: '127.0.0.1',
      port,
      method: 'tcp connect',
      complete: true,
      error: null,
      packets_sent: 5,
      packets_received: 5,
      loss_ratio: 0,
      length_bytes: null,
      warmup: 2,
      compared: null,
      source: { address: '127.0.0.1', device: null },
    });
    expect(result.rtt_ns.max).toBeLessThan(S);
    expect(rows.map(({ sequence, warmup, outcome }) => [sequence, warmup, outcome])).toEqual(
      [0, 1, 2, 3, 4, 5, 6].map((i) => [i, i < 2, 'answer']),
    );
    expect(events[0]).toMatchObject({ tag: 'probe-started', test: 'ping', port });
    await expect.poll(target.accepted).toBe(7);
    target.close();
  });

  test('a closed port refuses each probe, alone', async () => {
    const { result, rows } = await ping(
      probeRequest({ engine, target: { port: closedPort }, gap_ns: 10 * MS, count: 3 }),
    );
    expect(result).toMatchObject({
      complete: false,
      error: { code: 'ERR_NOTHING_RECEIVED', message: 'no probe was answered' },
      packets_received: 0,
      packets_lost: 3,
      loss_ratio: 1,
      failures: [{ code: 'ECONNREFUSED', from: '127.0.0.1', count: 3 }],
      rtt_ns: { n: 0, p50: null },
    });
    expect(rows[0]).toMatchObject({ outcome: 'failed', code: 'ECONNREFUSED', answered_by: '127.0.0.1' });
  });

  test('Ctrl-C ends a ping without end, which is whole then', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 150);
    const { result } = await ping(
      probeRequest({ engine, target: { port }, gap_ns: 10 * MS, duration_ns: 0 }),
      abort.signal,
    );
    expect(result).toMatchObject({ complete: true, error: null, packets_lost: 0 });
    expect(result.packets_sent).toBeGreaterThan(3);
  });

  test('Ctrl-C before the end says so, with what was measured', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 100);
    const { result } = await ping(
      probeRequest({ engine, target: { port }, gap_ns: 10 * MS, duration_ns: 60 * S }),
      abort.signal,
    );
    expect(result).toMatchObject({ complete: false, error: { code: 'ERR_ABORTED' } });
    expect(result.packets_received).toBeGreaterThan(2);
  });

  test('a local address that is none of this host fails each probe', async () => {
    const source = { address: '192.0.2.77', device: null };
    const { result } = await ping(probeRequest({ engine, target: { port }, source, gap_ns: 10 * MS, count: 2 }));
    expect(result).toMatchObject({ failures: [{ code: 'EADDRNOTAVAIL', from: null, count: 2 }] });
  });

  test('latency is that of connections, and says so', async () => {
    const { result } = await ping(
      probeRequest({ engine, test: 'latency', target: { port }, gap_ns: 5 * MS, count: 5 }),
    );
    expect(result).toMatchObject({ test: 'latency', packets_received: 5 });
    expect(result.warnings.join()).toContain('the far end returns no octets');
  });

  test('IPv6', async () => {
    const v6 = createServer((socket) => socket.on('error', () => {}).destroy());
    const v6Port = await portOf(v6, '::1');
    const target = { address: '::1', family: 6, port: v6Port } as const;
    const { result } = await ping(probeRequest({ engine, target, gap_ns: 5 * MS, count: 2 }));
    v6.close();
    expect(result).toMatchObject({ family: 6, address: '::1', packets_received: 2, source: { address: '::1' } });
  });

  test('two sources are compared probe by probe', async () => {
    const results = await runPing(
      ['127.0.0.1', '127.0.0.2'].map((address) =>
        probeRequest({ engine, target: { port }, source: { address, device: null }, gap_ns: 20 * MS, count: 8 }),
      ),
      { signal: new AbortController().signal, onEvent: () => {} },
    );
    expect(results.map(({ source }) => source.address)).toEqual(['127.0.0.1', '127.0.0.2']);
    expect(results[0]?.compared).toBeNull();
    expect(results[1]?.compared).toMatchObject({ source: { address: '127.0.0.1' }, rounds: 8 });
    expect(results[1]?.compared?.median_ratio).toBeGreaterThan(0);
  });
});

describe.each(engines)('connections a second, engine %s', (engine) => {
  const connections = async (request: ProbeRequest) => {
    const [result] = await runConnections([request], { signal: new AbortController().signal, onEvent: () => {} });
    return result;
  };

  test('never more than was asked for', async () => {
    const target = await counting();
    const result = await connections(
      probeRequest({ engine, test: 'connections', target: { port: target.port }, streams: 4, count: 100 }),
    );
    expect(result).toMatchObject({
      test: 'connections',
      connections_opened: 100,
      connections_failed: 0,
      connect_ns: { n: 100 },
      streams: 4,
    });
    await expect.poll(target.accepted).toBe(100);
    target.close();
  });

  test('a target that refuses is asked a hundred times a second, not more', async () => {
    const target = { port: closedPort };
    const result = await connections(probeRequest({ engine, test: 'connections', target, duration_ns: 300 * MS }));
    expect(result?.connections_opened).toBe(0);
    expect(result?.connections_failed).toBeGreaterThan(3);
    expect(result?.connections_failed).toBeLessThanOrEqual(30);
    expect(result?.failures).toEqual([{ code: 'ECONNREFUSED', from: '127.0.0.1', count: result?.connections_failed }]);
  });
});

describe.skipIf(loadLibc() === null)('ping by datagrams', () => {
  test('a closed port answers by ICMP, which IP_RECVERR tells', async () => {
    const target = { port: 33_434 };
    const { result } = await ping(probeRequest({ protocol: 'udp', target, gap_ns: 30 * MS, count: 4 }));
    expect(result).toMatchObject({
      protocol: 'udp',
      method: 'udp error queue',
      port: 33_434,
      packets_received: 4,
      packets_lost: 0,
      length_bytes: 56,
      receive_timestamps: 'kernel',
      answered_by: [],
    });
  });

  test('an echo service answers; further copies are duplicates', async () => {
    const echo = createSocket('udp4', (message, { address, port: from }) => {
      for (let i = 0; i < 3; i++) echo.send(message, from, address);
    });
    await new Promise<void>((resolve) => echo.bind(0, '127.0.0.1', resolve));
    const target = { port: echo.address().port };
    const { result } = await ping(probeRequest({ protocol: 'udp', target, gap_ns: 30 * MS, count: 3 }));
    echo.close();
    expect(result).toMatchObject({ packets_received: 3, packets_lost: 0 });
    expect(result.packets_duplicated).toBeGreaterThanOrEqual(4);
  });

  test('octets that are not those of a probe are no answer while several probes wait', async () => {
    let heard = 0;
    const foreign = createSocket('udp4', (_message, { address, port: from }) => {
      heard++;
      if (heard > 5) foreign.send(Buffer.alloc(56), from, address);
    });
    await new Promise<void>((resolve) => foreign.bind(0, '127.0.0.1', resolve));
    const target = { port: foreign.address().port };
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 500);
    const { result } = await ping(probeRequest({ protocol: 'udp', target, gap_ns: MS, count: 50 }), abort.signal);
    foreign.close();
    expect(heard).toBe(50);
    expect(result).toMatchObject({ packets_sent: 50, packets_received: 0, packets_pending: 50 });
  });
});

test('without a port, TCP says what to write', async () => {
  await expect(ping(probeRequest({ target: { port: null } }))).rejects.toThrow('which port? Write it behind the host');
});

test('the portable engine refuses what it cannot send', async () => {
  const request = probeRequest({ engine: 'portable', protocol: 'icmp', target: { port: null } });
  await expect(ping(request)).rejects.toThrow('probes by ICMP need the Linux engine (koffi); use -p tcp');
});
