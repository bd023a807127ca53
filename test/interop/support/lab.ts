/**
 * Two network namespaces joined by a veth pair, with wireguard-go in each.
 *
 * ```text
 * near: veth0 192.0.2.1/24, 2001:db8::1/64     far: veth0 192.0.2.2/24, 2001:db8::2/64
 *       tunnel 10.0.0.1/24, fd00::1/64              tunnel 10.0.0.2/24, fd00::2/64
 * ```
 *
 * The tunnel devices have names of their own, because their control sockets share one folder among all
 * namespaces.
 *
 * @module
 */
import { existsSync } from 'node:fs';
import { must, type Running, until } from './commands.ts';
import { Network } from './network.ts';

export type Side = 'near' | 'far';

let count = 0;

export class Lab {
  readonly #network = new Network<Side>('near', 'far');
  readonly #device = `w${process.pid.toString(36)}${count++}`;

  /** Makes the namespaces and the tunnel. Call `destroy` afterwards, also when this failed. */
  async create(): Promise<void> {
    this.#network.create();
    this.#network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
    for (const side of ['near', 'far'] as const) {
      this.#network.address(side, 'veth0', `192.0.2.${host(side)}/24`, `2001:db8::${host(side)}/64`);
    }
    await this.#createTunnel();
  }

  /** Name of the tunnel's device. */
  tunnel(side: Side): string {
    return `${this.#device}${side === 'near' ? 'n' : 'f'}`;
  }

  /** Runs a command to its end; a failure is an error. Returns what it printed. */
  run(side: Side, argv: readonly string[], input = ''): string {
    return this.#network.run(side, argv, input);
  }

  /** Starts a command that goes on beside the test; `destroy` ends it. */
  start(side: Side, argv: readonly string[]): Running {
    return this.#network.start(side, argv);
  }

  read(side: Side, file: string): Uint8Array {
    return this.#network.read(side, file);
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
      this.#network.attempt(side, ['tc', 'qdisc', 'del', 'dev', 'veth0', 'root']);
    }
  }

  /** With offloads off, every packet that the device counts is one on the wire. */
  offloads(on: boolean): void {
    const state = on ? 'on' : 'off';
    for (const side of ['near', 'far'] as const) {
      this.run(side, [
        'ethtool',
        '-K',
        'veth0',
        'tso',
        state,
        'gso',
        state,
        'gro',
        state,
        'tx-udp-segmentation',
        state,
      ]);
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
  destroy(): Promise<void> {
    return this.#network.destroy();
  }

  async #createTunnel(): Promise<void> {
    const sides = ['near', 'far'] as const;
    for (const side of sides) this.start(side, ['wireguard-go', '-f', this.tunnel(side)]);
    for (const side of sides) {
      const socket = `/var/run/wireguard/${this.tunnel(side)}.sock`;
      await until(`${socket} (is there a /dev/net/tun?)`, () => existsSync(socket));
    }
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
      this.#network.address(side, device, `10.0.0.${host(side)}/24`, `fd00::${host(side)}/64`);
      this.run(side, ['ip', 'link', 'set', device, 'mtu', '1420', 'up']);
    }
    // The handshake takes place now, and not in the first test.
    this.run('near', ['ping', '-c', '3', '-i', '0.3', '-W', '2', '10.0.0.2']);
  }
}

function host(side: Side): number {
  return side === 'near' ? 1 : 2;
}
