/**
 * Two namespaces of this host, winze in each, and the machine as the router between them: netem on its devices.
 *
 * ```text
 * near: lane0 192.0.2.1/28   ── machine ── far: lane0 198.51.100.1/28
 *       lane1 192.0.2.17/28                     lane1 198.51.100.17/28     …
 * ```
 *
 * A lane is a path with two devices of its own in the machine, so that several tests run at once and each has its own
 * netem. "up" is on the device towards the server, "down" on that towards the client. Offloads are off: a packet is a
 * frame, with a checksum.
 *
 * @module
 */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Running, until } from '../../interop/support/commands.ts';
import { Network } from '../../interop/support/network.ts';
import { Machine } from './machine.mjs';

export type Side = 'near' | 'far';
export type Way = 'up' | 'down';
export type Protocol = 'udp' | 'tcp';

const BIN = join(import.meta.dirname, '../../../bin/winze.js');
const MODULES = ['sch_netem', 'sch_prio', 'cls_u32'];
/** Addresses of a lane at either end. */
const STEP = 16;
const LIMIT_MS = 60_000;
/** Payload of the ping that is last in a capture; a request and a reply are within so many octets. */
const MARK = 'winze';
const END_BYTES = 400;
const UDP = 'match ip protocol 17 0xff';
/** Magic and type of data, probe and reply (docs/protocol.md), the first octets of the payload. */
const COUNTED = ['0x7701', '0x7703', '0x7704'];

/** What netem counted. `early`: sent at once, ahead of those that it delays. */
export interface Counters {
  readonly sent: number;
  readonly dropped: number;
  readonly early: number;
}

