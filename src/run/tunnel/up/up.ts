/**
 * Brings a tunnel up, carries it until it is told to end, and takes it down.
 *
 * Everything that is done to the host is noted beforehand with what undoes it, so that the end, a
 * failure half way and even SIGKILL leave nothing behind.
 *
 * @module
 */
import process from 'node:process';
import { NetError } from '../../../core/errors.ts';
import { wipeSecrets } from '../../../core/tunnel-secrets.ts';
import { batchNotice } from '../../../native/batch-calls.ts';
import { loadLibc } from '../../../native/libc.ts';
import type { TunnelConfig } from '../../../tunnel/config/config.ts';
import { mtuDoubt } from '../../../tunnel/mtu.ts';
import type { Action } from '../../../tunnel/up/action.ts';
import { ForwardingWatch } from '../../../tunnel/up/forwarding.ts';
import { planUp, policyMark } from '../../../tunnel/up/plan.ts';
import type { UpEvent } from '../../../tunnel/up/up-event.ts';
import { describeAction } from '../../../tunnel/up/words.ts';
import { claimDevice } from '../claim.ts';
import { runCommand, runHook } from '../command.ts';
import type { TunnelHostDevice } from '../device.ts';
import { openTunnelDevice } from '../device-host.ts';
import { pidPath, socketPath } from '../run-folder.ts';
import { tunnelClock } from '../tunnel-clock.ts';
import { serveUapi, type UapiDevice, type UapiServer } from '../uapi-server.ts';
import { EndpointNames, type EndpointNamesDeps } from './endpoint-names.ts';
import { readForwardingSample } from './forwarding-samples.ts';
import { readHostFacts, readMtuChoice } from './host-facts.ts';
import { resolveEndpoints, systemResolver } from './resolve.ts';
import { writeSetting } from './setting.ts';
import { UndoList } from './undo-list.ts';

export interface UpOptions {
  readonly name: string;
  readonly config: TunnelConfig;
  /** Threads that seal and open; `null` for what suits this host. */
  readonly threads: number | null;
  /** Takes the lines of a key log; `null` for none. */
  readonly onKeylog: ((line: string) => void) | null;
  /** Whether endpoints' names are resolved again when handshakes are not answered. */
  readonly reresolve: boolean;
  /** Ends the tunnel. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: UpEvent) => void;
}

const FORWARDING_INTERVAL_MS = 2000;

/**
 * Settles when the tunnel is down again because of the signal.
 *
 * @throws NetError when it cannot be brought up, or carries no more; everything is undone by then
 */
export async function upTunnel(options: UpOptions): Promise<void> {
  if (process.platform !== 'linux') {
    throw new NetError(
      'ERR_UNSUPPORTED',
      'winze tunnel up needs Linux; elsewhere use wireguard-go, which winze tunnel show reads',
    );
  }
  const undo = await UndoList.open();
  const tunnel = new UpTunnel(options, undo);
  try {
    await tunnel.up();
    await tunnel.carry();
  } catch (error) {
    // A command that was ended by the signal fails in words of its own.
    throw options.signal.aborted ? options.signal.reason : error;
  } finally {
    await undo.unwind(() => tunnel.close(), options.onEvent);
  }
}

class UpTunnel {
  readonly #options: UpOptions;
  readonly #undo: UndoList;
  #device: TunnelHostDevice | null = null;
  #server: UapiServer | null = null;
  #names: EndpointNames | null = null;
  #mtu = 0;

  constructor(options: UpOptions, undo: UndoList) {
    this.#options = options;
    this.#undo = undo;
  }

