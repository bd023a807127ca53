/**
 * A server that goes along with a client up to a state that a test names, and then drops everything,
 * as a process does that is killed. Real sockets, the session engine of the sources.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { hmacSha256, randomOctets } from '../../src/run/hmac.ts';
import { monotonicNow } from '../../src/run/monotonic.ts';
import type { ServerReport } from '../../src/session/messages.ts';
import { ServerSession } from '../../src/session/server-session.ts';
import { ControlFrameReader, MAX_REQUEST_BYTES } from '../../src/wire/control-frame.ts';
import {
  DATAGRAM_TYPE,
  decodeStreamHandshake,
  encodeStreamHandshake,
  OFFSET,
  writeNumber,
  writeStreamHeader,
} from '../../src/wire/datagram.ts';
import { DATA_READY, decodePreamble, PREAMBLE_BYTES } from '../../src/wire/preamble.ts';
import { messageOf, plainOctets } from '../support/control-frames.ts';

/** Where a server can be when it dies: it does so right after the message of that name, or event. */
export const STAGES = [
  'connected',
  'challenge',
  'queued',
  'welcome',
  'accepted',
  'streams',
  'running',
  'stopping',
] as const;
export type Stage = (typeof STAGES)[number];

export interface ScriptedServer {
  readonly port: number;
  close(): Promise<void>;
}

export interface ScriptedServerOptions {
  /** Where it dies; `null` never. */
  readonly dieAt: Stage | null;
  /** Time for which it runs a test before it dies in it. */
  readonly runMs?: number;
  /** Ends the test by itself after `runMs` and stays: what a server does with an overdue test. */
  readonly endsTest?: boolean;
  /** Leaves connections and datagrams of streams without an answer. */
  readonly mute?: boolean;
  /** Names no feature that was added to `welcome` since the first release. */
  readonly older?: boolean;
}

const LIMITS = {
  max_clients: 1,
  max_rate_bps: null,
  max_duration_ns: null,
  max_streams: 8,
};
const REPORT: ServerReport = {
  sent: [],
  received: [],
  cpu: {
    user_ratio: 0,
    system_ratio: 0,
    softirq_ratio: null,
    host_busy_cores: null,
    busiest_thread_ratio: null,
    thread_wait_ratio: null,
    cores: 1,
    allowed_cores: 1,
    allowed_busy_cores: null,
    quota_cores: null,
    throttled_ratio: null,
  },
  receive_buffer_drops: null,
  host: null,
  capture: null,
  udp_hellos: null,
  accepted: null,
  trace: null,
  failure: null,
  complete: false,
};
const HOST = { hostname: 'scripted', os: 'none', arch: 'none', cpu: 'none', cores: 1, node: 'none' };

