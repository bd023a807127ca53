/**
 * One end of a line over loopback: a UDP socket, and before it whatever rate, delay and loss are asked for.
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
/** Under way at most; what comes on top is refused. */
const MOST_DELAYED = 65_536;

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
    // The other end closed first (ECONNREFUSED): its tests are over, and ours tell by what did not arrive.
    socket.on('error', () => {});
  }

  /** @param random - decides about loss */
  static async open(plan: ImpairmentPlan, random: () => number): Promise<LineSocket> {
    const socket = createSocket({ type: 'udp4', recvBufferSize: BUFFER_BYTES, sendBufferSize: BUFFER_BYTES });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(0, LOOPBACK, resolve);
    });
    const limited = plan.rateBps !== null || plan.delayNs > 0 || plan.lossRatio > 0;
    return new LineSocket(socket, limited ? new Impairment(plan, random) : null);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** `null` for a line without limits. */
  get counts(): RelayCounts | null {
    return this.#impairment && { ...this.#impairment.counts, packets_refused: this.#refused };
  }

  connect(port: number): Promise<void> {
    return new Promise((resolve) =>
      this.#socket.connect(port, LOOPBACK, () => {
        this.#connected = true;
        resolve();
      }),
    );
  }

  /**
   * Takes the octets: they must not change any more.
   *
   * @param ipBytes - size of the IP packet that they stand for, by which the line's rate goes
   */
  send(bytes: Uint8Array, ipBytes: number): void {
    if (!this.#connected) return;
    if (!this.#impairment) return this.#socket.send(bytes);
    const due = this.#impairment.arrival(ipBytes, monotonicNow());
    if (due === DROPPED) return;
    if (this.#delayed.length - this.#head < MOST_DELAYED) this.#delayed.push({ bytes, due });
    else this.#refused++;
  }

  /** Datagrams in Node's own queue. */
  queued(): number {
    return this.#socket.getSendQueueCount();
  }

  /** Sends what is due; to be called every millisecond. */
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
