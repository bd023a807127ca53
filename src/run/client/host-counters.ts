/**
 * Differences of this host's counters over a test: processor use, device, UDP drops, fragments.
 *
 * @module
 */
import type { CpuFacts } from '../../core/shapes/flow.ts';
import type { WireCount } from '../../core/shapes/result.ts';
import { type DeviceCounters, readDeviceCounters, wireCountSince } from '../../system/counters.ts';
import { CpuMeter, type ThreadFacts } from '../../system/cpu.ts';
import { readFragmentsCreated, readUdpDrops } from '../../system/snmp.ts';

interface Reading {
  readonly device: DeviceCounters | null;
  readonly drops: number | null;
  readonly fragments: number | null;
}

/** Reads the counters at the begin and at the end of a test. */
export class HostCounters {
  readonly #device: string | null;
  #cpu: CpuMeter | undefined;
  #before: Reading | undefined;
  #after: Reading | undefined;
  #cpuFacts: CpuFacts | undefined;

  /** @param device - whose counters are reported as the wire; `null` for none */
  constructor(device: string | null) {
    this.#device = device;
  }

  /** Reads the counters at the start. */
  begin(): void {
    this.#before = this.#read();
    this.#cpu = new CpuMeter();
  }

  /** Reads the counters at the end. */
  end(): void {
    this.#cpuFacts = this.#cpu?.read();
    this.#after = this.#read();
  }

  /** Reads the counters again, except processor use, after payload that was in flight at the end has been received. */
  recount(): void {
    this.#after = this.#read();
  }

  /** Processor use between `begin` and `end`; `null` before the end. */
  cpu(threads: ThreadFacts): CpuFacts | null {
    return this.#cpuFacts ? { ...this.#cpuFacts, ...threads } : null;
  }

  /** Bytes and packets of the device; `null` without a device or counters. */
  get wire(): WireCount | null {
    const [before, after] = [this.#before?.device ?? null, this.#after?.device ?? null];
    return this.#device === null ? null : wireCountSince(before, after, this.#device);
  }

  /** Datagrams that this host dropped because a socket buffer was full; `null` where it is not known. */
  get receiveBufferDrops(): number | null {
    return difference(this.#before?.drops, this.#after?.drops);
  }

  /** IP fragments that this host created; `null` where it is not known. */
  get fragmentsCreated(): number | null {
    return difference(this.#before?.fragments, this.#after?.fragments);
  }

  #read(): Reading {
    return {
      device: this.#device === null ? null : readDeviceCounters(this.#device),
      drops: readUdpDrops(),
      fragments: readFragmentsCreated(),
    };
  }
}

function difference(before: number | null | undefined, after: number | null | undefined): number | null {
  if (before === null || before === undefined || after === null || after === undefined) return null;
  return Math.max(0, after - before);
}
