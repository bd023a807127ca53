/**
 * Namespaces for tunnels of whichever implementation at either end.
 *
 * ```text
 * near: veth0 192.0.2.1/24, 2001:db8::1/64     far: veth0 192.0.2.2/24, 2001:db8::2/64
 *
 * behind a router, which near alone has a route through:
 * near: veth0 192.0.2.1/24   router: near0 192.0.2.254, far0 198.51.100.254   far: veth0 198.51.100.2/24
 *
 * tunnel N: 10.0.N.1/24, fd00:1N::1/64 to 10.0.N.2/24, fd00:1N::2/64, UDP port 51820 + N
 * ```
 *
 * @module
 */
import { must, type Output, until } from './commands.ts';
import { Network } from './network.ts';
import { type Implementation, TunnelEnd } from './tunnel-end.ts';

export type Host = 'near' | 'far' | 'router';
export type Side = 'near' | 'far';
export type Ends = Readonly<Record<Side, Implementation>>;

export interface TunnelOptions {
  readonly ends: Ends;
  readonly presharedKey?: boolean;
  readonly mtu?: number;
  /** What carries the tunnel: addresses of the line, or of another tunnel. */
  readonly outer?: Readonly<Record<Side, string>>;
  /** Of the near end. */
  readonly keepaliveSeconds?: number;
  readonly winzeOptions?: readonly string[];
  readonly environment?: readonly string[];
  /** That winze may run on, as taskset(1) has them. */
  readonly processors?: string;
  readonly privateKey?: string;
  /** What the near end sends to the far one, besides what that has itself. */
  readonly nearAllows?: readonly string[];
}

export interface Tunnel extends Readonly<Record<Side, TunnelEnd<Host>>> {
  readonly inside: Readonly<Record<Side, { readonly 4: string; readonly 6: string }>>;
}

export const OUTER = {
  4: { near: '192.0.2.1', far: '192.0.2.2' },
  6: { near: '2001:db8::1', far: '2001:db8::2' },
} as const;
/** Where a far end behind the router is, and the router as that end sees it. */
export const BEHIND_ROUTER = { near: '198.51.100.254', far: '198.51.100.2' } as const;

interface LabOptions {
  readonly router?: boolean;
  readonly ends?: Ends;
}

let tunnels = 0;

export class TunnelLab {
  readonly network: Network<Host>;
  readonly #ends: TunnelEnd<Host>[] = [];
  readonly #hasRouter: boolean;
  #tunnels = 0;

  /** @param ends - an end of the kernel is in the machine of the kernel that is under test */
  constructor({ router = false, ends }: LabOptions = {}) {
    this.#hasRouter = router;
    this.network = router ? new Network<Host>('near', 'router', 'far') : new Network<Host>('near', 'far');
    for (const side of ['near', 'far'] as const) if (ends?.[side] === 'kernel') this.network.placeInMachine(side);
  }