  async up(): Promise<void> {
    const { name, config, signal, onEvent } = this.#options;
    await claimDevice(name, this.#undo.guardian);
    await this.#undo.note({ tag: 'remove-file', path: pidPath(name) });
    const endpoints = await resolveEndpoints(config, {
      retries: process.env.WG_ENDPOINT_RESOLUTION_RETRIES,
      warn: (message) => onEvent({ tag: 'warning', message }),
      resolver: systemResolver(signal),
    });
    this.#names = new EndpointNames(config, endpoints, this.#namesDeps());
    const choice = await readMtuChoice(config, endpoints);
    const { mtu } = choice;
    this.#mtu = mtu;
    const doubt = mtuDoubt(choice);
    if (doubt !== null) onEvent({ tag: 'warning', message: doubt });
    const facts = { name, socketPath: socketPath(name), endpoints, mtu, ...(await readHostFacts()) };
    this.#warn(facts);
    for (const { action, undo } of planUp(config, facts)) {
      signal.throwIfAborted();
      for (const each of undo) await this.#undo.note(each);
      if (action === null) continue;
      onEvent({ tag: 'step', words: describeAction(action) });
      try {
        await this.#perform(action);
      } catch (error) {
        // What fails does nothing, and its undoing might hit another's.
        await this.#undo.forget(undo.length);
        throw error;
      }
    }
  }

  /** Settles when the tunnel is to end. */
  async carry(): Promise<void> {
    const { name, signal, onEvent } = this.#options;
    const device = this.#opened();
    const status = await device.status();
    wipeSecrets(status);
    const { listenPort } = status;
    onEvent({ tag: 'up', device: name, mtu: this.#mtu, listenPort });
    const watch = new ForwardingWatch();
    const timer = setInterval(() => {
      const sample = readForwardingSample(name);
      if (sample === null) return;
      for (const finding of watch.handle(sample)) onEvent({ tag: 'forwarding', finding });
    }, FORWARDING_INTERVAL_MS);
    try {
      const failure = await Promise.race([device.failed, aborted(signal)]);
      if (failure !== null) throw failure;
    } finally {
      clearInterval(timer);
    }
  }

  async close(): Promise<void> {
    this.#names?.close();
    await this.#server?.close();
    await this.#device?.close();
  }

  async #perform(action: Action): Promise<void> {
    const { threads, signal, onEvent, onKeylog } = this.#options;
    switch (action.tag) {
      case 'open-device':
        this.#device = await openTunnelDevice({ name: action.name, mtu: this.#mtu, threads, onKeylog });
        this.#device.onEvent((event) => {
          onEvent({ tag: 'tunnel', event });
          this.#names?.handle(event);
        });
        return;
      case 'listen':
        this.#server = await serveUapi(action.path, this.#managed());
        return;
      case 'configure':
        await this.#opened().configure(action.change);
        // The device has them, and nobody else needs them: those of the file are the same octets.
        return wipeSecrets(action.change);
      case 'command':
        await runCommand(action.argv, { input: action.input, signal });
        return;
      case 'hook':
        return runHook(action.snippet, signal);
      case 'setting':
        return writeSetting(action.name, action.value);
      default:
        return action satisfies never;
    }
  }

  /** The device as wg(8) and the like change it. */
  #managed(): UapiDevice {
    const device = this.#opened();
    return {
      status: () => device.status(),
      configure: async (change) => {
        await device.configure(change);
        this.#names?.forget(change);
      },
    };
  }

  #namesDeps(): EndpointNamesDeps {
    const { signal, onEvent, reresolve } = this.#options;
    return {
      lookup: systemResolver(signal).lookup,
      now: tunnelClock(loadLibc()),
      later: (milliseconds, act) => {
        const timer = setTimeout(act, milliseconds);
        return () => clearTimeout(timer);
      },
      configure: (change) => this.#opened().configure(change),
      onResolved: (publicKey, host, endpoint) => onEvent({ tag: 'resolved', publicKey, host, endpoint }),
      again: reresolve,
    };
  }

  #opened(): TunnelHostDevice {
    if (this.#device === null) throw new TypeError('the device is not open yet');
    return this.#device;
  }

  #warn({ firewall, resolvconf, freeTable }: Awaited<ReturnType<typeof readHostFacts>>): void {
    const { config, onEvent } = this.#options;
    const { dnsServers, dnsSearchDomains, saveConfig } = config.interface;
    const warn = (message: string): void => onEvent({ tag: 'warning', message });
    if (resolvconf === null && dnsServers.length + dnsSearchDomains.length > 0) {
      warn('DNS is not set: there is no resolvconf here; install openresolv or systemd-resolved, or set it by PostUp');
    }
    if (firewall === null && policyMark(config, freeTable) !== null) {
      warn('neither nft nor iptables is here: packets to the addresses of the tunnel are taken from other devices too');
    }
    const notice = batchNotice(loadLibc()?.batchRefusal ?? null);
    if (notice !== null) warn(notice);
    if (saveConfig) warn('SaveConfig is not acted on: what wg set changes is lost at the end; wg showconf prints it');
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
