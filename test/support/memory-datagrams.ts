/**
 * UDP sockets in memory, for a tunnel's data path: datagrams that follow each other are joined as with UDP_GRO, and
 * messages of many are cut as with UDP_SEGMENT.
 */
import type { Endpoint } from '../../src/core/shapes/tunnel-config.ts';
import type { DatagramError } from '../../src/native/udp/error-queue.ts';
import { OutgoingBatch } from '../../src/native/udp/outgoing-batch.ts';
import { MESSAGE_BYTES } from '../../src/native/udp/udp-receiver.ts';
import { type Arena, RECEIVE_MESSAGES } from '../../src/run/tunnel/data-path/arena.ts';
import type { DatagramPort, Remote } from '../../src/run/tunnel/data-path/ports.ts';
import { Queue } from './memory-queue.ts';

/** UDP_GRO_CNT_MAX of Linux. */
const MAX_JOINED = 64;
const MAX_JOINED_BYTES = 65_507;

/** A peer's place; where its datagrams came to, as the socket would tell it. */
class MemoryRemote implements Remote {
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;

  constructor({ address, port, localAddress }: Endpoint) {
    this.address = address;
    this.port = port;
    if (localAddress !== undefined) this.localAddress = localAddress;
  }

  anew(): MemoryRemote {
    return new MemoryRemote(this);
  }
}

/** Takes a datagram that leaves. */
type Transmit = (to: Endpoint, bytes: Uint8Array, ecn: number) => void;

class MemoryBatch extends OutgoingBatch<Remote> {
  /** Datagrams of each message that was sent. */
  readonly sent: number[] = [];

  send(transmit: Transmit): void {
    for (const { to, ecn, offset, length, segment, count } of this.messages.slice(0, this.count)) {
      this.sent.push(count);
      for (let at = 0; to && at < length; at += segment) {
        transmit(to, this.arena.bytes.slice(offset + at, offset + Math.min(length, at + segment)), ecn);
      }
    }
    this.clear();
  }
}

interface Arrived {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly ecn: number;
}

/** A message that was received. */
interface Message {
  readonly from: Endpoint;
  readonly ecn: number;
  readonly segment: number;
  length: number;
  count: number;
}

export class MemoryDatagrams implements DatagramPort {
  readonly outgoing: MemoryBatch;
  onFailure: DatagramPort['onFailure'] = () => undefined;
  port: number;
  /** Whether no datagram leaves, as where a filter refuses. */
  refuses: string | null = null;
  isClosed = false;
  /** What the network told, by socket. */
  readonly told: readonly DatagramError[][] = [[], []];
  /** Datagrams of each message that was received. */
  readonly received: number[] = [];
  readonly #arena: Arena;
  readonly #transmit: Transmit;
  readonly #queues = [new Queue<Arrived>(), new Queue<Arrived>()];
  #batch: Message[] = [];

  constructor(arena: Arena, port: number, transmit: Transmit) {
    this.#arena = arena;
    this.#transmit = transmit;
    this.port = port;
    this.outgoing = new MemoryBatch(arena.memory, arena.outgoing);
  }

  /** Queues a datagram at the socket of its family. */
  arrive(bytes: Uint8Array, from: Endpoint, ecn: number): void {
    this.#queues[from.address.includes(':') ? 1 : 0]?.push({ bytes, from, ecn });
  }

  queued(socket: number): number {
    return this.#queues[socket]?.length ?? 0;
  }

  receive(socket: number): number {
    const queue = this.#queues[socket];
    this.#batch = [];
    while (queue && this.#batch.length < RECEIVE_MESSAGES && queue.length > 0) this.#receiveOne(queue);
    this.received.push(...this.#batch.map(({ count }) => count));
    return this.#batch.length;
  }

  offset(i: number): number {
    return this.#arena.received + i * MESSAGE_BYTES;
  }

  length(i: number): number {
    return this.#message(i).length;
  }

  segmentBytes(i: number): number {
    return this.#message(i).segment;
  }

  trafficClass(i: number): number {
    return this.#message(i).ecn;
  }

  isFrom(remote: Remote, i: number): boolean {
    return isSamePlace(remote, this.#message(i).from);
  }

  remoteOf(i: number): Remote {
    return new MemoryRemote(this.#message(i).from);
  }

  ready(endpoint: Endpoint): Remote {
    return endpoint instanceof MemoryRemote ? endpoint : new MemoryRemote(endpoint);
  }

  flush(): void {
    const { refuses } = this;
    this.outgoing.send((to, bytes, ecn) => {
      if (refuses === null) this.#transmit(to, bytes, ecn);
      else this.onFailure(new MemoryRemote(to), 1, refuses);
    });
  }

  configure(listenPort: number | undefined): void {
    this.port = listenPort ?? this.port;
  }

  canonical(address: string): string {
    return address;
  }

  routesChanged(): void {}

  errors(socket: number): readonly DatagramError[] {
    return this.told[socket]?.splice(0) ?? [];
  }

  close(): void {
    this.isClosed = true;
  }

  #receiveOne(queue: Queue<Arrived>): void {
    const first = queue.shift();
    if (!first) return;
    const at = this.offset(this.#batch.length);
    const segment = first.bytes.length;
    const message: Message = { from: first.from, ecn: first.ecn, segment, length: segment, count: 1 };
    this.#arena.memory.bytes.set(first.bytes, at);
    for (let next = queue.first; next && isContinued(message, next); next = queue.first) {
      queue.shift();
      this.#arena.memory.bytes.set(next.bytes, at + message.length);
      message.length += next.bytes.length;
      message.count++;
    }
    this.#batch.push(message);
  }

  #message(i: number): Message {
    const message = this.#batch[i];
    if (!message) throw new RangeError(`there is no message ${i}`);
    return message;
  }
}

/** As the kernel joins: of one size, but the last, which may be shorter. */
function isContinued({ from, ecn, segment, length, count }: Message, next: Arrived): boolean {
  return (
    isSamePlace(from, next.from) &&
    ecn === next.ecn &&
    next.bytes.length > 0 &&
    next.bytes.length <= segment &&
    length === segment * count &&
    count < MAX_JOINED &&
    length + next.bytes.length <= MAX_JOINED_BYTES
  );
}

function isSamePlace(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port && one.localAddress === other.localAddress;
}