export class NetemPath {
  readonly #network = new Network<Side>('near', 'far');
  readonly #lanes: number;
  readonly #devices: Record<Way, string>[] = [];
  #machine: Machine | undefined;
  #shell: ChildProcessWithoutNullStreams | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(lanes: number) {
    this.#lanes = lanes;
  }

  /** Call `destroy` afterwards, also when this failed. */
  async create(): Promise<void> {
    this.#machine = await Machine.boot({ modules: MODULES, lines: 2 * this.#lanes });
    const [shell = '', ...rest] = this.#machine.inside(['sh']);
    this.#shell = spawn(shell, rest);
    this.#shell.stdin.on('error', () => {});
    this.#network.create();
    for (const side of ['near', 'far'] as const) {
      // Loss holds back Reno, which every kernel lets namespaces choose; BBR takes no notice of some per cent.
      this.#network.run(side, ['sysctl', '-qw', 'net.ipv4.tcp_congestion_control=reno']);
    }
    for (let lane = 0; lane < this.#lanes; lane++) await this.#lay(lane);
    await this.inside('echo 1 > /proc/sys/net/ipv4/ip_forward');
  }

  async destroy(): Promise<void> {
    this.#shell?.stdin.end();
    await this.#machine?.end();
    await this.#network.destroy();
  }

  /** Of the server. */
  address(lane: number): string {
    return `198.51.100.${lane * STEP + 1}`;
  }

  /** Runs a script in the machine. A process for each would take more time than the script. */
  inside(script: string): Promise<string> {
    const answer = this.#turn.then(() => this.#ask(script));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** Starts winze at one end. */
  winze(side: Side, ...options: readonly string[]): Running {
    return this.#network.start(side, [process.execPath, BIN, ...options, '--no-host-facts']);
  }

  /** Writes what a lane carries at one end to a file, from when this returns until `captured`. */
  async capture(lane: number, side: Side, file: string): Promise<Running> {
    const device = `lane${lane}`;
    const [link] = JSON.parse(this.#network.run(side, ['ip', '-j', 'link', 'show', device]));
    // Not those that netem sent to another address of Ethernet, by a bit.
    const own = `ip and (ether src ${link.address} or ether dst ${link.address})`;
    const argv = ['tcpdump', '-i', device, '--immediate-mode', '-B', '8192', '-U', '-w', file, own];
    const running = this.#network.start(side, argv);
    await running.says(/listening on/, LIMIT_MS);
    return running;
  }

  /** Ends captures when everything up to now is in their files: a ping is the last that they see. */
  async captured(lane: number, captures: Readonly<Record<string, Running>>): Promise<void> {
    const pattern = Buffer.from(MARK).toString('hex');
    const ping = ['ping', '-c', '1', '-W', '30', '-p', pattern, this.address(lane)];
    const { status, stdout, stderr } = await this.#network.start('near', ping).end();
    if (status !== 0) throw new Error(`ping: ${stdout}${stderr}`);
    const isMarked = (file: string): boolean => endOf(file).split(MARK.repeat(3)).length > 2;
    for (const [file, capture] of Object.entries(captures)) {
      await until(`the ping in ${file}`, () => isMarked(file), LIMIT_MS);
      const said = (await capture.stop()).stderr;
      if (!/^0 packets dropped by kernel/m.test(said)) throw new Error(`tcpdump: ${said}`);
    }
  }

  /** Sends all packets through netem, or of UDP those that count. Counters begin at 0. */
  async impair(lane: number, way: Way, protocol: Protocol, netem: string): Promise<void> {
    const device = this.#device(lane, way);
    const matches =
      protocol === 'tcp' ? ['match u32 0 0'] : COUNTED.map((type) => `${UDP} match u16 ${type} 0xffff at 28`);
    await this.inside(
      [
        `tc qdisc replace dev ${device} root handle 1: prio bands 2 priomap ${'0 '.repeat(16)}`,
        `tc qdisc add dev ${device} parent 1:2 handle 20: netem ${netem}`,
        ...matches.map((match) => `tc filter add dev ${device} parent 1: protocol ip prio 1 u32 ${match} flowid 1:2`),
      ].join(' && '),
    );
  }

  /** Takes netem away, and tells what it counted. */
  async clear(lane: number, way: Way): Promise<Counters> {
    const device = this.#device(lane, way);
    const shown = await this.inside(`tc -s -j qdisc show dev ${device} && tc qdisc del dev ${device} root`);
    const [netem] = JSON.parse(shown).filter(({ kind }: { readonly kind: string }) => kind === 'netem');
    return { sent: netem.packets, dropped: netem.drops, early: netem.requeues };
  }

  #device(lane: number, way: Way): string {
    const devices = this.#devices[lane];
    if (!devices) throw new Error(`there is no lane ${lane}`);
    return devices[way];
  }

  async #lay(lane: number): Promise<void> {
    const network = this.#network;
    const machine = this.#machine;
    if (!machine) throw new Error('there is no machine');
    const [first, gateway] = [lane * STEP + 1, lane * STEP + 14];
    const given = (side: Side, net: string, other: string): string => {
      const device = machine.line(network.namespace(side), `lane${lane}`);
      network.run(side, ['ip', 'link', 'set', `lane${lane}`, 'up']);
      network.address(side, `lane${lane}`, `${net}.${first}/28`);
      network.run(side, ['ip', 'route', 'add', `${other}.${lane * STEP}/28`, 'via', `${net}.${gateway}`]);
      network.run(side, ['ethtool', '-K', `lane${lane}`, 'tx', 'off', 'tso', 'off', 'gso', 'off', 'gro', 'off']);
      return device;
    };
    const devices = {
      down: given('near', '192.0.2', '198.51.100'),
      up: given('far', '198.51.100', '192.0.2'),
    };
    this.#devices.push(devices);
    const commands = [
      [devices.down, `192.0.2.${gateway}`] as const,
      [devices.up, `198.51.100.${gateway}`] as const,
    ].map(
      ([device, address]) =>
        `ip addr add ${address}/28 dev ${device} && ip link set ${device} up && ethtool -K ${device} gro off`,
    );
    await this.inside(commands.join(' && '));
  }

  async #ask(script: string): Promise<string> {
    const shell = this.#shell;
    if (!shell) throw new Error('there is no machine');
    let text = '';
    const listen = (data: Buffer): void => {
      text += data;
    };
    shell.stdout.on('data', listen);
    shell.stdin.write(`( ${script}\n) 2>&1 </dev/null; echo "ended $?"\n`);
    let end: RegExpExecArray | null = null;
    while (end === null) {
      if (shell.exitCode !== null) throw new Error(`the shell in the machine ended: ${this.#machine?.console}`);
      await once(shell.stdout, 'data');
      end = /^ended (\d+)\n$/m.exec(text);
    }
    shell.stdout.off('data', listen);
    if (end[1] !== '0') throw new Error(`${script}: ${text}`);
    return text.slice(0, end.index);
  }
}

function endOf(file: string): string {
  return readFileSync(file).subarray(-END_BYTES).toString('latin1');
}
