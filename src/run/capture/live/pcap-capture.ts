/**
 * Captures with the package `pcap` and writes a pcap file, in a process that does nothing else.
 *
 * Everything is written at once and waits for its reader, as tcpdump does it: what that cannot take stays in the
 * kernel's buffer, or is dropped and counted there.
 *
 * @module
 */
import type { LivePlan, LiveStatistics } from './live-source.ts';
import type { PcapPackage, PcapSession } from './pcap-package.ts';

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
const BUFFER_BYTES = 64 * 1024 * 1024;
/** Collected before it is written. A packet is 256 KiB at most. */
const CHUNK_BYTES = 512 * 1024;
/** How long the kernel may hold packets back for a larger batch. */
const BATCH_MS = 25;
/**
 * How long the last of them are waited for. A batch is handed over at the first tick of its timer that finds packets in it
 * and it unchanged since the tick before (prb_retire_rx_blk_timer_expired() of net/packet/af_packet.c): at the second at
 * the latest.
 */
const LAST_BATCH_MS = 3 * BATCH_MS;
const LOOK_MS = 5;

/** What a capture needs of the process that it is in. */
export interface PcapOutput {
  /** Writes all of it, and returns then. */
  readonly write: (octets: Uint8Array) => void;
  /** Whether the reader has enough; asked while packets come so fast that nothing else has a turn. */
  readonly isStopped: () => boolean;
  /** Ends the process: the package cannot end a session by itself. */
  readonly ended: (statistics: LiveStatistics) => void;
}

export class PcapCapture {
  readonly #session: PcapSession;
  readonly #output: PcapOutput;
  readonly #chunk = new Uint8Array(CHUNK_BYTES);
  #filled = 0;
  #delivered = 0;
  /** How many there were when it was told to stop amid packets. */
  #last: number | null = null;
  #isStopping = false;
  #isEnded = false;

  /** @returns why it cannot: it does not know the device's link type. @throws what libpcap says */
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

  /** Waits for what the kernel has and did not hand over yet, and ends. */
  async stop(): Promise<void> {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const last = this.#captured();
    for (let waited = 0; waited < LAST_BATCH_MS && this.#delivered < last; waited += LOOK_MS) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    this.#end();
  }

  /** How many the kernel has or had for us. On loopback libpcap keeps back half of them. */
  #captured(): number {
    const { ps_recv, ps_drop } = this.#session.stats();
    return ps_recv - ps_drop;
  }

  /** Its header is that of a pcap record already, in this host's byte order. Both buffers are used again. */
  #record(packet: Uint8Array, header: Uint8Array): void {
    if (this.#isEnded) return;
    this.#delivered++;
    const capturedBytes = new DataView(header.buffer, header.byteOffset).getUint32(8, true);
    if (this.#filled + RECORD_HEADER_BYTES + capturedBytes > CHUNK_BYTES) {
      this.#flush();
      // Until there are none left, packets come without a turn for anything else.
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