  /** Makes namespaces and lines. Call `destroy` afterwards, also when this failed. */
  create(): void {
    const { network } = this;
    network.create();
    if (!this.#hasRouter) {
      network.join({ host: 'near', device: 'veth0' }, { host: 'far', device: 'veth0' });
      network.address('near', 'veth0', `${OUTER[4].near}/24`, `${OUTER[6].near}/64`);
      network.address('far', 'veth0', `${OUTER[4].far}/24`, `${OUTER[6].far}/64`);
      return;
    }
    network.join({ host: 'near', device: 'veth0' }, { host: 'router', device: 'near0' });
    network.join({ host: 'far', device: 'veth0' }, { host: 'router', device: 'far0' });
    network.address('near', 'veth0', `${OUTER[4].near}/24`);
    network.address('router', 'near0', '192.0.2.254/24');
    network.address('router', 'far0', `${BEHIND_ROUTER.near}/24`);
    network.address('far', 'veth0', `${BEHIND_ROUTER.far}/24`);
    network.run('near', ['ip', 'route', 'add', 'default', 'via', '192.0.2.254']);
    network.run('router', ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  }

  /** Brings up a tunnel between near and far. */
  async tunnel(options: TunnelOptions): Promise<Tunnel> {
    const number = this.#tunnels++;
    const inside = {
      near: { 4: `10.0.${number}.1`, 6: `fd00:1${number}::1` },
      far: { 4: `10.0.${number}.2`, 6: `fd00:1${number}::2` },
    } as const;
    const port = 51820 + number;
    const end = (host: Side): TunnelEnd<Host> => this.end(host, options.ends[host], { ...options, number, port });
    const [near, far] = [end('near'), end('far')];
    const presharedKey = options.presharedKey ? { presharedKey: must(['wg', 'genpsk']).trim() } : {};
    const outer = options.outer ?? OUTER[4];
    const peer = (other: TunnelEnd<Host>, side: Side) => ({
      publicKey: other.publicKey,
      allowedIps: [`${inside[side][4]}/32`, `${inside[side][6]}/128`],
      endpoint: endpointOf(outer[side], port),
      ...presharedKey,
    });
    const { keepaliveSeconds, nearAllows = [] } = options;
    const toFar = peer(far, 'far');
    const keepalive = keepaliveSeconds === undefined ? {} : { keepaliveSeconds };
    await far.up([peer(near, 'near')]);
    await near.up([{ ...toFar, allowedIps: [...toFar.allowedIps, ...nearAllows], ...keepalive }]);
    return { near, far, inside };
  }

  /** An end without peers, not yet up. */
  end(
    host: Host,
    implementation: Implementation,
    options: Omit<TunnelOptions, 'ends'> & { readonly number: number; readonly port: number },
  ): TunnelEnd<Host> {
    const { number, port, mtu = 1420, winzeOptions = [], environment = [], privateKey, processors } = options;
    const last = host === 'near' ? 1 : 2;
    const end = new TunnelEnd<Host>(this.network, host, {
      implementation,
      device: `w${process.pid.toString(36)}x${(tunnels++).toString(36)}`,
      listenPort: port,
      mtu,
      addresses: [`10.0.${number}.${last}/24`, `fd00:1${number}::${last}/64`],
      winzeOptions,
      environment,
      ...(privateKey === undefined ? {} : { privateKey }),
      ...(processors === undefined ? {} : { processors }),
    });
    this.#ends.push(end);
    return end;
  }

  /**
   * How many of the echo requests were answered. They go all at once: ping(8) gives up the last ones after twice the
   * longest round trip, or its interval, which is short on a machine that has other things to do.
   */
  ping(from: Host, to: string, count = 3, ...options: readonly string[]): number {
    return answersIn(this.network.attempt(from, pingOf(to, count, options)));
  }

  /** The same where no answer is expected. */
  pingInVain(from: Host, to: string, count = 1, ...options: readonly string[]): number {
    return this.ping(from, to, count, '-W', '1', ...options);
  }

  /**
   * Waits until an echo request is answered: the first ones of a session may be lost with their handshake. Other tests go
   * on meanwhile.
   */
  async reach(from: Host, to: string, limitMs = 30_000): Promise<void> {
    const isAnswered = async (): Promise<boolean> =>
      answersIn(await this.network.start(from, pingOf(to, 1, ['-W', '1'])).end()) === 1;
    await until(`${to} answers ${from}`, isAnswered, limitMs);
  }

  /** Lets the line carry each datagram by itself, as a capture is to see it. */
  unjoin(): void {
    const features = ['tso', 'gso', 'gro', 'tx-udp-segmentation'].flatMap((feature) => [feature, 'off']);
    for (const side of ['near', 'far'] as const) this.network.run(side, ['ethtool', '-K', 'veth0', ...features]);
  }

  async destroy(): Promise<void> {
    for (const end of this.#ends) await end.remove();
    await this.network.destroy();
  }
}

/** A lab for one test. */
export async function inLab(use: (lab: TunnelLab) => Promise<void>, options: LabOptions = {}): Promise<void> {
  const lab = new TunnelLab(options);
  try {
    lab.create();
    await use(lab);
  } finally {
    await lab.destroy();
  }
}

function pingOf(to: string, count: number, options: readonly string[]): readonly string[] {
  return ['ping', '-c', String(count), '-l', String(count), '-i', '3', '-W', '5', ...options, to];
}

function answersIn({ stdout }: Output): number {
  return Number(/(\d+) received/.exec(stdout)?.[1] ?? 0);
}

export function endpointOf(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
