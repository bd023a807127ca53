/**
 * Entry of the thread of one end: sockets, a tunnel engine, and one stream at a time.
 *
 * @module
 */
import { parentPort, workerData } from 'node:worker_threads';
import { NS_PER_MS } from '../../../core/time.ts';
import { type ImpairmentPlan, seededRandom } from '../../../measure/impairment.ts';
import { TestBoard } from '../../../measure/test-board.ts';
import type { UdpFlow } from '../../../wire/ipv4-udp.ts';
import { ErrorBoundary } from '../../error-boundary.ts';
import { monotonicNow } from '../../monotonic.ts';
import { messagesOverUdp, PortableProbe, PortableReflect } from '../../portable/latency.ts';
import type { DatagramChannel, PortableDeps, PortableStream } from '../../portable/stream.ts';
import { PortableUdpReceive } from '../../portable/udp-receive.ts';
import { PortableUdpSend } from '../../portable/udp-send.ts';
import type { EndCommand, EndPlan, EndReport, EnginesRow } from './end-messages.ts';
import { type PacketPath, portOnPath } from './inner-port.ts';
import { LineSocket } from './line-socket.ts';
import { plainPath } from './plain-path.ts';
import { tunnelPath } from './tunnel-path.ts';

const QUEUE_NS = 50 * NS_PER_MS;
const TICK_MS = 1;
const PORT = { near: 40_000, far: 8888 } as const;
/** 10.77.1.1 and 10.77.1.2. */
const ADDRESS = { near: 0x0a4d_0101, far: 0x0a4d_0102 } as const;
const NO_BULK = new Uint8Array(0);

const plan = workerData as EndPlan;
const parent = parentPort;
if (!parent) throw new Error('this file is the entry of a worker thread');

const report = (message: EndReport): void => parent.postMessage(message);

const { line, side } = plan;
const impairment: ImpairmentPlan = {
  rateBps: line.rate_bps,
  delayNs: line.delay_ns,
  lossRatio: line.loss_ratio,
  queueNs: QUEUE_NS,
};
const random = seededRandom(plan.seed);
const sockets: Readonly<Record<EnginesRow, LineSocket>> = {
  plain: await LineSocket.open(impairment, random),
  winze: await LineSocket.open(impairment, random),
};
const far = side === 'near' ? 'far' : 'near';
const flow: UdpFlow = {
  source: ADDRESS[side],
  destination: ADDRESS[far],
  sourcePort: PORT[side],
  destinationPort: PORT[far],
};
/** Each test has one stream. */
const ALONE = { id: 1, stream: 0, direction: 'upload' } as const;
/** An error of the only stream of this thread ends the thread, which the lab detects. */
const ALONE_HERE = new ErrorBoundary((error) => {
  throw error;
});
let paths: Readonly<Record<EnginesRow, PacketPath>> | undefined;
let stream: PortableStream | undefined;

function openStream({ row, role, spec, token }: Extract<EndCommand, { tag: 'open' }>): PortableStream | undefined {
  const path = paths?.[row];
  if (!path) return undefined;
  const board = TestBoard.forStreams(1).memory;
  const deps: PortableDeps = {
    plan: {
      ...ALONE,
      role,
      spec,
      token,
      board,
      rateBps: spec.rate_bps,
      bytes: spec.bytes,
      heldBps: null,
      trace: null,
      socket: null,
    },
    bulk: NO_BULK,
    lastTurnAt: () => Number.POSITIVE_INFINITY,
    report: (message) => report({ tag: 'stream', report: message }),
    boundary: ALONE_HERE,
  };
  return create(deps, portOnPath(path, flow));
}

function create(deps: PortableDeps, port: DatagramChannel): PortableStream {
  switch (deps.plan.role) {
    case 'send':
      return new PortableUdpSend(deps, port);
    case 'receive':
      return new PortableUdpReceive(deps, port);
    case 'probe':
      return new PortableProbe(deps, messagesOverUdp(port, deps.boundary));
    case 'reflect':
      return new PortableReflect(deps, messagesOverUdp(port, deps.boundary));
    case 'trace':
    case 'connect':
    case 'accept':
      throw new Error(`the lab has no streams of the role "${deps.plan.role}"`);
    default:
      return deps.plan.role satisfies never;
  }
}

async function execute(command: EndCommand): Promise<void> {
  switch (command.tag) {
    case 'connect': {
      const { plain, winze } = sockets;
      await Promise.all([plain.connect(command.ports.plain), winze.connect(command.ports.winze)]);
      paths = { plain: plainPath(plain), winze: tunnelPath(winze, plan, command.ports.winze) };
      return report({ tag: 'connected' });
    }
    case 'open':
      stream = openStream(command);
      return report({ tag: 'opened' });
    case 'start':
      return stream?.start(monotonicNow());
    case 'stop':
      return stream?.stop(monotonicNow(), command.packets, command.aborted);
    case 'close':
      stream?.close(false);
      stream = undefined;
      return;
    case 'counts': {
      const all = Object.values(sockets).flatMap(({ counts }) => counts ?? []);
      const sum = (key: keyof (typeof all)[number]): number => all.reduce((total, one) => total + one[key], 0);
      const counts = {
        packets_carried: sum('packets_carried'),
        packets_lost: sum('packets_lost'),
        packets_queue_full: sum('packets_queue_full'),
        packets_refused: sum('packets_refused'),
      };
      return report({ tag: 'counts', counts: all.length === 0 ? null : counts });
    }
    default:
      return command satisfies never;
  }
}

parent.on('message', execute);
setInterval(() => {
  const now = monotonicNow();
  for (const path of Object.values(paths ?? {})) path.tick(now);
  stream?.tick(now);
}, TICK_MS);
report({ tag: 'bound', ports: { plain: sockets.plain.port, winze: sockets.winze.port } });
