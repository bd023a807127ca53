/**
 * Two namespaces, near and far, of one machine, with a line between them: winze measures paths, tcpdump hears the line.
 *
 * Commands in the machine take their time, under emulation: what can be done by one of them is.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Overhead, PathResult, ResultDocument, TestResult } from '../../../src/core/shapes/result.ts';
import { type Frame, readPcap } from '../../interop/support/capture.ts';
import { must, Running } from '../../interop/support/commands.ts';
import { Machine } from './machine.mjs';

const ROOT = join(import.meta.dirname, '../../..');
const WINZE = join(ROOT, 'bin/winze.js');
const COMPARE = join(import.meta.dirname, 'compare.mjs');
const WATCH = join(import.meta.dirname, 'watch.mjs');
/** Headers of all tunnels are within. */
const SNAPLEN = 256;

export interface LinkFacts {
  readonly ifname: string;
  readonly mtu: number;
}

/** What winze tells of one path, beside the baseline. */
export interface Measured {
  readonly path: PathResult;
  readonly test: TestResult | undefined;
  readonly overhead: Overhead | undefined;
}

/** Devices of near that winze and tcpdump capture on, each by itself, while paths are measured. */
export interface Watch {
  /** By device, the packets that are captured, for pcap-filter(7): those that come only when something is measured. */
  readonly devices: Readonly<Record<string, string>>;
  /** `process`: the command, once for each device; `library`: all of them in one process. */
  readonly by: 'process' | 'library';
  /** A part of a script: after the tests, ends what would send packets by itself. */
  readonly quieten: string;
}

const NOTHING: Watch = { devices: {}, by: 'library', quieten: '' };

export class DeviceLab {
  readonly #machine: Machine;
  readonly #folder = mkdtempSync(join(tmpdir(), 'wz-devices-'));

  private constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** @param memoryMiB - each capture of winze has a buffer of 64 MiB in the kernel */
  static async begin(modules: readonly string[], memoryMiB = 1024): Promise<DeviceLab> {
    return new DeviceLab(await Machine.boot({ modules, memoryMiB, limitSeconds: 1800, bootLimitMs: 240_000 }));
  }

