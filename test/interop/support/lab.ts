/**
 * Two network namespaces joined by a veth pair, with wireguard-go in each.
 *
 * ```text
 * near: veth0 192.0.2.1/24, 2001:db8::1/64     far: veth0 192.0.2.2/24, 2001:db8::2/64
 *       tunnel 10.0.0.1/24, fd00::1/64              tunnel 10.0.0.2/24, fd00::2/64
 * ```
 *
 * Namespaces are named `wz-PID-N-near` and `-far` (or by `WINZE_NETNS_PREFIX`, so that whoever started
 * the tests can find what they left). The tunnel devices have names of their own, because their
 * control sockets share one folder among all namespaces.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export type Side = 'near' | 'far';

export interface Output {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running command, and what it printed so far. */
export class Running {
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  stdout = '';
  stderr = '';

  constructor(argv: readonly string[]) {
    const [command = '', ...rest] = argv;
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#child = child;
    this.#ended = new Promise((resolve, reject) => {
      child.once('error', reject).once('close', resolve);
    });
  }

  async end(): Promise<Output> {
    const status = await this.#ended;
    return { status, stdout: this.stdout, stderr: this.stderr };
  }

  /** Ends it by a signal, and by force when that has no effect in 5 s. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<Output> {
    this.#child.kill(signal);
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    const output = await this.end();
    clearTimeout(force);
    return output;
  }

  /** Waits until it has printed this. */
  async says(pattern: RegExp, limitMs = 10_000): Promise<void> {
    for (const until = Date.now() + limitMs; Date.now() < until; await sleep(20)) {
      if (pattern.test(this.stdout) || pattern.test(this.stderr)) return;
    }
    throw new Error(`waited for ${pattern} in vain:\n${this.stdout}\n${this.stderr}`);
  }
}

let count = 0;

export class Lab {
  readonly #prefix = `${process.env.WINZE_NETNS_PREFIX ?? `wz-${process.pid}`}-${count++}`;
  readonly #device = `w${process.pid.toString(36)}${count}`;
  readonly #running: Running[] = [];
  #up = false;

  /** Makes the namespaces and the tunnel. Call `destroy` afterwards, also when this failed. */
  async create(): Promise<void> {
    for (const side of ['near', 'far'] as const) must(['ip', 'netns', 'add', this.namespace(side)]);
    this.#up = true;
    const peer = ['peer', 'name', 'veth0', 'netns', this.namespace('far')];
    must(['ip', 'link', 'add', 'veth0', 'netns', this.namespace('near'), 'type', 'veth', ...peer]);
    for (const side of ['near', 'far'] as const) {
      this.run(side, ['ip', 'link', 'set', 'lo', 'up']);
      this.run(side, ['ip', 'addr', 'add', `192.0.2.${host(side)}/24`, 'dev', 'veth0']);
      this.run(side, ['ip', 'addr', 'add', `2001:db8::${host(side)}/64`, 'dev', 'veth0', 'nodad']);
      this.run(side, ['ip', 'link', 'set', 'veth0', 'up']);
    }
    await this.#createTunnel();
  }

  namespace(side: Side): string {
    return `${this.#prefix}-${side}`;
  }

  /** Name of the tunnel's device. */
  tunnel(side: Side): string {
    return `${this.#device}${side === 'near' ? 'n' : 'f'}`;
  }

