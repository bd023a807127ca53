/**
 * One end of a WireGuard tunnel: a process with a TUN device or a device of the kernel, told what to do by wg(8).
 *
 * @module
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, must, type Output, type Running, until } from './commands.ts';
import type { Network } from './network.ts';

export type Implementation = 'wireguard-go' | 'winze' | 'kernel';

export interface PeerOptions {
  readonly publicKey: string;
  readonly allowedIps: readonly string[];
  readonly presharedKey?: string;
  /** `address:port`, with brackets around IPv6. */
  readonly endpoint?: string;
  readonly keepaliveSeconds?: number;
}

export interface EndOptions {
  readonly implementation: Implementation;
  readonly device: string;
  readonly listenPort: number;
  readonly mtu: number;
  /** Inside the tunnel, with prefix lengths. */
  readonly addresses: readonly string[];
  /** More options of `winze tunnel up`. */
  readonly winzeOptions?: readonly string[];
  /** Variables for `winze tunnel up`, as `NAME=value`. */
  readonly environment?: readonly string[];
  /** Processors that `winze tunnel up` may run on, as taskset(1) has them. */
  readonly processors?: string;
  /** Drawn if left out. */
  readonly privateKey?: string;
}

/** What `wg show DEVICE dump` says of a peer. */
export interface PeerDump {
  readonly publicKey: string;
  readonly presharedKey: string;
  readonly endpoint: string;
  readonly allowedIps: readonly string[];
  readonly latestHandshake: number;
  readonly rx: number;
  readonly tx: number;
  readonly keepalive: string;
}

export interface DeviceDump {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly listenPort: number;
  readonly fwmark: string;
  readonly peers: readonly PeerDump[];
}

/** Of a start, on a machine that has other things to do. */
const UP_LIMIT_MS = 120_000;
const ROOT = join(import.meta.dirname, '../../..');

export class TunnelEnd<Host extends string = string> {
  readonly host: Host;
  readonly options: EndOptions;
  readonly socket: string;
  readonly #network: Network<Host>;
  readonly #folder = mkdtempSync(join(tmpdir(), 'wz-end-'));
  #privateKey: string;
  #peers: readonly PeerOptions[] = [];
  #process: Running | undefined;
  /** Of the kernel's device. */
  #isUp = false;
  #files = 0;

  constructor(network: Network<Host>, host: Host, options: EndOptions) {
    this.#network = network;
    this.host = host;
    this.options = options;
    this.#privateKey = options.privateKey ?? must(['wg', 'genkey']).trim();
    this.socket = `/var/run/wireguard/${options.device}.sock`;
  }

  get device(): string {
    return this.options.device;
  }

  get privateKey(): string {
    return this.#privateKey;
  }