  /** Runs a script of sh(1). @throws Error if it fails */
  async sh(script: string): Promise<string> {
    const { status, stdout, stderr } = await new Running(this.#machine.inside(['sh', '-ec', script])).end();
    if (status !== 0) throw new Error(`exit ${status} of the machine: ${stderr.trim()}\n${script}`);
    return stdout;
  }

  /** What `ip -d -j link` says in near. */
  async links(): Promise<ReadonlyMap<string, LinkFacts>> {
    const links = JSON.parse(await this.sh('ip -n near -d -j link')) as LinkFacts[];
    return new Map(links.map((link) => [link.ifname, link]));
  }

  /**
   * A server in far; from near each path is measured once by TCP, of so many octets.
   *
   * @param groups - a baseline each, and what is compared with it
   */
  async compare(
    bytes: number,
    groups: readonly (readonly string[])[],
    watch: Watch = NOTHING,
  ): Promise<ReadonlyMap<string, Measured>> {
    const winze = `${process.execPath} ${WINZE}`;
    const capture = `tcpdump -i line -Q out -Z root -s ${SNAPLEN} -B 8192 --time-stamp-precision=nano -w /run/frames`;
    const devices = Object.entries(watch.devices);
    const files = devices.flatMap(([device]) => [`${device}.pcap`, `${device}.json`]);
    const answer = await this.sh(`
      ip netns exec far ${winze} -s --no-host-facts >/run/server 2>&1 & server=$!
      ip netns exec near ${capture} 2>/run/tcpdump & captures=$!
      ${devices.map(([device, filter]) => `ip netns exec near tcpdump -i ${device} -Z root -B 2048 --time-stamp-precision=nano -w /run/${device}.pcap '${filter}' 2>/run/${device}.tcpdump & captures="$captures $!"`).join('\n')}
      ${watchers(watch)
        .map((watcher) => `ip netns exec near ${process.execPath} ${watcher} & captures="$captures $!"`)
        .join('\n')}
      # A packet socket each, which runs for all protocols.
      sockets() { ip netns exec near awk '$4 == "0003" && $6 == 1' /proc/net/packet | wc -l; }
      until grep -q Listening /run/server && [ "$(sockets)" -eq ${1 + devices.length * 2} ]; do sleep 0.2; done
      ip netns exec near ${process.execPath} ${COMPARE} ${bytes} ${groups.map((group) => group.join(' ')).join(' -- ')} || cat /run/server >&2
      ${watch.quieten}
      # The kernel hands over a block that is not full after up to a second.
      sleep 1.2
      kill -INT $captures; kill $server; wait
      grep -q '^0 packets dropped' /run/tcpdump || { cat /run/tcpdump >&2; exit 1; }`);
    const packed = join(this.#folder, 'packed.tar');
    writeFileSync(packed, Buffer.from(await this.sh(`tar -cC /run frames ${files.join(' ')} | base64`), 'base64'));
    must(['tar', '-xC', this.#folder, '-f', packed]);
    return new Map((JSON.parse(answer) as ResultDocument[]).flatMap(measured));
  }

  /** What was captured on a watched device: a file of tcpdump, and the document of winze. */
  watched(device: string): { readonly file: string; readonly report: string } {
    return {
      file: join(this.#folder, `${device}.pcap`),
      report: readFileSync(join(this.#folder, `${device}.json`), 'utf8'),
    };
  }

  /** What the last comparison sent on the line. */
  get capture(): string {
    return join(this.#folder, 'frames');
  }

  /** Its frames that a filter of pcap-filter(7) lets through. */
  frames(filter: string): readonly Frame[] {
    const file = join(this.#folder, 'filtered.pcap');
    must(['tcpdump', '-r', this.capture, '--time-stamp-precision=nano', '-w', file, filter]);
    return readPcap(readFileSync(file));
  }

  async end(): Promise<void> {
    rmSync(this.#folder, { recursive: true });
    await this.#machine.end();
  }
}

/** Command lines of Node that write documents to `/run/DEVICE.json` when they are interrupted. */
function watchers({ devices, by }: Watch): readonly string[] {
  const words = Object.entries(devices).map(([device, filter]) => `${device} '${filter}'`);
  if (words.length === 0) return [];
  if (by === 'library') return [`${WATCH} ${words.join(' ')}`];
  return Object.entries(devices).map(
    ([device, filter]) => `${WINZE} capture -i ${device} --json '${filter}' >/run/${device}.json`,
  );
}

function measured({ paths, tests, overhead }: ResultDocument): readonly (readonly [string, Measured])[] {
  return paths.map((path) => [
    path.name,
    {
      path,
      test: tests.find((one) => one.path === path.name),
      overhead: overhead.find((one) => one.path === path.name),
    },
  ]);
}

/** Of a captured frame there is no FCS 4, preamble 8 and gap 12 (IEEE 802.3). */
const UNSEEN_BYTES = 24;

/**
 * Payload of each octet on the wire in full packets, by the capture alone.
 *
 * @param bytes - that a test sent
 * @param payload - of each full packet
 * @throws Error unless most of the test went in frames of one size
 */
export function countedRatio(frames: readonly Frame[], bytes: number, payload: number): number {
  const counts = new Map<number, number>();
  for (const { bytes: size } of frames) if (size > 1000) counts.set(size, (counts.get(size) ?? 0) + 1);
  const [[full, count] = [0, 0]] = [...counts].sort(([, a], [, b]) => b - a);
  // What is lost is sent again, in packets that may be smaller.
  if (count < bytes / payload / 2) throw new Error(`frames by size: ${JSON.stringify([...counts])}`);
  return payload / (full + UNSEEN_BYTES);
}

/** The one peer of a device of WireGuard, as a part of a script: keys are in /run. */
export function wireguard(
  end: 'near' | 'far',
  device: string,
  port: number,
  allowed: string,
  it: 1 | 2,
  network = '192.0.2',
): string {
  const other = end === 'near' ? 'far' : 'near';
  const peer = `peer $(cat /run/${other}.pub) endpoint ${network}.${it}:${port} allowed-ips ${allowed}`;
  return `ip netns exec ${end} wg set ${device} private-key /run/${end}.key listen-port ${port} ${peer}`;
}

/** Both namespaces anew, the line between them, and a key for each end, as a part of a script. */
export const NAMESPACES = `
  for end in near far; do
    ip netns del $end 2>/dev/null || true
    ip netns add $end
    wg genkey >/run/$end.key
    wg pubkey </run/$end.key >/run/$end.pub
  done
  ip link add line netns near type veth peer name line netns far
  # Nothing is left to the device to cut: what is counted is what is on a wire.
  for end in near far; do ip netns exec $end ethtool -K line tso off gso off gro off >/dev/null; done`;

/** Lines for `ip -batch` in a namespace, as a part of a script. */
export function batch(namespace: string, lines: readonly string[]): string {
  return `ip -n ${namespace} -batch - <<'END'\n${lines.join('\n')}\nEND\n`;
}