export async function openScriptedServer(options: ScriptedServerOptions): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    accept(socket);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  const datagrams = createSocket('udp4');
  datagrams.bind(bound.port, '127.0.0.1');
  await once(datagrams, 'listening');

  const test: { token: Uint8Array; direction: string; streams: number; timers: NodeJS.Timeout[] } = {
    token: new Uint8Array(8),
    direction: 'upload',
    streams: 0,
    timers: [],
  };
  const die = (): void => {
    for (const timer of test.timers) clearInterval(timer);
    for (const socket of sockets) socket.resetAndDestroy();
    listener.close();
    try {
      datagrams.close();
    } catch {
      // ERR_SOCKET_DGRAM_NOT_RUNNING: dead already.
    }
  };
  let deaf = false;
  const reach = (stage: Stage): boolean => {
    if (options.dieAt !== stage) return false;
    // What was written before is on its way first.
    setTimeout(die, stage === 'running' ? (options.runMs ?? 300) : 20);
    deaf = stage !== 'running';
    return true;
  };

  function accept(socket: Socket): void {
    if (reach('connected')) return;
    socket.once('data', (chunk: Uint8Array) => {
      const preamble = decodePreamble(chunk);
      if (preamble.tag === 'control') return control(socket, chunk.subarray(PREAMBLE_BYTES));
      if (options.mute) return;
      socket.write(Uint8Array.of(DATA_READY));
      socket.resume();
      opened(() => socket.write(new Uint8Array(20_000)));
    });
  }

  function opened(send: () => void): void {
    test.streams++;
    if (test.direction !== 'upload') test.timers.push(setInterval(send, 10));
    reach('streams');
  }

  function control(socket: Socket, first: Uint8Array): void {
    const session = new ServerSession(
      {
        protocol: 2,
        serverId: 'abc-def',
        version: 'scripted',
        engine: 'portable',
        limits: LIMITS,
        secret: null,
        hmac: hmacSha256,
        nonce: randomOctets(32),
        randomToken: () => randomOctets(8),
      },
      monotonicNow(),
    );
    const reader = new ControlFrameReader(MAX_REQUEST_BYTES);
    const pump = (): void => {
      for (let octets = session.pollTransmit(); octets; octets = session.pollTransmit()) {
        socket.write(options.older ? withoutFeatures(octets) : octets);
        if (handleSent(messageOf(octets) as { readonly type: string })) return;
      }
      for (let event = session.pollEvent(); event; event = session.pollEvent()) {
        if (event.tag === 'wants-admission') {
          if (options.dieAt === 'queued') {
            session.queue(1);
            reach('queued');
          } else
            session.admit(HOST, {
              local_address: null,
              remote_address: '127.0.0.1',
              device: null,
              kind: 'loopback',
              mtu_bytes: null,
              encapsulation: null,
            });
          pump();
        } else if (event.tag === 'open') {
          test.token = event.token;
          test.direction = event.spec.direction;
        } else if (event.tag === 'start') {
          const report = setInterval(() => {
            session.report([row(test.timers.length)]);
            pump();
          }, 100);
          test.timers.push(report);
          const { direction, duration_ns } = event.spec;
          if (direction !== 'upload') setTimeout(() => endSending(), Number(duration_ns) / 1e6);
          if (options.endsTest) setTimeout(() => endByItself(report), options.runMs ?? 300);
        } else if (event.tag === 'stop' && !reach('stopping')) {
          session.finish(REPORT);
          pump();
        }
      }
    };
    const endSending = (): void => {
      session.finishSending([]);
      pump();
    };
    const endByItself = (report: NodeJS.Timeout): void => {
      clearInterval(report);
      session.finish(REPORT);
      pump();
    };
    const take = (chunk: Uint8Array): void => {
      if (deaf) return;
      reader.push(chunk);
      for (let next = reader.next(); next; next = reader.next()) {
        if (next.tag === 'frame') session.handleFrame(next.frame, monotonicNow());
        pump();
      }
    };
    socket.on('data', take);
    take(first);
  }

  function handleSent(message: { readonly type: string }): boolean {
    if (message.type === 'challenge') return reach('challenge');
    if (message.type === 'welcome') return reach('welcome');
    if (message.type === 'accepted') return reach('accepted');
    return message.type === 'started' && reach('running');
  }

  let index = 0;
  /** An interval of one stream in which 1000 octets came. */
  const row = (_streams: number) => ({
    stream: 0,
    index,
    start_ns: index * 100e6,
    end_ns: ++index * 100e6,
    omitted: false,
    bytes: 1000,
    packets: 1,
    lost: 0,
    jitter_ns: null,
  });

  datagrams.on('error', () => {});
  datagrams.on('message', (bytes: Uint8Array, from) => {
    if (options.mute) return;
    const message = decodeStreamHandshake(bytes);
    const answer = (out: Uint8Array): void => datagrams.send(out, from.port, from.address, () => {});
    if (message?.type === DATAGRAM_TYPE.hello)
      answer(encodeStreamHandshake({ ...message, type: DATAGRAM_TYPE.challenge }));
    if (message?.type !== DATAGRAM_TYPE.prove) return reflect(bytes, answer);
    answer(encodeStreamHandshake({ ...message, type: DATAGRAM_TYPE.ready }));
    let sequence = 0;
    opened(() => {
      const out = new Uint8Array(1400);
      const view = new DataView(out.buffer);
      writeStreamHeader(view, 0, DATAGRAM_TYPE.data, message.stream, test.token);
      writeNumber(view, OFFSET.sequence, sequence++);
      answer(out);
    });
  });

  function reflect(bytes: Uint8Array, answer: (out: Uint8Array) => void): void {
    if (bytes[OFFSET.type] !== DATAGRAM_TYPE.probe) return;
    const out = bytes.slice();
    out[OFFSET.type] = DATAGRAM_TYPE.reply;
    answer(out);
  }

  return {
    port: bound.port,
    close: async () => {
      const closed = once(listener, 'close');
      const wasOpen = listener.listening;
      die();
      if (wasOpen) await closed;
    },
  };
}

function withoutFeatures(octets: Uint8Array): Uint8Array {
  const { mtu_probes: _, trace_back: __, tests: ___, ...message } = messageOf(octets) as Record<string, unknown>;
  return plainOctets(message);
}