  get publicKey(): string {
    return publicKeyOf(this.#privateKey);
  }

  get isRunning(): boolean {
    if (this.#isOfKernel) return this.#isUp && this.#isConfigurable();
    return this.#process?.isRunning ?? false;
  }

  /** Waits until the process has printed this: what it did already is read only while nothing else is done. */
  async says(pattern: RegExp): Promise<void> {
    await this.#process?.says(pattern);
  }

  /** Starts the process and brings the device up. Settles once it carries packets. */
  async up(peers: readonly PeerOptions[] = this.#peers): Promise<void> {
    this.#peers = peers;
    const { implementation } = this.options;
    if (implementation === 'winze') await this.#upWinze();
    else if (implementation === 'kernel') this.#upKernel();
    else await this.#upWireguardGo();
  }

  /** Ends the process; the device goes with it. */
  async down(signal: NodeJS.Signals = 'SIGTERM', limitMs?: number): Promise<Output | undefined> {
    if (this.#isOfKernel && this.#isUp) {
      this.#network.ip(this.host, `link del ${this.device}`);
      this.#network.settle();
    }
    this.#isUp = false;
    const output = await this.#process?.stop(signal, limitMs);
    this.#process = undefined;
    return output;
  }

  /** What the kernel has goes with the network. */
  async remove(): Promise<void> {
    if (!this.#isOfKernel) await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** `wg set DEVICE …`. A key is written where a file is asked for. */
  set(...words: readonly string[]): void {
    this.#wg('set', ...words.map((word) => (isKeyAfter(words, word) ? this.#keyFile(word) : word)));
  }

  /** `wg setconf`, or another command that takes a file. */
  configure(command: 'setconf' | 'addconf' | 'syncconf', text: string): void {
    this.#wg(command, this.#file('wg.conf', text));
  }

  /** Changes the private key, as of the next handshake. */
  rekey(): void {
    this.#privateKey = must(['wg', 'genkey']).trim();
    this.set('private-key', this.#privateKey);
  }

  dump(): DeviceDump {
    const [first = '', ...rest] = this.#wg('show', 'dump').trim().split('\n');
    const [privateKey = '', publicKey = '', listenPort, fwmark = ''] = first.split('\t');
    return { privateKey, publicKey, listenPort: Number(listenPort), fwmark, peers: rest.map(peerOf) };
  }

  /** The only peer, or the one with this key. */
  peer(publicKey?: string): PeerDump {
    const peers = this.dump().peers.filter((peer) => publicKey === undefined || peer.publicKey === publicKey);
    const [peer] = peers;
    if (!peer || peers.length > 1) throw new Error(`${peers.length} peers of ${this.device} fit`);
    return peer;
  }

  /**
   * Packets that went through the device: `in` are those that the tunnel delivered, and of the kernel also messages of the
   * handshake and keepalives.
   */
  packets(): { readonly in: number; readonly out: number } {
    const text = this.#network.run(this.host, ['ip', '-j', '-s', 'link', 'show', 'dev', this.device]);
    const [link] = JSON.parse(text) as readonly { stats64: Record<'rx' | 'tx', { packets: number }> }[];
    return { in: link?.stats64.rx.packets ?? 0, out: link?.stats64.tx.packets ?? 0 };
  }

  get #isOfKernel(): boolean {
    return this.options.implementation === 'kernel';
  }

  /** A process is asked by its socket, from wherever; the kernel in the namespace of the device. */
  #wg(command: string, ...words: readonly string[]): string {
    const argv = ['wg', command, this.device, ...words];
    return this.#isOfKernel ? this.#network.run(this.host, argv) : must(argv);
  }

  #upKernel(): void {
    const { device, addresses, mtu } = this.options;
    this.#network.ip(this.host, `link add ${device} type wireguard`);
    this.configure('setconf', this.#config(false));
    this.#network.address(this.host, device, ...addresses);
    this.#network.ip(this.host, `link set ${device} mtu ${mtu} up`);
    this.#network.settle();
    this.#isUp = true;
  }

  async #upWireguardGo(): Promise<void> {
    const { device, addresses, mtu } = this.options;
    const process = this.#network.start(this.host, ['wireguard-go', '-f', device]);
    this.#process = process;
    const isConfigurable = (): boolean => {
      if (!process.isRunning) throw new Error(`wireguard-go ended: ${process.stdout}${process.stderr}`);
      return this.#isConfigurable();
    };
    await until(`${this.socket} (is there a /dev/net/tun?)`, isConfigurable, UP_LIMIT_MS);
    this.configure('setconf', this.#config(false));
    this.#network.address(this.host, device, ...addresses);
    this.#network.run(this.host, ['ip', 'link', 'set', device, 'mtu', String(mtu), 'up']);
  }

  async #upWinze(): Promise<void> {
    if (!existsSync(join(ROOT, 'dist/index.js'))) throw new Error('bin/winze.js needs dist: run npm run build');
    const { device, winzeOptions = [], environment = [], processors } = this.options;
    const file = this.#file(`${device}.conf`, this.#config(true));
    const winze = [process.execPath, join(ROOT, 'bin/winze.js')];
    const pinned = processors === undefined ? [] : ['taskset', '-c', processors];
    const argv = ['env', ...environment, ...pinned, ...winze, 'tunnel', 'up', file, ...winzeOptions];
    const running = this.#network.start(this.host, argv);
    this.#process = running;
    const isUp = (): boolean => {
      if (!running.isRunning) throw new Error(`winze tunnel up ended: ${running.stdout}${running.stderr}`);
      return / is up: UDP port/.test(running.stderr);
    };
    await until(`winze tunnel up: ${device}`, isUp, UP_LIMIT_MS);
  }

  /** Of a process that was killed, the socket stays. */
  #isConfigurable(): boolean {
    const show = ['wg', 'show', this.device];
    if (this.#isOfKernel) return this.#network.attempt(this.host, show).status === 0;
    return existsSync(this.socket) && attempt(show).status === 0;
  }

  #config(quick: boolean): string {
    const { addresses, mtu, listenPort } = this.options;
    const device = [`PrivateKey = ${this.#privateKey}`, `ListenPort = ${listenPort}`];
    if (quick) device.push(`Address = ${addresses.join(', ')}`, `MTU = ${mtu}`);
    return ['[Interface]', ...device, ...this.#peers.map(peerConfig)].join('\n');
  }

  #keyFile(key: string): string {
    return this.#file('key', key);
  }

  /** In a folder of its own: a machine sees a file as it was when it first read it. */
  #file(name: string, text: string): string {
    const folder = join(this.#folder, String(this.#files++));
    mkdirSync(folder);
    const path = join(folder, name);
    writeFileSync(path, `${text}\n`, { mode: 0o600 });
    return path;
  }
}

/** A section of a configuration file. */
export function peerConfig({ publicKey, allowedIps, presharedKey, endpoint, keepaliveSeconds }: PeerOptions): string {
  const lines = ['[Peer]', `PublicKey = ${publicKey}`];
  if (allowedIps.length > 0) lines.push(`AllowedIPs = ${allowedIps.join(', ')}`);
  if (presharedKey !== undefined) lines.push(`PresharedKey = ${presharedKey}`);
  if (endpoint !== undefined) lines.push(`Endpoint = ${endpoint}`);
  if (keepaliveSeconds !== undefined) lines.push(`PersistentKeepalive = ${keepaliveSeconds}`);
  return lines.join('\n');
}

export function publicKeyOf(privateKey: string): string {
  return must(['wg', 'pubkey'], privateKey).trim();
}

/** Whether wg(8) takes this word from a file; a path (of nothing, say) is left alone. */
function isKeyAfter(words: readonly string[], word: string): boolean {
  const before = words[words.indexOf(word) - 1];
  return (before === 'private-key' || before === 'preshared-key') && !word.startsWith('/dev/');
}

function peerOf(line: string): PeerDump {
  const [publicKey = '', presharedKey = '', endpoint = '', allowed = '', handshake, rx, tx, keepalive = ''] =
    line.split('\t');
  return {
    publicKey,
    presharedKey,
    endpoint,
    allowedIps: allowed === '(none)' ? [] : allowed.split(','),
    latestHandshake: Number(handshake),
    rx: Number(rx),
    tx: Number(tx),
    keepalive,
  };
}
