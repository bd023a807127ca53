/**
 * A line between two TUN devices that this process carries, packet by packet, with delay, loss and rate.
 *
 * For kernels without netem. Two system calls a packet: a few hundred thousand packets a second.
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

/** Under way in one direction: 350 ms of a gigabit in packets of 1500 octets. */
const STORE_BYTES = 64 * 1024 * 1024;
/** Packets read before those that are due are looked after. */
const BATCH = 64;
const LONGEST_WAIT = 5 * NS_PER_MS;

export interface RelayCounts extends ImpairmentCounts {
  readonly packets_refused: number;
}

/** Carries one direction. */
class Direction {
  readonly #libc: Libc;
  readonly #from: number;
  readonly #to: number;
  readonly #impairment: Impairment;
  readonly #store: Memory;
  readonly #slotBytes: number;
  /** Of the packets under way, a ring: oldest at `#head`. */
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
      // With every slot taken the last one is overwritten: that packet is refused.
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

export class Relay {
  readonly #poller: Poller;
  readonly #fds: readonly [number, number];
  readonly #directions: readonly [Direction, Direction];

  /**
   * @param fds - of two TUN devices, non-blocking and without a virtio-net header
   * @param random - decides about loss, for each direction its own
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

  /** Waits for packets or until one is due, at most 5 ms, and moves what can be moved. */
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

  /** Of both directions. */
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
