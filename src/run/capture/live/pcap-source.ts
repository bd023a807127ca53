/**
 * A live capture in this process, through the npm package `pcap`, where that is installed.
 *
 * @module
 */
import { messageOf } from '../../../core/errors.ts';
import type { CaptureChunks } from '../input-failure.ts';
import { captureRefusal } from './capture-refusal.ts';
import type { LivePlan, LiveSource, LiveStatistics } from './live-source.ts';

/** What we use of it. */
export interface PcapPackage {
  /** What it calls with doubts that are none of the user's; it prints them otherwise. */
  warningHandler: (words: string) => void;
  createSession(
    device: string,
    options: { filter: string; snap_length: number; buffer_size: number; buffer_timeout: number },
  ): PcapSession;
}
interface PcapSession {
  /** `LINKTYPE_…` */
  readonly link_type: string;
  on(event: 'packet', listener: (packet: { buf: Uint8Array; header: Uint8Array }) => void): void;
  stats(): { ps_recv: number; ps_drop: number; ps_ifdrop: number };
  close(): void;
}

/** By the names that the package has for them (its `pcap_session.cc`). */
const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: 0,
  LINKTYPE_ETHERNET: 1,
  LINKTYPE_RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  LINKTYPE_IEEE802_11_RADIO: 127,
};
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const BUFFER_BYTES = 16 * 1024 * 1024;
/** Of what waits to be read. It cannot be told to wait, so what is more is dropped, and counted. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
/** How long the kernel may hold packets back for a larger batch: those are lost when the session is closed. */
const BATCH_MS = 50;

/** @returns `null` if the package is not installed or not built, or does not know the device's link type */
export async function startPcap(plan: LivePlan, load = loadPackage): Promise<LiveSource | null> {
  const pcap = await load();
  return pcap === null ? null : openSession(pcap, plan);
}

async function loadPackage(): Promise<PcapPackage | null> {
  // Not a literal: it is nobody's dependency, so the compiler cannot know it.
  const name: string = 'pcap';
  try {
    const module = await import(name);
    return module.default ?? module;
  } catch {
    return null;
  }
}

function openSession(pcap: PcapPackage, plan: LivePlan): LiveSource | null {
  let session: PcapSession;
  pcap.warningHandler = () => undefined;
  try {
    session = pcap.createSession(plan.device, {
      filter: plan.filter,
      snap_length: plan.snaplen,
      buffer_size: BUFFER_BYTES,
      buffer_timeout: BATCH_MS,
    });
  } catch (error) {
    throw captureRefusal(plan, 'pcap', messageOf(error));
  }
  const linkType = LINK_TYPES[session.link_type];
  if (linkType === undefined) {
    session.close();
    return null;
  }
  return new PcapSource(session, linkType, plan.snaplen);
}

class PcapSource implements LiveSource {
  readonly chunks: CaptureChunks;
  readonly begun = Promise.resolve();
  readonly #session: PcapSession;
  readonly #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #refused = 0;
  #statistics: LiveStatistics | null = null;
  #wake: () => void = () => undefined;

  constructor(session: PcapSession, linkType: number, snaplen: number) {
    this.#session = session;
    this.#take(fileHeader(linkType, snaplen));
    session.on('packet', ({ buf, header }) => this.#record(buf, header));
    this.chunks = this.#give();
  }

  stop(): void {
    if (this.#statistics !== null) return;
    const { ps_recv, ps_drop, ps_ifdrop } = this.#session.stats();
    const dropped = ps_drop + this.#refused;
    this.#statistics = { tool: 'pcap', received: ps_recv, dropped, droppedByDevice: ps_ifdrop };
    this.#session.close();
    this.#wake();
  }

  statistics(): LiveStatistics {
    return this.#statistics ?? { tool: 'pcap', received: null, dropped: null, droppedByDevice: null };
  }

  /** Its header is that of a pcap record already, in this host's byte order. Both buffers are used again. */
  #record(packet: Uint8Array, header: Uint8Array): void {
    const capturedBytes = new DataView(header.buffer, header.byteOffset).getUint32(8, true);
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      this.#refused++;
      return;
    }
    const record = new Uint8Array(RECORD_HEADER_BYTES + capturedBytes);
    record.set(header.subarray(0, RECORD_HEADER_BYTES));
    record.set(packet.subarray(0, capturedBytes), RECORD_HEADER_BYTES);
    this.#take(record);
  }

  #take(octets: Uint8Array): void {
    this.#waiting.push(octets);
    this.#waitingBytes += octets.length;
    this.#wake();
  }

  async *#give(): CaptureChunks {
    try {
      for (;;) {
        const all = this.#waiting.splice(0);
        this.#waitingBytes = 0;
        yield* all;
        if (this.#waiting.length > 0) continue;
        if (this.#statistics !== null) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      this.stop();
    }
  }
}

/** Of a file with microseconds, in the byte order that `DataView` is told (draft-ietf-opsawg-pcap §4). */
function fileHeader(linkType: number, snaplen: number): Uint8Array {
  const header = new Uint8Array(FILE_HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint32(0, 0xa1b2_c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snaplen, true);
  view.setUint32(20, linkType, true);
  return header;
}
