/**
 * A chain of routers between two hosts, each in a network namespace, and winze as it is run on the first of them.
 *
 * Link k joins host k to host k + 1: 10.9.k.1 and .2 (or another net), fd00:9:k+1::1 and ::2. So hop k of a trace from the
 * first host answers from 10.9.(k-1).2.
 *
 * @module
 */
import { join } from 'node:path';
import type { PathDocument } from '../../../src/core/shapes/path/document.ts';
import type { ProbeProtocol } from '../../../src/core/shapes/path/probe-spec.ts';
import type { HopRow, TraceResult } from '../../../src/core/shapes/path/trace.ts';
import type { Output, Running } from './commands.ts';
import { Network } from './network.ts';

const BIN = join(import.meta.dirname, '../../../bin/winze.js');
/** A user without a name and without any right. */
const NOBODY = [
  'setpriv',
  '--reuid',
  '65534',
  '--regid',
  '65534',
  '--clear-groups',
  '--inh-caps=-all',
  '--bounding-set=-all',
];

/**
 * Who runs winze: root, or a user without any right whose group ping sockets are closed to, or open to
 * (net.ipv4.ping_group_range).
 */
export type Rights = 'root' | 'closed' | 'open';
export const RIGHTS: readonly Rights[] = ['root', 'closed', 'open'];

/** Protocols that can be probed with these rights. */
export function protocolsOf(rights: Rights): readonly ProbeProtocol[] {
  return rights === 'closed' ? ['udp', 'tcp'] : ['udp', 'tcp', 'icmp'];
}

export interface ChainOptions {
  /** Other hosts, without a line to any. */
  readonly besides?: readonly string[];
  /** The first half of all IPv4 addresses; 10.9 if left out. */
  readonly net?: string;
  /** Who runs winze on `near` if nothing else is said; root if left out. */
  readonly rights?: Rights;
}

export interface PathRun extends Output {
  /** How long it took, in seconds. */
  readonly seconds: number;
  readonly document: PathDocument | undefined;
}

export class PathChain {
  readonly network: Network<string>;
  readonly #hosts: readonly string[];

  readonly #net: string;
  readonly #rights: Rights;

  /** @param routers - between `near` and `far` */
  constructor(routers: number, { besides = [], net = '10.9', rights = 'root' }: ChainOptions = {}) {
    this.#hosts = ['near', ...Array.from({ length: routers }, (_, i) => `r${i + 1}`), 'far'];
    this.#net = net;
    this.#rights = rights;
    this.network = new Network(...this.#hosts, ...besides);
  }

  get target(): { readonly 4: string; readonly 6: string } {
    const last = this.#hosts.length - 2;
    return { 4: `${this.#net}.${last}.2`, 6: `fd00:9:${last + 1}::2` };
  }

  /** Addresses of the hops from `near`, the target last. */
  hops(family: 4 | 6): readonly string[] {
    return this.#hosts.slice(1).map((_, link) => (family === 4 ? `${this.#net}.${link}.2` : `fd00:9:${link + 1}::2`));
  }

  create(): void {
    const { network } = this;
    network.create();
    const groups = this.#rights === 'open' ? '0 2147483647' : '1 0';
    network.run('near', ['sysctl', '-qw', `net.ipv4.ping_group_range=${groups}`]);
    for (const [link, host] of this.#hosts.slice(0, -1).entries()) {
      const next = this.#hosts[link + 1] ?? '';
      network.join({ host, device: 'right' }, { host: next, device: 'left' });
      network.address(host, 'right', `${this.#net}.${link}.1/24`, `fd00:9:${link + 1}::1/64`);
      network.address(next, 'left', `${this.#net}.${link}.2/24`, `fd00:9:${link + 1}::2/64`);
    }
    const last = this.#hosts.length - 2;
    for (const [index, host] of this.#hosts.entries()) {
      // Without a limit for their answers, tests do not feel those before them.
      const limits = ['net.ipv4.icmp_ratelimit=0', 'net.ipv6.icmp.ratelimit=0'];
      network.run(host, ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1', ...limits]);
      if (index <= last - 1) {
        network.ip(host, `route add ${this.#net}.${last}.0/24 via ${this.#net}.${index}.2`);
        network.ip(host, `-6 route add fd00:9:${last + 1}::/64 via fd00:9:${index + 1}::2`);
      }
      if (index === 0) continue;
      network.ip(host, `route add default via ${this.#net}.${index - 1}.1`);
      network.ip(host, `-6 route add default via fd00:9:${index}::1`);
    }
  }

  destroy(): Promise<void> {
    return this.network.destroy();
  }

  /** Adds a rule of nft(8) to a host; `clear` takes them back. */
  rule(host: string, hook: 'input' | 'output' | 'forward', rule: string): void {
    const { network } = this;
    network.run(host, ['nft', 'add', 'table', 'inet', 'path']);
    network.run(host, ['nft', 'add', 'chain', 'inet', 'path', hook, `{ type filter hook ${hook} priority 0; }`]);
    network.run(host, ['nft', 'add', 'rule', 'inet', 'path', hook, ...rule.split(' ')]);
  }

  clear(host: string): void {
    this.network.run(host, ['nft', 'flush', 'ruleset']);
  }

  get #user(): 'root' | 'nobody' {
    return this.#rights === 'root' ? 'root' : 'nobody';
  }

  /** Starts a server on `far`, and waits until it listens. */
  async serve(...options: readonly string[]): Promise<Running> {
    const server = this.network.start('far', [process.execPath, BIN, '-s', '--no-host-facts', ...options]);
    await server.says(/Listening on port/);
    return server;
  }

  /** Starts winze, on `near` if nothing else is said, and returns at once. */
  begin(options: readonly string[], user = this.#user, host = 'near'): Running {
    return this.network.start(host, [...(user === 'root' ? [] : NOBODY), process.execPath, BIN, ...options]);
  }

  /** Runs winze, on `near` if nothing else is said, to its end, with `--json -q`. */
  async winze(options: readonly string[], user = this.#user, host = 'near'): Promise<PathRun> {
    const began = performance.now();
    const output = await this.begin([...options, '--json', '-q'], user, host).end();
    const seconds = (performance.now() - began) / 1000;
    const document = output.stdout === '' ? undefined : (JSON.parse(output.stdout) as PathDocument);
    return { ...output, seconds, document };
  }
}

/** The only trace of a run that has one. */
export function traceOf({ document, stderr, status }: PathRun): TraceResult {
  const [test] = document?.tests ?? [];
  if (test === undefined || (test.test !== 'trace' && test.test !== 'mtr')) {
    throw new Error(`no trace, exit ${status}: ${stderr}`);
  }
  return test;
}

/** The first address of each hop; `null` where nothing answered. */
export function addressesOf(hops: readonly HopRow[]): readonly (string | null)[] {
  return hops.map(({ addresses }) => addresses[0]?.address ?? null);
}
