/**
 * Two hosts with a router between them, on which what holds a test back is staged with the means of the kernel.
 *
 * ```text
 * near: veth0 192.0.2.1/24 ── router: n0 192.0.2.254, f0 198.51.100.254 ── far: veth0 198.51.100.1/24
 * ```
 *
 * Offloads are off, so every packet that the router sees is one frame.
 *
 * @module
 */
import { join } from 'node:path';
import { attempt, Running } from './commands.ts';
import { CpuGroup } from './cpu-group.ts';
import type { Side } from './lab.ts';
import { Network } from './network.ts';

const BIN = join(import.meta.dirname, '../../../bin/winze.js');
const DELAY_LINE = join(import.meta.dirname, 'delay-line.py');
/** Payload of either protocol; a TCP control connection has smaller packets, and so has the handshake of a stream. */
const DATA = ['meta l4proto udp udp length > 100', 'meta l4proto tcp meta length > 1000'];

export const FAR = '198.51.100.1';

export class StagedPath {
  readonly #network = new Network<Side | 'router'>('near', 'router', 'far');
  readonly #burners: Running[] = [];
  readonly #settings: (() => void)[] = [];
  readonly #groups: CpuGroup[] = [];

  /** Makes the namespaces. Call `destroy` afterwards, also when this failed. */
  create(): void {
    const network = this.#network;
    network.create();
    network.join({ host: 'near', device: 'veth0' }, { host: 'router', device: 'n0' });
    network.join({ host: 'far', device: 'veth0' }, { host: 'router', device: 'f0' });
    network.address('near', 'veth0', '192.0.2.1/24');
    network.address('far', 'veth0', `${FAR}/24`);
    network.address('router', 'n0', '192.0.2.254/24');
    network.address('router', 'f0', '198.51.100.254/24');
    network.run('near', ['ip', 'route', 'add', 'default', 'via', '192.0.2.254']);
    network.run('far', ['ip', 'route', 'add', 'default', 'via', '198.51.100.254']);
    network.run('router', ['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    this.#offload('off');
  }

  async destroy(): Promise<void> {
    await this.clear();
    await this.#network.destroy();
  }

  /** Takes away whatever was staged; processes are to be ended before. */
  async clear(): Promise<void> {
    for (const burner of this.#burners.splice(0)) await burner.stop('SIGKILL');
    for (const restore of this.#settings.splice(0)) restore();
    this.#network.attempt('router', ['ip', 'rule', 'del', 'priority', '100']);
    this.#network.attempt('router', ['nft', 'flush', 'ruleset']);
    this.#network.attempt('router', ['tc', 'qdisc', 'del', 'dev', 'f0', 'root']);
    this.#network.attempt('near', ['tc', 'qdisc', 'del', 'dev', 'veth0', 'root']);
    for (const group of this.#groups.splice(0)) await group.remove();
  }

  /** Starts winze in a namespace, by a command in front of it that places it. */
  begin(side: Side, before: readonly string[], ...options: readonly string[]): Running {
    // Not by `ip netns exec`, which hides the control groups by a /sys of its own.
    const enter = ['nsenter', `--net=/var/run/netns/${this.#network.namespace(side)}`];
    return new Running([...before, ...enter, process.execPath, BIN, ...options]);
  }

  /** A token bucket filter where the router sends to the far host. */
  shape(...parameters: readonly string[]): void {
    this.#shaped('router', 'f0', parameters);
  }

  /** The same on the near host's own device. */
  shapeNear(...parameters: readonly string[]): void {
    this.#shaped('near', 'veth0', parameters);
  }

  /** What the router does with the payload that it forwards to the far host. */
  filter(statement: string): void {
    const chain = 'add table inet w; add chain inet w c { type filter hook forward priority 0; };';
    const rules = DATA.map((match) => `add rule inet w c iifname n0 ${match} ${statement};`);
    this.#network.run('router', ['nft', `${chain} ${rules.join(' ')}`]);
  }

  /** A program through which all packets to the far host go, and which keeps each for so long. */
  async delay(ms: number): Promise<void> {
    const line = this.#network.start('router', ['python3', DELAY_LINE, 't0', `${ms}`]);
    this.#burners.push(line);
    await line.says(/ready/);
    for (const file of ['all', 'n0', 't0'])
      this.#network.run('router', ['sysctl', '-qw', `net.ipv4.conf.${file}.rp_filter=0`]);
    this.#network.run('router', ['ip', 'link', 'set', 't0', 'up', 'txqueuelen', '5000']);
    this.#network.run('router', ['ip', 'route', 'add', 'default', 'dev', 't0', 'table', '100']);
    this.#network.run('router', [
      'ip',
      'rule',
      'add',
      'iif',
      'n0',
      'to',
      `${FAR}/32`,
      'lookup',
      '100',
      'priority',
      '100',
    ]);
  }

  /** Lets both hosts send and take many packets as one, so that neither is held up by the other. */
  offload(): void {
    this.#settings.push(() => this.#offload('off'));
    this.#offload('on');
  }

  /** A setting of one host's kernel. */
  set(side: Side, name: string, value: string): void {
    const before = this.#network.run(side, ['sysctl', '-n', name]).trim();
    this.#settings.push(() => this.#network.attempt(side, ['sysctl', '-qw', `${name}=${before}`]));
    this.#network.run(side, ['sysctl', '-qw', `${name}=${value}`]);
  }

  /** A program that changes the rate of the router's filter all the time, as a radio link does. */
  vary(rates: readonly string[]): void {
    const change = 'tc qdisc replace dev f0 root tbf rate $r burst 4k limit 200k';
    const script = `while :; do for r in ${rates.join(' ')}; do ${change}; sleep 0.25; done; done`;
    this.#burners.push(this.#network.start('router', ['sh', '-c', script]));
  }

  /** Programs that do nothing but use one processor: at rest until the function that is returned is called, then for a while. */
  burners(cpu: number, count: number, ms: number): () => void {
    const all = Array.from(
      { length: count },
      () => new Running(['taskset', '-c', `${cpu}`, 'sh', '-c', 'kill -STOP $$; while :; do :; done']),
    );
    this.#burners.push(...all);
    return () => {
      // One that did not rest yet would rest from now on.
      const rouse = setInterval(() => all.forEach((one) => void one.signal('SIGCONT')), 50);
      setTimeout(() => {
        clearInterval(rouse);
        for (const one of all) one.signal('SIGKILL');
      }, ms);
    };
  }

  /** A control group for processes of one end; `null` where none can be made. */
  group(): CpuGroup | null {
    const group = CpuGroup.make();
    if (group) this.#groups.push(group);
    return group;
  }

  #offload(state: 'on' | 'off'): void {
    for (const side of ['near', 'far'] as const) {
      const all = ['tso', 'gso', 'gro', 'tx-udp-segmentation'].flatMap((name) => [name, state]);
      this.#network.run(side, ['ethtool', '-K', 'veth0', ...all]);
    }
  }

  #shaped(host: 'router' | 'near', device: string, parameters: readonly string[]): void {
    this.#network.run(host, ['tc', 'qdisc', 'replace', 'dev', device, 'root', 'tbf', ...parameters]);
  }
}

/** Whether this host has a second processor to keep apart from the first. */
export function hasTwoProcessors(): boolean {
  return attempt(['taskset', '-c', '1', 'true']).status === 0;
}
