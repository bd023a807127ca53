/**
 * A WireGuard device on Linux: engine, TUN device and sockets, worked off in turns by one thread.
 *
 * A thread that does everything needs no locks, keeps each peer's packets in order by itself, and
 * wakes once for a packet. Where there are processors to spare, others help it with the cipher.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto';
import { formatEndpoint } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import { type Clock, type Instant, NS_PER_MS, NS_PER_S } from '../../../core/time.ts';
import type { DeviceChange, DeviceStatus } from '../../../core/tunnel-config.ts';
import { hostPrimitives } from '../../../crypto/select.ts';
import { POLL } from '../../../native/constants.ts';
import { DatagramBatch } from '../../../native/datagram-batch.ts';
import { ErrorQueue } from '../../../native/error-queue.ts';
import type { Libc } from '../../../native/libc.ts';
import { LinkWatch } from '../../../native/link-watch.ts';
import type { PacketCipher } from '../../../native/packet-cipher.ts';
import { Poller } from '../../../native/poller.ts';
import { RouteTable } from '../../../native/route-table.ts';
import type { SocketEndpoint } from '../../../native/socket-endpoint.ts';
import { openTun, type TunDevice } from '../../../native/tun.ts';
import {
  closeTunnelSockets,
  markSockets,
  openTunnelSockets,
  type TunnelSockets,
} from '../../../native/tunnel-sockets.ts';
import { UdpReceiver } from '../../../native/udp-receiver.ts';
import { COALESCER_BYTES, Coalescer } from '../../../tunnel/offload/coalesce.ts';
import { TunnelDevice } from '../../../tunnel/wireguard/device.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';
import { monotonicNow } from '../../monotonic.ts';
import { wallNow } from '../../wall.ts';
import type { DeviceReport, DeviceThreadPlan } from '../thread-messages.ts';
import { timerJitter } from '../timer-jitter.ts';
import { tunnelClock } from '../tunnel-clock.ts';
import { type Arena, createArena, RECEIVE_MESSAGES } from './arena.ts';
import { choosePacketCipher } from './cipher.ts';
import { Inbound } from './inbound.ts';
import { Lanes } from './lanes.ts';
import { Opening } from './opening.ts';
import { Outbound } from './outbound.ts';
import { Sealing } from './sealing.ts';
import { type SocketFacts, Sources } from './sources.ts';

/** Longest sleep without anything due. */
const MAX_WAIT = NS_PER_S;
/** How long to wait for a socket whose buffer is full before what is left is given up. */
const SEND_PATIENCE = 100 * NS_PER_MS;
/** Handshake messages between two turns of data: some 100 µs each. */
const HANDSHAKES_A_TURN = 4;

export class LinuxTunnel {
  readonly #libc: Libc;
  readonly #now: Clock;
  readonly #report: (report: DeviceReport) => void;
  readonly #tun: TunDevice;
  readonly #arena: Arena;
  readonly #cipher: PacketCipher;
  readonly #device: TunnelDevice;
  readonly #batch: DatagramBatch;
  readonly #receiver: UdpReceiver;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  readonly #poller: Poller;
  readonly #errors: ErrorQueue;
  readonly #link: LinkWatch;
  readonly #routes: RouteTable;
  readonly #sources: Sources;
  readonly #lanes: Lanes;
  readonly #wakeFd: number;
  #sockets: TunnelSockets;
  #fwmark = 0;
  #isUp = false;
  #isGone = false;

