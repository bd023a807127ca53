/**
 * Forwards packets between two TUN devices, with a rate limit, delay and loss.
 *
 * For kernels without netem. It needs two system calls for each packet, which allows a few hundred thousand packets per
 * second.
 *
 * @module
 */
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import { DROPPED, Impairment, type ImpairmentCounts, type ImpairmentPlan } from '../../../measure/impairment.ts';
import { POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import type { Memory } from '../../../native/memory/memory.ts';
import { Poller } from '../../../native/poller.ts';
import { monotonicNow } from '../../monotonic.ts';

/** Buffer for delayed packets of one direction: 500 ms of 1 Gbit/s in packets of 1500 octets. */
const STORE_BYTES = 64 * 1024 * 1024;
/** Packets read before packets that are due are sent. */
const BATCH = 64;
const LONGEST_WAIT = 5 * NS_PER_MS;

/** Packets of a line; `packets_refused` found no buffer, or a device did not accept them. */
export interface RelayCounts extends ImpairmentCounts {
  readonly packets_refused: number;
}

/** Forwards one direction. */
class Direction {
  readonly #libc: Libc;
  readonly #from: number;
  readonly #to: number;
  readonly #impairment: Impairment;
  readonly #store: Memory;
  readonly #slotBytes: number;
  /** Ring buffer of delayed packets; the oldest is at `#head`. */
  readonly #due: Float64Array;
  readonly #lengths: Uint32Array;
  #head = 0;
  #count = 0;
  #refused = 0;

  constructor(libc: Libc, from: number, to: number, mtu: number, impairment: Impairment) {
    this.#libc = libc;
    this.#from = from;
    this.#to = to;
    this.#impairment = impairment;
    this.#store = libc.allocate(STORE_BYTES);
    this.#slotBytes = Math.ceil(mtu / 64) * 64;
    const slots = Math.floor(STORE_BYTES / this.#slotBytes);
    this.#due = new Float64Array(slots);
    this.#lengths = new Uint32Array(slots);
  }

  get counts(): RelayCounts {
    return { ...this.#impairment.counts, packets_refused: this.#refused };
  }

  get nextDue(): Instant {
    return this.#count === 0 ? Number.POSITIVE_INFINITY : (this.#due[this.#head] ?? 0);
  }

  receive(): void {
    const slots = this.#due.length;
    for (let i = 0; i < BATCH; i++) {
      // If all slots but one are in use, the last one is overwritten: its packet is refused.
      const full = this.#count === slots - 1;
      const slot = (this.#head + this.#count) % slots;
      const length = this.#libc.read(this.#from, this.#store.address + slot * this.#slotBytes, this.#slotBytes);
      if (length <= 0) return;
      if (full) {
        this.#refused++;
        continue;
      }
      const due = this.#impairment.arrival(length, monotonicNow());
      if (due === DROPPED) continue;
      this.#due[slot] = due;
      this.#lengths[slot] = length;
      this.#count++;
    }
  }

  deliver(): void {
    const now = monotonicNow();
    while (this.nextDue <= now) {
      const address = this.#store.address + this.#head * this.#slotBytes;
      if (this.#libc.write(this.#to, address, this.#lengths[this.#head] ?? 0) < 0) this.#refused++;
      this.#head = (this.#head + 1) % this.#due.length;
      this.#count--;
    }
  }
}

/** Both directions of a line. */
export class Relay {
  readonly #poller: Poller;
  readonly #fds: readonly [number, number];
  readonly #directions: readonly [Direction, Direction];

  /**
   * @param fds - descriptors of two TUN devices, non-blocking and without a virtio-net header
   * @param random - for each direction, numbers from 0 to 1 that decide about loss
   */
  constructor(
    libc: Libc,
    fds: readonly [number, number],
    mtu: number,
    plan: ImpairmentPlan,
    random: readonly [() => number, () => number],
  ) {
    const [near, far] = fds;
    this.#fds = fds;
    this.#poller = new Poller(libc);
    this.#directions = [
      new Direction(libc, near, far, mtu, new Impairment(plan, random[0])),
      new Direction(libc, far, near, mtu, new Impairment(plan, random[1])),
    ];
  }

  /** Waits until packets are received or due, at most 5 ms, and forwards them. */
  turn(): void {
    const [out, back] = this.#directions;
    this.#poller.clear();
    const [near, far] = [this.#poller.add(this.#fds[0], POLL.in), this.#poller.add(this.#fds[1], POLL.in)];
    const wait = Math.min(LONGEST_WAIT, Math.min(out.nextDue, back.nextDue) - monotonicNow());
    if (this.#poller.wait(wait) > 0) {
      if (this.#poller.ready(near) !== 0) out.receive();
      if (this.#poller.ready(far) !== 0) back.receive();
    }
    out.deliver();
    back.deliver();
  }

  /** Counts of both directions together. */
  get counts(): RelayCounts {
    const [a, b] = this.#directions.map((direction) => direction.counts) as [RelayCounts, RelayCounts];
    return {
      packets_carried: a.packets_carried + b.packets_carried,
      packets_lost: a.packets_lost + b.packets_lost,
      packets_queue_full: a.packets_queue_full + b.packets_queue_full,
      packets_refused: a.packets_refused + b.packets_refused,
    };
  }
}
