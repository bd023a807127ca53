import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TestSpec } from '../../../../src/core/shapes/spec.ts';
import { TestBoard } from '../../../../src/measure/test-board.ts';
import { completeSpec } from '../../../../src/measure/test-defaults.ts';
import type { DatagramChannel, PortableSocketPlan } from '../../../../src/run/portable/stream.ts';
import { PortableStreams } from '../../../../src/run/portable/streams.ts';
import type { StreamPlan, StreamReport, StreamRole } from '../../../../src/run/streams/stream-plan.ts';
import { DATAGRAM_TYPE, OFFSET, writeStreamHeader } from '../../../../src/wire/datagram.ts';

const TOKEN = new Uint8Array(8).fill(7);

/** A way for datagrams that breaks when a test says so. */
class Port implements DatagramChannel {
  isBroken = false;
  isClosed = false;
  sent = 0;
  onDatagram: (bytes: Uint8Array) => void = () => {};

  send(): void {
    if (this.isBroken) throw new Error('broken');
    this.sent++;
  }

  queued(): number {
    return 0;
  }

  close(): void {
    this.isClosed = true;
  }
}

let host: PortableStreams;
let reports: StreamReport[];
let next: number;
/** Stream whose first octet cannot be reported. */
let broken: number;

beforeEach(() => {
  reports = [];
  next = 1;
  broken = 0;
  host = new PortableStreams((report) => {
    if (report.tag === 'flowing' && report.id === broken) throw new Error('broken');
    reports.push(report);
  });
});
afterEach(() => host.end());

async function open(role: StreamRole, spec: Partial<TestSpec>, socket: PortableSocketPlan): Promise<number> {
  const id = next++;
  const whole = completeSpec({ duration_ns: 60e9, ...spec });
  const plan: StreamPlan<PortableSocketPlan> = {
    id,
    stream: 0,
    direction: role === 'send' ? 'download' : 'upload',
    role,
    spec: whole,
    token: TOKEN,
    board: TestBoard.forStreams(1).memory,
    rateBps: 1e6,
    bytes: null,
    heldBps: null,
    trace: null,
    socket,
  };
  host.post({ tag: 'open', plan });
  await told(id, 'ready');
  host.post({ tag: 'start', id });
  return id;
}

const onPort = (port: DatagramChannel): PortableSocketPlan => ({
  how: 'port',
  port,
  address: '192.0.2.1',
  remotePort: 9,
});
const of = (id: number, tag: StreamReport['tag']): readonly StreamReport[] =>
  reports.filter((report) => report.id === id && report.tag === tag);

async function told(id: number, tag: StreamReport['tag']): Promise<void> {
  for (let turn = 0; of(id, tag).length === 0; turn++) {
    if (turn > 5000) throw new Error(`no report "${tag}"`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function datagram(): Uint8Array {
  const bytes = new Uint8Array(1000);
  writeStreamHeader(new DataView(bytes.buffer), 0, DATAGRAM_TYPE.data, 0, TOKEN);
  return bytes;
}

/** Both ends of a connection: the one that a stream is to have, and the other. */
async function connection(): Promise<readonly [here: Socket, there: Socket]> {
  const listener = createServer();
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const there = connect(bound.port, '127.0.0.1').on('error', () => {});
  const [here] = await once(listener, 'connection');
  listener.close();
  return [here, there];
}

describe('an error in a stream of the portable engine is reported, and ends only that stream', () => {
  const UDP = { protocol: 'udp', length_bytes: 1000 } as const;
  const failed = (id: number) => ({ tag: 'failed', id, code: 'ERR_CONNECT', message: 'broken' });

  /** The stream that failed, and another of the same host, which goes on. */
  async function goesOn(id: number): Promise<void> {
    await told(id, 'failed');
    expect(of(id, 'failed')).toEqual([failed(id)]);
    const port = new Port();
    const other = await open('receive', UDP, onPort(port));
    port.onDatagram(datagram());
    await told(other, 'flowing');
    const { sent } = port;
    for (let turn = 0; port.sent === sent && turn < 5000; turn++)
      await new Promise((resolve) => setTimeout(resolve, 1));
    expect(port.sent).toBeGreaterThan(sent);
    expect([of(id, 'failed').length, of(other, 'failed').length]).toEqual([1, 0]);
  }

  test('when a datagram is received', async () => {
    const port = new Port();
    const id = await open('receive', UDP, onPort(port));
    broken = id;
    port.onDatagram(datagram());
    expect(port.isClosed).toBe(true);
    await goesOn(id);
  });

  test('at a tick', async () => {
    const port = new Port();
    const id = await open('receive', UDP, onPort(port));
    port.isBroken = true;
    await goesOn(id);
    expect(port.isClosed).toBe(true);
  });

  test('when it starts to send', async () => {
    const port = new Port();
    broken = next;
    await goesOn(await open('send', UDP, onPort(port)));
    expect(port.isClosed).toBe(true);
  });

  test('when octets are received', async () => {
    const [here, there] = await connection();
    const id = await open('receive', { protocol: 'tcp' }, { how: 'socket', socket: here });
    broken = id;
    there.write('octets');
    await goesOn(id);
    expect(here.destroyed).toBe(true);
    there.destroy();
  });

  test('when a probe is answered', async () => {
    const port = new Port();
    const id = await open('reflect', { test: 'latency', protocol: 'udp', length_bytes: 1000 }, onPort(port));
    port.isBroken = true;
    const probe = datagram();
    probe[OFFSET.type] = DATAGRAM_TYPE.probe;
    port.onDatagram(probe);
    await goesOn(id);
  });
});
