/**
 * What this host's counters did during a test: processor, device, UDP drops, fragments.
 *
 * @module
 */
import type { CpuFacts, WireCount } from '../../core/shapes/result.ts';
import { type DeviceCounters, readDeviceCounters, wireCountSince } from '../../system/counters.ts';
import { CpuMeter, type ThreadFacts } from '../../system/cpu.ts';
import { readFragmentsCreated, readUdpDrops } from '../../system/snmp.ts';

interface Reading {
  readonly device: DeviceCounters | null;
  readonly drops: number | null;
  readonly fragments: number | null;
}

export class HostWatch {
  readonly #device: string | null;
  #cpu: CpuMeter | undefined;
  #before: Reading | undefined;
  #after: Reading | undefined;
  #cpuFacts: CpuFacts | undefined;

  /** @param device - whose octets are the wire; `null` counts none. */
  constructor(device: string | null) {
    this.#device = device;
  }

  begin(): void {
    this.#before = this.#read();
    this.#cpu = new CpuMeter();
  }

  end(): void {
    this.#cpuFacts = this.#cpu?.read();
    this.#after = this.#read();
  }

  /** Reads the device again, for payload that counts and was under way at the end. Processor use stays as it was. */
  recount(): void {
    this.#after = this.#read();
  }

  cpu(threads: ThreadFacts): CpuFacts | null {
    return this.#cpuFacts ? { ...this.#cpuFacts, ...threads } : null;
  }

  get wire(): WireCount | null {
    const [before, after] = [this.#before?.device ?? null, this.#after?.device ?? null];
    return this.#device === null ? null : wireCountSince(before, after, this.#device);
  }

  get receiveBufferDrops(): number | null {
    return difference(this.#before?.drops, this.#after?.drops);
  }

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
