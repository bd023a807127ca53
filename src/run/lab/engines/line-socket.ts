/**
 * One end of a line over loopback: a UDP socket whose sending direction has the requested rate, delay and loss.
 *
 * @module
 */
import { createSocket, type Socket } from 'node:dgram';
import type { Instant } from '../../../core/time.ts';
import { DROPPED, Impairment, type ImpairmentPlan } from '../../../measure/impairment.ts';
import { monotonicNow } from '../../monotonic.ts';
import type { RelayCounts } from '../relay/relay.ts';

const LOOPBACK = '127.0.0.1';
const BUFFER_BYTES = 4 * 1024 * 1024;
/** Most delayed datagrams; more are refused. */
const MOST_DELAYED = 65_536;

/** A socket that is connected to the other end of the line. */
export class LineSocket {
  onDatagram: (bytes: Uint8Array) => void = () => {};
  readonly #socket: Socket;
  readonly #impairment: Impairment | null;
  readonly #delayed: { readonly bytes: Uint8Array; readonly due: Instant }[] = [];
  #head = 0;
  #refused = 0;
  #connected = false;

  private constructor(socket: Socket, impairment: Impairment | null) {
    this.#socket = socket;
    this.#impairment = impairment;
    socket.on('message', (bytes: Uint8Array) => this.onDatagram(bytes));
    // ECONNREFUSED: the other end has closed first, because its test is over. Missing datagrams show in the counts.
    socket.on('error', () => {});
  }

  /**
   * Binds a socket to a port that the system chooses.
   *
   * @param random - numbers from 0 to 1 that decide about loss
   */
  static async open(plan: ImpairmentPlan, random: () => number): Promise<LineSocket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES, sendBufferSize: BUFFER_BYTES });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, LOOPBACK, resolve);
    });
    const limited = plan.rateBps !== null || plan.delayNs > 0 || plan.lossRatio > 0;
    return new LineSocket(socket, limited ? new Impairment(plan, random) : null);
  }

  /** The port of this end. */
  get port(): number {
    return this.#socket.address().port;
  }

  /** Packets carried and dropped; `null` for a line without limits. */
  get counts(): RelayCounts | null {
    return this.#impairment && { ...this.#impairment.counts, packets_refused: this.#refused };
  }

  /** Connects to the other end. Datagrams sent before are dropped. */
  connect(port: number): Promise<void> {
    return new Promise((resolve) =>
      this.#socket.connect(port, LOOPBACK, () => {
        this.#connected = true;
        resolve();
      }),
    );
  }

  /**
   * Sends a datagram, or queues it until it is due. Its octets must not change afterwards.
   *
   * @param ipBytes - size of the IP packet that it represents, to which the rate applies
   */
  send(bytes: Uint8Array, ipBytes: number): void {
    if (!this.#connected) return;
    if (!this.#impairment) return this.#socket.send(bytes);
    const due = this.#impairment.arrival(ipBytes, monotonicNow());
    if (due === DROPPED) return;
    if (this.#delayed.length - this.#head < MOST_DELAYED) this.#delayed.push({ bytes, due });
    else this.#refused++;
  }

  /** Number of datagrams in Node's queue. */
  queued(): number {
    return this.#socket.getSendQueueCount();
  }

  /** Sends datagrams that are due; called every millisecond. */
  tick(now: Instant): void {
    for (let next = this.#delayed[this.#head]; next && next.due <= now; next = this.#delayed[++this.#head]) {
      this.#socket.send(next.bytes);
    }
    if (this.#head < 1024) return;
    this.#delayed.splice(0, this.#head);
    this.#head = 0;
  }

  close(): void {
    this.#socket.close();
  }
}
