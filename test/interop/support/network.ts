/**
 * Hosts that are network namespaces, and veth pairs between them.
 *
 * Namespaces are named `wz-PID-N-HOST` (or by `WINZE_NETNS_PREFIX`, so that whoever started the tests
 * can find what they left).
 *
 * @module
 */
import { attempt, must, type Output, Running } from './commands.ts';

/** What a command needs that runs on one of several hosts. */
export interface Hosts {
  start(host: string, argv: readonly string[]): Running;
}

let count = 0;

export class Network<Host extends string> implements Hosts {
  readonly #prefix = `${process.env.WINZE_NETNS_PREFIX ?? `wz-${process.pid}`}-${count++}`;
  readonly #hosts: readonly Host[];
  readonly #made: Host[] = [];
  readonly #running: Running[] = [];

  constructor(...hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  /** Makes the namespaces. Call `destroy` afterwards, also when this failed. */
  create(): void {
    for (const host of this.#hosts) {
      must(['ip', 'netns', 'add', this.namespace(host)]);
      this.#made.push(host);
      this.run(host, ['ip', 'link', 'set', 'lo', 'up']);
    }
  }

  /** Lays a line between two hosts. */
  join(a: { readonly host: Host; readonly device: string }, b: { readonly host: Host; readonly device: string }): void {
    const peer = ['peer', 'name', b.device, 'netns', this.namespace(b.host)];
    must(['ip', 'link', 'add', a.device, 'netns', this.namespace(a.host), 'type', 'veth', ...peer]);
    for (const { host, device } of [a, b]) this.run(host, ['ip', 'link', 'set', device, 'up']);
  }

  /** Gives a device addresses, with their prefix lengths. */
  address(host: Host, device: string, ...addresses: readonly string[]): void {
    for (const address of addresses) {
      // Without duplicate address detection, an IPv6 address can be used at once.
      const nodad = address.includes(':') ? ['nodad'] : [];
      this.run(host, ['ip', 'addr', 'add', address, 'dev', device, ...nodad]);
    }
  }

  namespace(host: Host): string {
    return `${this.#prefix}-${host}`;
  }

  /** Runs a command to its end; a failure is an error. Returns what it printed. */
  run(host: Host, argv: readonly string[], input = ''): string {
    return must(this.#inside(host, argv), input);
  }

  /** Runs a command to its end, whatever that is. */
  attempt(host: Host, argv: readonly string[]): Output {
    return attempt(this.#inside(host, argv));
  }

  /** Starts a command that goes on beside the test; `destroy` ends it. */
  start(host: Host, argv: readonly string[]): Running {
    const running = new Running(this.#inside(host, argv));
    this.#running.push(running);
    return running;
  }

  /** Takes a namespace its name; it lasts as long as somebody is in it. */
  forget(host: Host): void {
    must(['ip', 'netns', 'del', this.namespace(host)]);
    this.#made.splice(this.#made.indexOf(host), 1);
  }

  /** Ends every process and removes the namespaces. Does as much as it can, then fails if something failed. */
  async destroy(): Promise<void> {
    for (const running of this.#running) await running.stop('SIGTERM');
    const left = this.#made.filter((host) => attempt(['ip', 'netns', 'del', this.namespace(host)]).status !== 0);
    if (left.length > 0) throw new Error(`cannot delete ${left.map((host) => this.namespace(host)).join(', ')}`);
  }

  #inside(host: Host, argv: readonly string[]): readonly string[] {
    return ['ip', 'netns', 'exec', this.namespace(host), ...argv];
  }
}