  /** Runs a command to its end; a failure is an error. Returns what it printed. */
  run(side: Side, argv: readonly string[], input = ''): string {
    return must(this.#inside(side, argv), input);
  }

  /** Starts a command that goes on beside the test; `destroy` ends it. */
  start(side: Side, argv: readonly string[]): Running {
    const running = new Running(this.#inside(side, argv));
    this.#running.push(running);
    return running;
  }

  /**
   * Limits both directions of the line. Octets count with their Ethernet header; `overhead` for
   * preamble, FCS and gap would be charged once for a GSO packet, and so spare TCP on the bare line.
   */
  shape(rate: string, latency = '20ms'): void {
    const tbf = ['tbf', 'rate', rate, 'burst', '32k', 'latency', latency];
    for (const side of ['near', 'far'] as const) {
      this.run(side, ['tc', 'qdisc', 'replace', 'dev', 'veth0', 'root', ...tbf]);
    }
  }

  unshape(): void {
    // An error says that there is no such qdisc, which is what is wanted.
    for (const side of ['near', 'far'] as const) {
      spawnSync('ip', ['netns', 'exec', this.namespace(side), 'tc', 'qdisc', 'del', 'dev', 'veth0', 'root']);
    }
  }

  /** With offloads off, every packet that the device counts is one on the wire. */
  offloads(on: boolean): void {
    const state = on ? 'on' : 'off';
    for (const side of ['near', 'far'] as const) {
      this.run(side, ['ethtool', '-K', 'veth0', 'tso', state, 'gso', state, 'gro', state]);
    }
  }

  tunnelMtu(mtu: number): void {
    for (const side of ['near', 'far'] as const) {
      this.run(side, ['ip', 'link', 'set', this.tunnel(side), 'mtu', String(mtu)]);
    }
  }

  /** Which addresses carry the tunnel's packets. */
  underlay(family: 4 | 6): void {
    for (const [side, other] of [
      ['near', 'far'],
      ['far', 'near'],
    ] as const) {
      const address = family === 4 ? `192.0.2.${host(other)}` : `[2001:db8::${host(other)}]`;
      const key = this.run(side, ['wg', 'show', this.tunnel(side), 'peers']).trim();
      this.run(side, ['wg', 'set', this.tunnel(side), 'peer', key, 'endpoint', `${address}:51820`]);
    }
  }

  /** Ends every process and removes both namespaces. Does as much as it can, then fails if something failed. */
  async destroy(): Promise<void> {
    for (const running of this.#running) await running.stop('SIGTERM');
    if (!this.#up) return;
    const failures = (['near', 'far'] as const).map((side) => spawnSync('ip', ['netns', 'del', this.namespace(side)]));
    if (failures.some(({ status }) => status !== 0)) throw new Error(`cannot delete ${this.#prefix}-near or -far`);
  }

  async #createTunnel(): Promise<void> {
    const sides = ['near', 'far'] as const;
    for (const side of sides) this.start(side, ['wireguard-go', '-f', this.tunnel(side)]);
    for (const side of sides) await exists(`/var/run/wireguard/${this.tunnel(side)}.sock`);
    const keys = { near: must(['wg', 'genkey']), far: must(['wg', 'genkey']) };
    for (const [side, other] of [
      ['near', 'far'],
      ['far', 'near'],
    ] as const) {
      const device = this.tunnel(side);
      const peer = must(['wg', 'pubkey'], keys[other]).trim();
      const allowed = ['allowed-ips', '10.0.0.0/24,fd00::/64', 'endpoint', `192.0.2.${host(other)}:51820`];
      const config = ['private-key', '/dev/stdin', 'listen-port', '51820', 'peer', peer, ...allowed];
      // Node gives its children a socket, which /dev/stdin cannot open: hence the pipe.
      this.run(side, ['sh', '-c', 'cat | wg set "$@"', 'sh', device, ...config], keys[side]);
      this.run(side, ['ip', 'addr', 'add', `10.0.0.${host(side)}/24`, 'dev', device]);
      this.run(side, ['ip', 'addr', 'add', `fd00::${host(side)}/64`, 'dev', device, 'nodad']);
      this.run(side, ['ip', 'link', 'set', device, 'mtu', '1420', 'up']);
    }
    // The handshake takes place now, and not in the first test.
    this.run('near', ['ping', '-c', '3', '-i', '0.3', '-W', '2', '10.0.0.2']);
  }

  #inside(side: Side, argv: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace(side), ...argv];
  }
}

function host(side: Side): number {
  return side === 'near' ? 1 : 2;
}

function must(argv: readonly string[], input = ''): string {
  const [command = '', ...rest] = argv;
  const { status, stdout, stderr, error } = spawnSync(command, rest, { encoding: 'utf8', input, timeout: 60_000 });
  if (status === 0) return stdout;
  throw new Error(`${argv.join(' ')}: ${error?.message ?? `exit ${status}`}: ${stderr.trim()}`);
}

async function exists(path: string): Promise<void> {
  for (const until = Date.now() + 10_000; Date.now() < until; await sleep(20)) if (existsSync(path)) return;
  throw new Error(`waited for ${path} in vain: is there a /dev/net/tun?`);
}
