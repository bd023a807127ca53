/**
 * Hosts that are network namespaces, here or in a virtual machine, and lines between them.
 *
 * Namespaces are named `wz-PID-N-HOST`, `wz` being what WINZE_NETNS_PREFIX says, so that whoever started the tests
 * can find what they left. Several files run at once, each in a process of its own.
 *
 * @module
 */
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { attempt, must, type Output, Running } from './commands.ts';
import { kernelMachine } from './kernel-machine.ts';

/** What a command needs that runs on one of several hosts. */
export interface Hosts {
  start(host: string, argv: readonly string[]): Running;
  /** A file that a command of that host wrote. */
  read(host: string, file: string): Uint8Array;
}

let count = 0;

interface Plug<Host> {
  readonly host: Host;
  readonly device: string;
}

export class Network<Host extends string> implements Hosts {
  readonly #prefix = `${process.env.WINZE_NETNS_PREFIX ?? 'wz'}-${process.pid}-${count++}`;
  readonly #hosts: readonly Host[];
  readonly #made: Host[] = [];
  readonly #running: Running[] = [];
  readonly #inMachine = new Set<Host>();
  /**
   * Lines of ip(8) for the machine itself, then for hosts in it, which are done with the next command: there, each process
   * takes its time.
   */
  readonly #pendingOfMachine: string[] = [];
  readonly #pending = new Map<Host, string[]>();
  /** Devices of the machine that are used as lines, under the names that it gave them. */
  readonly #lines: (Plug<Host> & { readonly given: string })[] = [];

  constructor(...hosts: readonly Host[]) {
    this.#hosts = hosts;
  }

  /** Places a host in the machine with the kernel that is under test. Call it before `create`. */
  placeInMachine(host: Host): void {
    this.#inMachine.add(host);
  }

  /** Makes the namespaces. Call `destroy` afterwards, also when this failed. */
  create(): void {
    for (const host of this.#hosts) {
      this.#ipWhere(host, `netns add ${this.namespace(host)}`);
      this.#made.push(host);
      this.ip(host, 'link set lo up');
    }
  }

  /** Lays a line between two hosts. */
  join(a: Plug<Host>, b: Plug<Host>): void {
    if (this.#inMachine.has(a.host) === this.#inMachine.has(b.host)) {
      const [from, to] = [this.namespace(a.host), this.namespace(b.host)];
      this.#ipWhere(a.host, `link add ${a.device} netns ${from} type veth peer name ${b.device} netns ${to}`);
    } else {
      const [here, there] = this.#inMachine.has(a.host) ? [b, a] : [a, b];
      const given = kernelMachine().line(this.namespace(here.host), here.device);
      this.#lines.push({ ...there, given });
      this.#ipWhere(there.host, `link set ${given} netns ${this.namespace(there.host)} name ${there.device}`);
    }
    for (const { host, device } of [a, b]) this.ip(host, `link set ${device} up`);
  }

  /** Gives a device addresses, with their prefix lengths. */
  address(host: Host, device: string, ...addresses: readonly string[]): void {
    for (const address of addresses) {
      // Without duplicate address detection, an IPv6 address can be used at once.
      this.ip(host, `addr add ${address} dev ${device}${address.includes(':') ? ' nodad' : ''}`);
    }
  }

  /** Configures a host with a line for ip(8). In the machine it is done at the latest with the next command of any host. */
  ip(host: Host, line: string): void {
    if (!this.#inMachine.has(host)) must(['ip', '-n', this.namespace(host), ...line.split(' ')]);
    else this.#pending.set(host, [...(this.#pending.get(host) ?? []), line]);
  }

  /** Does what is pending. */
  settle(): void {
    const ofMachine = this.#pendingOfMachine.splice(0);
    const pending = [...this.#pending];
    this.#pending.clear();
    if (ofMachine.length > 0) must(kernelMachine().inside(['ip', '-batch', '-']), ofMachine.join('\n'));
    for (const [host, lines] of pending) must(this.#batch(host), lines.join('\n'));
  }

  namespace(host: Host): string {
    return `${this.#prefix}-${host}`;
  }

  /** Runs a command to its end; a failure is an error. Returns what it printed. */
  run(host: Host, argv: readonly string[], input = ''): string {
    this.settle();
    return must(this.#inside(host, argv), input);
  }

  /** Runs a command to its end, whatever that is. */
  attempt(host: Host, argv: readonly string[]): Output {
    this.settle();
    return attempt(this.#inside(host, argv));
  }

  /** Starts a command that goes on beside the test; `destroy` ends it. */
  start(host: Host, argv: readonly string[]): Running {
    this.settle();
    const running = new Running(this.#inside(host, argv));
    this.#running.push(running);
    return running;
  }

  read(host: Host, file: string): Uint8Array {
    if (!this.#inMachine.has(host)) return readFileSync(file);
    return Buffer.from(must(kernelMachine().inside(['base64', file])), 'base64');
  }

  /** Takes a namespace its name; it lasts as long as somebody is in it. */
  forget(host: Host): void {
    must(['ip', 'netns', 'del', this.namespace(host)]);
    this.#made.splice(this.#made.indexOf(host), 1);
  }

  /** Ends every process and removes the namespaces. Does as much as it can, then fails if something failed. */
  async destroy(): Promise<void> {
    for (const running of this.#running) await running.stop('SIGTERM');
    this.#giveBackLines();
    const left = this.#made.filter(
      (host) => attempt(this.#where(host, ['ip', 'netns', 'del', this.namespace(host)])).status !== 0,
    );
    if (left.length > 0) throw new Error(`cannot delete ${left.map((host) => this.namespace(host)).join(', ')}`);
  }

  #inside(host: Host, argv: readonly string[]): readonly string[] {
    if (!this.#inMachine.has(host)) return ['ip', 'netns', 'exec', this.namespace(host), ...argv];
    const [program = '', ...rest] = argv;
    // A third of what ip(8) takes to do so under emulation. By its path, since busybox prefers what it has itself.
    const enter = ['busybox', 'nsenter', `--net=/run/netns/${this.namespace(host)}`];
    return kernelMachine().inside([...enter, pathOf(program), ...rest]);
  }

  /** The same command where the host's namespace is. */
  #where(host: Host, argv: readonly string[]): readonly string[] {
    return this.#inMachine.has(host) ? kernelMachine().inside(argv) : argv;
  }

  /** A line for ip(8) outside of the namespaces. */
  #ipWhere(host: Host, line: string): void {
    if (this.#inMachine.has(host)) this.#pendingOfMachine.push(line);
    else must(['ip', ...line.split(' ')]);
  }

  #batch(host: Host, ...options: readonly string[]): readonly string[] {
    return this.#where(host, ['ip', ...options, '-n', this.namespace(host), '-batch', '-']);
  }

  /** Each as it was given: the next one to use it finds it by that name. Does what was pending at the same time. */
  #giveBackLines(): void {
    for (const { host, device, given } of this.#lines) {
      this.ip(host, `link set ${device} down`);
      this.ip(host, `link set ${device} name ${given} netns 1`);
    }
    for (const [host, lines] of this.#pending) attempt(this.#batch(host, '-force'), lines.join('\n'));
    for (const { given } of this.#lines) kernelMachine().free(given);
  }
}

/** The programs of the machine are those of this host. */
function pathOf(program: string): string {
  if (isAbsolute(program)) return program;
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, program)).find(existsSync) ?? program;
}
