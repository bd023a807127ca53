/**
 * The main loop of a WireGuard device, in one thread.
 *
 * With a single thread there are no locks, the packets of each peer stay in order, and only one thread wakes up for a
 * packet. If there are enough processors, other threads help with the cipher.
 *
 * @module
 */
import { formatEndpoint } from '../../../core/address.ts';
import { NetError } from '../../../core/errors.ts';
import type { DeviceChange, DeviceStatus, PeerChange } from '../../../core/shapes/tunnel-config.ts';
import { type Clock, type Instant, NS_PER_S } from '../../../core/time.ts';
import type { PacketCipher } from '../../../native/packet-cipher.ts';
import type { DatagramError } from '../../../native/udp/error-queue.ts';
import { Coalescer } from '../../../tunnel/offload/coalesce.ts';
import type { TunnelDevice } from '../../../tunnel/wireguard/device.ts';
import type { TunnelEvent } from '../../../tunnel/wireguard/events.ts';
import type { DeviceReport } from '../device/thread-messages.ts';
import type { Arena } from './arena.ts';
import type { CipherThreads } from './cipher-threads/cipher-threads.ts';
import { Inbound } from './inbound.ts';
import { MessageDecrypter } from './message-decrypter.ts';
import { Outbound } from './outbound.ts';
import { PacketEncrypter } from './packet-encrypter.ts';
import type { DatagramPort, PacketPort, Remote, SocketReady, WaitPort } from './ports.ts';

/** Longest wait. */
const MAX_WAIT = NS_PER_S;
/** Most handshake messages per turn; each takes about 100 µs. */
const HANDSHAKES_A_TURN = 4;
/** After a turn with so few messages received, the device is read immediately, for a fast answer. */
const AT_ONCE = 2;

/** The parts of a tunnel, which owns and closes them. */
export interface TunnelParts {
  readonly device: TunnelDevice;
  readonly packets: PacketPort;
  readonly datagrams: DatagramPort;
  readonly waiting: WaitPort;
  readonly arena: Arena;
  readonly cipher: PacketCipher;
  readonly cipherThreads: CipherThreads;
  readonly now: Clock;
  readonly report: (report: DeviceReport) => void;
}

/** A tunnel device with its data path. */
export class LinuxTunnel {
  readonly #parts: TunnelParts;
  readonly #outbound: Outbound;
  readonly #inbound: Inbound;
  #isUp = false;
  #isGone = false;