  /** @throws NetError `ERR_UNSUPPORTED` saying what this host lacks */
  constructor(libc: Libc, plan: DeviceThreadPlan, report: (report: DeviceReport) => void) {
    this.#libc = libc;
    this.#now = tunnelClock(libc);
    this.#report = report;
    this.#wakeFd = plan.wakeFd;
    this.#tun = openTun(libc, plan.name, true);
    this.#arena = createArena(libc, COALESCER_BYTES, plan.threads);
    const { memory, received, joined, outgoing } = this.#arena;
    const [scratch = 0, ...otherScratches] = this.#arena.scratches;
    const { primitives } = hostPrimitives(libc, monotonicNow);
    const cipher = choosePacketCipher(libc, memory, scratch, primitives.aead);
    this.#cipher = cipher;
    const deps = {
      primitives,
      random: (bytes: number) => randomFillSync(new Uint8Array(bytes)),
      wall: wallNow,
      jitter: timerJitter,
      keylog: plan.keylog ? (line: string) => report({ tag: 'keylog', line }) : null,
    };
    this.#device = new TunnelDevice(deps, plan.mtu);
    this.#sockets = openTunnelSockets(libc, 0);
    this.#device.configure({ listenPort: this.#sockets.port, peers: [] }, this.#now());
    this.#batch = new DatagramBatch(libc, this.#sockets, memory, outgoing, this.#sendFailed);
    this.#receiver = new UdpReceiver(libc, RECEIVE_MESSAGES, { memory, base: received });
    const coalescer = new Coalescer(memory, joined.begin, this.#tun.udpSegmentation);
    this.#poller = new Poller(libc);
    this.#errors = new ErrorQueue(libc);
    this.#link = new LinkWatch(libc, this.#tun.name);
    this.#routes = new RouteTable(libc);
    this.#sources = new Sources(libc, this.#routes, this.#socketFacts());
    // Last of what may fail: threads that were started are to be ended.
    this.#lanes = new Lanes(memory, otherScratches, this.#threadLost);
    const common = { libc, tunFd: this.#tun.fd, arena: this.#arena, lanes: this.#lanes, device: this.#device };
    const sealing = new Sealing(memory, cipher, scratch);
    this.#outbound = new Outbound({
      ...common,
      sealing,
      batch: this.#batch,
      sources: this.#sources,
      flush: this.#flush,
    });
    const opening = new Opening(memory, cipher, this.#lanes.isEmpty ? null : scratch);
    this.#inbound = new Inbound({ ...common, opening, receiver: this.#receiver, coalescer });
  }

  get name(): string {
    return this.#tun.name;
  }

  status(): DeviceStatus {
    return this.#device.status(this.name);
  }

  /** All of a change, or nothing of it. */
  configure(change: DeviceChange): void {
    const { listenPort, fwmark } = change;
    const before = this.#sockets;
    if (listenPort !== undefined && listenPort !== before.port) {
      this.#sockets = openTunnelSockets(this.#libc, listenPort);
      this.#batch.use(this.#sockets);
    }
    try {
      if (fwmark !== undefined || this.#sockets !== before) markSockets(this.#sockets, fwmark ?? this.#fwmark);
    } catch (error) {
      if (this.#sockets !== before) closeTunnelSockets(this.#sockets);
      this.#sockets = before;
      this.#batch.use(before);
      throw error;
    }
    if (this.#sockets !== before) closeTunnelSockets(before);
    this.#fwmark = fwmark ?? this.#fwmark;
    this.#sources.changed(this.#socketFacts());
    this.#device.configure({ ...change, listenPort: this.#sockets.port }, this.#now());
    this.#settle();
  }

  /**
   * Waits for something to do, and does some of it.
   *
   * @returns whether there was a knock
   * @throws NetError `ERR_ABORTED` when the device was deleted
   */
  turn(): boolean {
    const { v4, v6 } = this.#sockets;
    const poller = this.#poller;
    poller.clear();
    const wake = poller.add(this.#wakeFd, POLL.in);
    const link = poller.add(this.#link.fd, POLL.in);
    const tun = poller.add(this.#tun.fd, POLL.in);
    const udp4 = poller.add(v4?.fd ?? -1, POLL.in);
    const udp6 = poller.add(v6?.fd ?? -1, POLL.in);
    const due = this.#device.pollTimeout();
    poller.wait(due === undefined ? MAX_WAIT : Math.min(MAX_WAIT, due - this.#now()));
    const now = this.#now();
    if (poller.ready(link) !== 0) this.#readLink(now);
    // A device that was deleted; one in another namespace is not.
    if ((poller.ready(tun) & POLL.err) !== 0) this.#isGone = true;
    else if (poller.ready(tun) !== 0) this.#readTun(now);
    if (v4 && poller.ready(udp4) !== 0) this.#readSocket(v4.fd, poller.ready(udp4), now);
    if (v6 && poller.ready(udp6) !== 0) this.#readSocket(v6.fd, poller.ready(udp6), now);
    this.#device.handleHandshakes(HANDSHAKES_A_TURN, now);
    this.#device.handleTimeout(now);
    this.#settle();
    // Sessions may have ended: what it has of their keys is not theirs to zero.
    this.#cipher.forget();
    if (this.#isGone) throw new NetError('ERR_ABORTED', `the device ${this.name} was deleted`);
    return poller.ready(wake) !== 0 && this.#takeKnock();
  }

  close(): void {
    this.#device.destroy();
    const isOurs = this.#lanes.close();
    closeTunnelSockets(this.#sockets);
    this.#libc.close(this.#tun.fd);
    this.#link.close();
    this.#routes.close();
    this.#cipher.free();
    this.#errors.free();
    this.#receiver.free();
    this.#batch.free();
    this.#arena.memory.bytes.fill(0);
    // A thread that does not move may yet look into it: then it goes with the process.
    if (isOurs) this.#libc.free(this.#arena.memory);
  }

  #readTun(now: Instant): void {
    this.#outbound.turn(now);
  }

  /** A device that is down neither sends nor takes; what came meanwhile is thrown away. */
  #readSocket(fd: number, events: number, now: Instant): void {
    if ((events & POLL.err) !== 0) for (const error of this.#errors.drain(fd)) this.#tellError(error, now);
    if (!this.#isUp) return void this.#receiver.receive(fd);
    this.#inbound.turn(fd, now);
    // What the kernel answers itself, an echo or an acknowledgement, it answered while the packet was written.
    this.#readTun(now);
  }

  #readLink(now: Instant): void {
    this.#link.drain();
    this.#sources.changed();
    const state = this.#link.read();
    if (!state) return;
    this.#device.mtu = state.mtu;
    if (state.isUp === this.#isUp) return;
    this.#isUp = state.isUp;
    if (state.isUp) this.#device.up(now);
    else this.#device.down();
  }

  /** Sends and reports what the engine has to say. */
  #settle(): void {
    for (let next = this.#device.pollTransmit(); next; next = this.#device.pollTransmit()) {
      const { to, bytes, ecn } = next;
      if (!this.#batch.fits(bytes.length)) this.#flush();
      const endpoint = this.#sources.ready(to);
      this.#arena.memory.bytes.set(bytes, this.#batch.at);
      this.#batch.add(bytes.length, endpoint, ecn);
    }
    this.#flush();
    for (let next = this.#device.pollInner(); next; next = this.#device.pollInner()) {
      this.#inbound.write(next, this.#now());
    }
    const events: TunnelEvent[] = [];
    for (let next = this.#device.pollEvent(); next; next = this.#device.pollEvent()) events.push(next);
    if (events.length > 0) this.#report({ tag: 'events', events });
  }

  readonly #flush = (): void => {
    if (!this.#batch.empty) this.#batch.flush(SEND_PATIENCE);
  };

  readonly #sendFailed = (endpoint: SocketEndpoint, datagrams: number, reason: string): void => {
    const where = (): string => `${reason} to ${formatEndpoint(endpoint.address, endpoint.port)}`;
    this.#device.drop(this.#device.peerAt(endpoint), 'send-failed', this.#now(), datagrams, where);
  };

  readonly #threadLost = (reason: string): void => this.#device.tellThreadLost(reason, monotonicNow());

  #tellError({ address, port, reason, pathMtu }: ReturnType<ErrorQueue['drain']>[number], now: Instant): void {
    const peer = this.#device.peerAt({ address, port });
    const where = formatEndpoint(address, port);
    if (pathMtu === null) this.#device.drop(peer, 'send-failed', now, 1, () => `${reason} from the way to ${where}`);
    else this.#device.drop(peer, 'path-mtu', now, 1, () => `${pathMtu} octets on the way to ${where}`);
  }

  #socketFacts(): SocketFacts {
    const { port, device } = this.#sockets;
    return { port, device, fwmark: this.#fwmark };
  }

  #takeKnock(): boolean {
    return this.#libc.read(this.#wakeFd, this.#libc.scratch.address, 8) === 8;
  }
}
