/**
 * tcpdump in a namespace, and what its file says about sizes.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab, Running, Side } from './lab.ts';

/** One captured frame. Of its octets, only as many as the snaplen allows are there. */
export interface Frame {
  /** Since 1970, to the 256 ns that a number of this size can tell. */
  readonly atNs: number;
  /** Length on the device, with its Ethernet header. */
  readonly bytes: number;
  readonly octets: Uint8Array;
}

const SNAPLEN = 96;

/** A capture that is under way. */
export class Capture {
  readonly #folder = mkdtempSync(join(tmpdir(), 'wz-pcap-'));
  readonly #file = join(this.#folder, 'frames.pcap');
  readonly #tcpdump: Running;

  private constructor(lab: Lab, side: Side, device: string, filter: string) {
    const quick = ['-n', '-p', '-Z', 'root', '-B', '65536', '-s', String(SNAPLEN), '--time-stamp-precision=nano'];
    this.#tcpdump = lab.start(side, ['tcpdump', ...quick, '-i', device, '-w', this.#file, filter]);
  }

  static async begin(lab: Lab, side: Side, device: string, filter = ''): Promise<Capture> {
    const capture = new Capture(lab, side, device, filter);
    await capture.#tcpdump.says(/listening on/);
    return capture;
  }

  /** Ends it. @throws Error if the kernel dropped frames: then nothing can be counted. */
  async end(): Promise<readonly Frame[]> {
    // The kernel hands over a block that is not full after up to a second.
    await sleep(1200);
    const { stderr } = await this.#tcpdump.stop('SIGINT');
    const [captured, received, dropped] = Array.from(
      stderr.matchAll(/(\d+) packets? (?:capt|rec|drop)/g),
      (it) => it[1],
    );
    const frames = readPcap(readFileSync(this.#file));
    rmSync(this.#folder, { recursive: true });
    if (dropped !== '0' || captured !== received) throw new Error(`tcpdump lost frames: ${stderr.trim()}`);
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