  constructor(parts: TunnelParts) {
    const { device, packets, datagrams, arena, cipher, cipherThreads, now } = parts;
    const { memory, joined, scratches } = arena;
    const [scratch = 0] = scratches;
    this.#parts = parts;
    device.configure({ listenPort: datagrams.port, peers: [] }, now());
    datagrams.onFailure = this.#sendFailed;
    const common = { arena, cipherThreads, device, packets, datagrams };
    this.#outbound = new Outbound({ ...common, encrypter: new PacketEncrypter(memory, cipher, scratch) });
    this.#inbound = new Inbound({
      ...common,
      decrypter: new MessageDecrypter(memory, cipher, cipherThreads.isEmpty ? null : scratch),
      coalescer: new Coalescer(memory, joined.begin, packets.udpSegmentation),
    });
  }

  /** Name of the device. */
  get name(): string {
    return this.#parts.packets.name;
  }

  status(): DeviceStatus {
    return this.#parts.device.status(this.name);
  }

  /**
   * Applies a change completely, or not at all.
   *
   * @throws NetError `ERR_USAGE` for a port that is in use
   */
  configure(change: DeviceChange): void {
    const { datagrams, device, now } = this.#parts;
    datagrams.configure(change.listenPort, change.fwmark);
    const peers = change.peers.map((peer) => this.#named(peer));
    device.configure({ ...change, peers, listenPort: datagrams.port }, now());
    this.#settle();
  }

  /**
   * Waits for packets, datagrams, commands or timers, and handles some of them.
   *
   * @returns whether there is a command for the thread
   * @throws NetError `ERR_ABORTED` when the device was deleted
   */
  turn(): boolean {
    const { device, waiting, cipher } = this.#parts;
    const due = device.pollTimeout();
    const ready = waiting.wait(due === undefined ? MAX_WAIT : Math.min(MAX_WAIT, due - this.#parts.now()));
    const now = this.#parts.now();
    if (ready.hasLinkChanged) this.#readLink(now);
    if (ready.isDeviceGone) this.#isGone = true;
    else if (ready.hasPackets) this.#outbound.turn(now);
    for (let socket = 0; socket < ready.sockets.length; socket++) {
      const found = ready.sockets[socket];
      if (found?.hasDatagrams) this.#readSocket(socket, found, now);
    }
    device.handleHandshakes(HANDSHAKES_A_TURN, now);
    device.handleTimeout(now);
    this.#settle();
    // Sessions may have ended, but do not zero the cipher's copies of their keys.
    cipher.forget();
    if (this.#isGone) throw new NetError('ERR_ABORTED', `the device ${this.name} was deleted`);
    return ready.isWoken;
  }

  /** Ends the helpers, closes all parts and zeroes keys and packets. */
  close(): void {
    const { device, packets, datagrams, arena, cipher, cipherThreads } = this.#parts;
    device.destroy();
    const isOurs = cipherThreads.close();
    datagrams.close();
    packets.close();
    cipher.free();
    arena.memory.bytes.fill(0);
    // If a helper makes no progress it may still access the arena: then the arena is not freed.
    if (isOurs) arena.free();
  }

  /** Reads a socket. While the device is down, datagrams are dropped. */
  #readSocket(socket: number, { hasErrors }: SocketReady, now: Instant): void {
    const { datagrams } = this.#parts;
    if (hasErrors) for (const error of datagrams.errors(socket)) this.#tellError(error, now);
    if (!this.#isUp) return void datagrams.receive(socket);
    // Answers of the kernel itself, such as an echo reply, are available as soon as the packet was written. In a long
    // burst this is not done, because acknowledgements would be sent one at a time.
    if (this.#inbound.turn(socket, now) <= AT_ONCE) this.#outbound.turn(now);
  }

  #readLink(now: Instant): void {
    const { datagrams, device, packets } = this.#parts;
    datagrams.routesChanged();
    const state = packets.link();
    if (!state) return;
    device.mtu = state.mtu;
    if (state.isUp === this.#isUp) return;
    this.#isUp = state.isUp;
    if (state.isUp) device.up(now);
    else device.down();
  }

  /** Sends the engine's messages, writes its packets, and reports its events. */
  #settle(): void {
    const { arena, datagrams, device, now, report } = this.#parts;
    const { outgoing } = datagrams;
    for (let next = device.pollTransmit(); next; next = device.pollTransmit()) {
      const { to, bytes, ecn } = next;
      if (!outgoing.fits(bytes.length)) datagrams.flush();
      arena.memory.bytes.set(bytes, outgoing.at);
      outgoing.add(bytes.length, datagrams.ready(to), ecn);
    }
    datagrams.flush();
    for (let next = device.pollInner(); next; next = device.pollInner()) this.#inbound.write(next, now());
    const events: TunnelEvent[] = [];
    for (let next = device.pollEvent(); next; next = device.pollEvent()) events.push(next);
    if (events.length > 0) report({ tag: 'events', events });
  }

  readonly #sendFailed = (to: Remote, datagrams: number, reason: string): void => {
    const { device, now } = this.#parts;
    const where = (): string => `${reason} to ${formatEndpoint(to.address, to.port)}`;
    device.drop(device.peerAt(to), 'send-failed', now(), datagrams, where);
  };

  #tellError({ address, port, reason, pathMtu }: DatagramError, now: Instant): void {
    const { device } = this.#parts;
    const peer = device.peerAt({ address, port });
    const where = formatEndpoint(address, port);
    if (pathMtu === null) device.drop(peer, 'send-failed', now, 1, () => `${reason} from the way to ${where}`);
    else device.drop(peer, 'path-mtu', now, 1, () => `${pathMtu} octets on the way to ${where}`);
  }

  /** Converts the endpoint of a peer to the form in which the port reports senders. */
  #named(peer: PeerChange): PeerChange {
    if (!peer.endpoint) return peer;
    const { address, port } = peer.endpoint;
    return { ...peer, endpoint: { address: this.#parts.datagrams.canonical(address), port } };
  }
}
