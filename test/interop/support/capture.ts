/**
 * tcpdump in a namespace, and what its file says about sizes.
 *
 * @module
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from './commands.ts';
import type { Hosts } from './network.ts';
import { SLOWER } from './pairs.ts';

/** One captured frame. Of its octets, only as many as the snaplen allows are there. */
export interface Frame {
  /** Since 1970, to the 256 ns that a number of this size can tell. */
  readonly atNs: number;
  /** Length on the device, with its Ethernet header. */
  readonly bytes: number;
  readonly octets: Uint8Array;
}

export interface CaptureOptions {
  /** In the language of pcap-filter(7). */
  readonly filter?: string;
  readonly direction?: 'in' | 'out' | 'inout';
  /** Octets of each frame that are kept. */
  readonly snaplen?: number;
}

const SNAPLEN = 96;

/** A capture that is under way. */
export class Capture {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wz-pcap-'));
  readonly #file = join(this.#folder, 'frames.pcap');
  readonly #hosts: Hosts;
  readonly #host: string;
  readonly #tcpdump: Running;

  private constructor(hosts: Hosts, host: string, device: string, options: CaptureOptions) {
    this.#hosts = hosts;
    this.#host = host;
    const { filter = '', direction = 'inout', snaplen = SNAPLEN } = options;
    const quick = ['-n', '-p', '-Z', 'root', '-B', '65536', '-s', String(snaplen), '--time-stamp-precision=nano'];
    const which = ['-i', device, '-Q', direction, '-w', this.#file, filter];
    this.#tcpdump = hosts.start(host, ['tcpdump', ...quick, ...which]);
  }

  /** @param filter - or more options than that */
  static async begin(
    hosts: Hosts,
    host: string,
    device: string,
    filter: string | CaptureOptions = '',
  ): Promise<Capture> {
    const capture = new Capture(hosts, host, device, typeof filter === 'string' ? { filter } : filter);
    await capture.#tcpdump.says(/listening on/, 60_000 * SLOWER);
    return capture;
  }

  /**
   * Ends it.
   *
   * @param copy - where the file is to be left
   * @throws Error if the kernel dropped frames: then nothing can be counted
   */
  async end(copy?: string): Promise<readonly Frame[]> {
    // The kernel hands over a block that is not full after up to a second.
    await sleep(1200);
    const { stderr } = await this.#tcpdump.stop('SIGINT');
    const file = this.#hosts.read(this.#host, this.#file);
    const frames = readPcap(file);
    if (copy !== undefined) writeFileSync(copy, file);
    rmSync(this.#folder, { recursive: true });
    // That more were received than captured says only that frames still came while it ended.
    if (!/^0 packets dropped by kernel/m.test(stderr)) throw new Error(`tcpdump lost frames: ${stderr.trim()}`);
    return frames;
  }
}

/** Reads a pcap file with nanoseconds, in this host's byte order (libpcap's pcap-savefile(5)). */
export function readPcap(file: Uint8Array): readonly Frame[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (view.getUint32(0, true) !== 0xa1b2_3c4d) throw new Error('not a little-endian pcap file with nanoseconds');
  const frames: Frame[] = [];
  for (let at = 24; at + 16 <= file.length; ) {
    const captured = view.getUint32(at + 8, true);
    frames.push({
      atNs: view.getUint32(at, true) * 1e9 + view.getUint32(at + 4, true),
      bytes: view.getUint32(at + 12, true),
      octets: file.subarray(at + 16, at + 16 + captured),
    });
    at += 16 + captured;
  }
  return frames;
}

/** What an IPv4 frame says of itself; `undefined` for anything else. */
export function ipv4Of({ octets }: Frame):
  | {
      readonly source: string;
      readonly tos: number;
      readonly protocol: number;
      readonly sourcePort: number;
      readonly port: number;
      readonly fragment: boolean;
    }
  | undefined {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length < 38 || view.getUint16(12) !== 0x0800) return undefined;
  const transport = 14 + (view.getUint8(14) & 15) * 4;
  return {
    source: octets.subarray(26, 30).join('.'),
    tos: view.getUint8(15),
    protocol: view.getUint8(23),
    sourcePort: view.getUint16(transport),
    port: view.getUint16(transport + 2),
    // More fragments, or an offset (RFC 791).
    fragment: (view.getUint16(20) & 0x3fff) !== 0,
  };
}

/** The payload of a UDP datagram over Ethernet; empty for anything else, and for fragments. */
export function udpPayloadOf({ octets }: Frame): Uint8Array {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.byteLength);
  if (octets.length < 42) return octets.subarray(0, 0);
  const type = view.getUint16(12);
  if (type === 0x0800 && view.getUint8(23) === 17) return octets.subarray(14 + (view.getUint8(14) & 15) * 4 + 8);
  return type === 0x86dd && view.getUint8(20) === 17 ? octets.subarray(14 + 40 + 8) : octets.subarray(0, 0);
}
