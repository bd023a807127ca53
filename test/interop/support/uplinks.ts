/**
 * A host with two uplinks, and a peer far behind them.
 *
 * ```text
 *        up0 192.0.2.1/24    -- isp0 192.0.2.254
 * near                                            router   far0 198.51.100.254 -- veth0 198.51.100.2   far
 *        up1 203.0.113.1/24  -- isp1 203.0.113.254
 * ```
 *
 * Each uplink takes nothing but its own addresses, as that of a provider does (BCP 38). IPv6 is beside IPv4.
 *
 * @module
 */
import { type Running, until } from './commands.ts';
import { Network } from './network.ts';
import type { Ends } from './tunnel-lab.ts';

export type UplinkHost = 'near' | 'router' | 'far';
export type Family = 4 | 6;

export const NEAR = {
  4: ['192.0.2.1', '203.0.113.1'],
  6: ['2001:db8:a::1', '2001:db8:b::1'],
} as const;
export const GATEWAY = {
  4: ['192.0.2.254', '203.0.113.254'],
  6: ['2001:db8:a::ff', '2001:db8:b::ff'],
} as const;
export const FAR = { 4: '198.51.100.2', 6: '2001:db8:f::2' } as const;

const BITS = { 4: 24, 6: 64 } as const;
const PING_INTERVAL_MS = 20;
/** Longer than any implementation was seen to be silent. */
const PATIENCE_MS = 150_000;

export class Uplinks {
  readonly network = new Network<UplinkHost>('near', 'router', 'far');

  /** @param ends - an end of the kernel is in the machine of the kernel that is under test */
  constructor(ends?: Ends) {
    for (const side of ['near', 'far'] as const) if (ends?.[side] === 'kernel') this.network.placeInMachine(side);
  }

  /** Call `destroy` afterwards, also when this failed. The default route of near goes by the first uplink. */
  create(): void {
    const { network } = this;
    network.create();
    for (const i of [0, 1] as const) {
      network.join({ host: 'near', device: `up${i}` }, { host: 'router', device: `isp${i}` });
      for (const family of [4, 6] as const) {
        network.address('near', `up${i}`, `${NEAR[family][i]}/${BITS[family]}`);
        network.address('router', `isp${i}`, `${GATEWAY[family][i]}/${BITS[family]}`);
      }
    }
    network.join({ host: 'far', device: 'veth0' }, { host: 'router', device: 'far0' });
    for (const family of [4, 6] as const) {
      const gateway = family === 4 ? '198.51.100.254' : '2001:db8:f::ff';
      network.address('far', 'veth0', `${FAR[family]}/${BITS[family]}`);
      network.address('router', 'far0', `${gateway}/${BITS[family]}`);
      network.ip('far', `route add default via ${gateway}`);
    }
    network.run('router', ['sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    network.run('near', ['sysctl', '-qw', 'net.ipv4.conf.all.rp_filter=0']);
    network.run('router', [
      'nft',
      'add table inet bcp38; add chain inet bcp38 in { type filter hook prerouting priority 0; }',
    ]);
    for (const [device, v4, v6] of [
      ['isp0', '192.0.2.0/24', '2001:db8:a::/64'],
      ['isp1', '203.0.113.0/24', '2001:db8:b::/64'],
    ] as const) {
      this.network.run('router', ['nft', `add rule inet bcp38 in iifname ${device} ip saddr != ${v4} drop`]);
      const foreign = `ip6 saddr != { ${v6}, fe80::/10, :: } drop`;
      this.network.run('router', ['nft', `add rule inet bcp38 in iifname ${device} ${foreign}`]);
    }
    this.route(4, 'add', 0);
    this.route(6, 'add', 0);
  }

  /** `ip route VERB default` of near by an uplink, with more words after it. */
  route(family: Family, verb: 'add' | 'replace' | 'del', uplink: 0 | 1, ...words: readonly string[]): void {
    const way = ['default', 'via', GATEWAY[family][uplink], 'dev', `up${uplink}`];
    this.network.run('near', ['ip', `-${family}`, 'route', verb, ...way, ...words]);
  }

  ping(from: UplinkHost, to: string): Ping {
    const argv = ['ping', '-D', '-n', '-i', String(PING_INTERVAL_MS / 1000), '-W', '2', to];
    return new Ping(this.network.start(from, argv));
  }

  destroy(): Promise<void> {
    return this.network.destroy();
  }
}

/** An echo request every 20 ms, until it is stopped. */
export class Ping {
  readonly #running: Running;

  constructor(running: Running) {
    this.#running = running;
  }

  get answers(): number {
    return this.#times().length;
  }

  /** Waits for more answers, e.g. to see that all is well. */
  async settled(answers = 10): Promise<void> {
    const enough = this.answers + answers;
    await until(`${answers} answers more`, () => this.answers >= enough, PATIENCE_MS);
  }

  /** Longest time without an answer, until now, in milliseconds; and how many were lost. */
  async stop(): Promise<{ readonly silentMs: number; readonly lost: number }> {
    await this.#running.stop('SIGINT');
    const times = this.#times();
    let silentMs = 0;
    for (let i = 1; i < times.length; i++)
      silentMs = Math.max(silentMs, 1000 * ((times[i] ?? 0) - (times[i - 1] ?? 0)));
    const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(this.#running.stdout) ?? [];
    return { silentMs: Math.round(silentMs), lost: Number(sent) - Number(received) };
  }

  #times(): readonly number[] {
    return [...this.#running.stdout.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from .*icmp_seq=/gm)].map(([, at]) =>
      Number(at),
    );
  }
}
