/**
 * Captures with the package `pcap` and writes a pcap file, in a process of its own.
 *
 * Writes are synchronous and wait for the reader, as in tcpdump. Packets that the reader cannot take yet stay in the
 * kernel's buffer, or are dropped and counted there.
 *
 * @module
 */
import type { LivePlan, LiveStatistics } from './live-source.ts';
import type { PcapPackage, PcapSession } from './pcap-package.ts';

/** Link types by the names that the package uses (its `pcap_session.cc`). */
const LINK_TYPES: Readonly<Record<string, number>> = {
  LINKTYPE_NULL: 0,
  LINKTYPE_ETHERNET: 1,
  LINKTYPE_RAW: 101,
  LINKTYPE_LINUX_SLL: 113,
  LINKTYPE_IEEE802_11_RADIO: 127,
};
const FILE_HEADER_BYTES = 24;
const RECORD_HEADER_BYTES = 16;
const BUFFER_BYTES = 64 * 1024 * 1024;
/** Packets are collected in chunks of this size. A packet has at most 256 KiB. */
const CHUNK_BYTES = 512 * 1024;
/** How long the kernel may buffer packets before it delivers them. */
const BATCH_MS = 25;
/**
 * How long to wait for the last packets. The kernel delivers a block at the first tick of its timer at which the block
 * has packets and is the same as at the tick before (prb_retire_rx_blk_timer_expired() in net/packet/af_packet.c): at
 * the second tick at the latest.
 */
const LAST_BATCH_MS = 3 * BATCH_MS;
const LOOK_MS = 5;

/** What a capture needs from its process. */
export interface PcapOutput {
  /** Writes all octets before it returns. */
  readonly write: (octets: Uint8Array) => void;
  /** Whether the reader has asked to stop. Is called while packets arrive so fast that no event handler runs. */
  readonly isStopped: () => boolean;
  /** Ends the process, since the package cannot end a session by itself. */
  readonly ended: (statistics: LiveStatistics) => void;
}

/** One capture session of the package. */
export class PcapCapture {
  readonly #session: PcapSession;
  readonly #output: PcapOutput;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #filled = 0;
  #delivered = 0;
  /** Number of captured packets when the reader asked to stop; `null` before that. */
  #last: number | null = null;
  #isStopping = false;
  #isEnded = false;

  /**
   * Starts a capture.
   *
   * @returns a reason if the package does not know the link type of the device
   * @throws Error with the message of libpcap
   */
  static begin(pcap: PcapPackage, plan: LivePlan, output: PcapOutput): PcapCapture | string {
    pcap.warningHandler = () => undefined;
    const session = pcap.createSession(plan.device, {
      filter: plan.filter,
      snap_length: plan.snaplen,
      buffer_size: BUFFER_BYTES,
      buffer_timeout: BATCH_MS,
    });
    const linkType = LINK_TYPES[session.link_type];
    if (linkType === undefined) return `pcap does not know the packets of ${plan.device} (${session.link_type})`;
    return new PcapCapture(session, output, fileHeader(linkType, plan.snaplen));
  }

  private constructor(session: PcapSession, output: PcapOutput, header: Uint8Array) {
    this.#session = session;
    this.#output = output;
    output.write(header);
    session.on('packet', ({ buf, header: record }) => this.#record(buf, record));
  }

  /** Waits for packets that the kernel has not delivered yet, and ends the capture. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const last = this.#captured();
    for (let waited = 0; waited < LAST_BATCH_MS && this.#delivered < last; waited += LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.#end();
  }

  /** Packets that the kernel has captured for this session. On loopback, libpcap discards half of them. */
  #captured(): number {
    const { ps_recv, ps_drop } = this.#session.stats();
    return ps_recv - ps_drop;
  }

  /** Adds a packet. Its header already is a pcap record header, in host byte order. The package reuses both buffers. */
  #record(packet: Uint8Array, header: Uint8Array): void {
    if (this.#isEnded) return;
    this.#delivered++;
    const capturedBytes = new DataView(header.buffer, header.byteOffset).getUint32(8, true);
    if (this.#filled + RECORD_HEADER_BYTES + capturedBytes > CHUNK_BYTES) {
      this.#flush();
      // As long as packets arrive, no other event is handled, so `isStopped` has to be asked here.
      if (this.#last === null && this.#output.isStopped()) this.#last = this.#captured();
      if (this.#last !== null && this.#delivered > this.#last) return this.#end();
    }
    if (this.#filled === 0) setImmediate(() => this.#flush());
    this.#chunk.set(header.subarray(0, RECORD_HEADER_BYTES), this.#filled);
    this.#chunk.set(packet.subarray(0, capturedBytes), this.#filled + RECORD_HEADER_BYTES);
    this.#filled += RECORD_HEADER_BYTES + capturedBytes;
  }

  #flush(): void {
    if (this.#filled > 0) this.#output.write(this.#chunk.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#flush();
    const { ps_recv, ps_drop, ps_ifdrop } = this.#session.stats();
    this.#output.ended({ tool: 'pcap', received: ps_recv, dropped: ps_drop, droppedByDevice: ps_ifdrop });
  }
}

/** The header of a pcap file with microseconds, in little-endian byte order (draft-ietf-opsawg-pcap §4). */
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
