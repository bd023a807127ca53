/**
 * Brings a tunnel up, runs it until it is told to end, and takes it down.
 *
 * The undo action of each change to the host is recorded before the change is made, so that all changes are undone
 * after a normal end, a failure half way, and even SIGKILL.
 *
 * @module
 */
import process from 'node:process';
import { NetError } from '../../../core/errors.ts';
import { wipeSecrets } from '../../../core/shapes/tunnel-secrets.ts';
import { loadLibc } from '../../../native/libc.ts';
import { withAdvice } from '../../../system/system-advice.ts';
import type { UpAction } from '../../../tunnel/up/action.ts';
import { describeAction } from '../../../tunnel/up/describe-action.ts';
import { ForwardingWatch } from '../../../tunnel/up/forwarding.ts';
import { changeGuardian, claimDevice } from '../control/claim.ts';
import { runCommand, runHook } from '../control/command.ts';
import { refuseServed, serveUapi, type UapiDevice, type UapiServer } from '../control/uapi-server.ts';
import type { TunnelHostDevice } from '../device/device.ts';
import { openTunnelDevice } from '../device/device-host.ts';
import { pidPath, socketPath } from '../run-folder.ts';
import { tunnelClock } from '../tunnel-clock.ts';
import { takeNotify, writePidFile } from './announce.ts';
import { ConfigSaver } from './config-saver.ts';
import { EndpointNames, type EndpointNamesDeps } from './endpoint-names.ts';
import { readForwardingSample } from './forwarding-samples.ts';
import { type Prepared, prepareDevice, prepareUp } from './prepare.ts';
import { systemResolver } from './resolve.ts';
import { writeSetting } from './setting.ts';
import type { TunnelActions } from './undo-action.ts';
import { UndoList } from './undo-list.ts';
import type { UpOptions } from './up-options.ts';

const FORWARDING_INTERVAL_MS = 2000;

/**
 * Runs a tunnel. Resolves when it is down again after the signal.
 *
 * @throws NetError when it cannot be brought up, or its device fails. All changes are undone before.
 */
export async function upTunnel(options: UpOptions): Promise<void> {
  const undo = await UndoList.open();
  const tunnel = new UpTunnel(options, undo);
  try {
    await tunnel.up();
    await tunnel.run();
  } catch (error) {
    // A command that was ended by the signal fails with a message of its own.
    throw options.signal.aborted ? options.signal.reason : error;
  } finally {
    tunnel.tell('STOPPING=1');
    await undo.unwind(tunnel, options.onEvent);
  }
}

class UpTunnel implements TunnelActions {
  readonly #options: UpOptions;
  readonly #undo: UndoList;
  #device: TunnelHostDevice | null = null;
  #server: UapiServer | null = null;
  #names: EndpointNames | null = null;
  #saver: ConfigSaver | null = null;
  #mtu = 0;
  #chosenMark: number | null = null;
  #chosenPort = 0;
  #isUp = false;
  readonly #notify = takeNotify();

  constructor(options: UpOptions, undo: UndoList) {
    this.#options = options;
    this.#undo = undo;
  }

  async up(): Promise<void> {
    const { name, config, signal, onEvent } = this.#options;
    await this.#claim();
    // Checked before any change: the snippets that undo a change may also affect the other tunnel.
    await refuseServed(socketPath(name));
    const { steps, endpoints, mtu, chosenMark } = await this.#prepare();
    this.#mtu = mtu;
    this.#chosenMark = chosenMark;
    if (config !== null) this.#names = new EndpointNames(config, endpoints, this.#namesDeps());
    for (const { action, undo } of steps) {
      signal.throwIfAborted();
      for (const each of undo) await this.#undo.note(each);
      if (action === null) continue;
      onEvent({ tag: 'step', words: describeAction(action) });
      try {
        await this.#perform(action);
      } catch (error) {
        // A change that failed was not made, and its undo action might affect other programs.
        await this.#undo.forget(undo.length);
        throw error;
      }
    }
  }

  #prepare(): Promise<Prepared> | Prepared {
    const { name, config, configPath, openConfig, signal, onEvent } = this.#options;
    if (config === null) return prepareDevice(name);
    if (config.interface.saveConfig && configPath !== null)
      this.#saver = new ConfigSaver(configPath, config, openConfig);
    return prepareUp(name, configPath, config, signal, (message) => onEvent({ tag: 'warning', message }));
  }

  async #claim(): Promise<void> {
    const { name, pidFile, onEvent } = this.#options;
    const claim = await claimDevice(name, this.#undo.guardian);
    this.#undo.onGuardian = (pid, message) => {
      onEvent({ tag: 'warning', message });
      try {
        changeGuardian(name, pid ?? 0);
      } catch (error) {
        onEvent({ tag: 'warning', message: `cannot write ${pidPath(name)}: ${withAdvice(error)}` });
      }
    };
    await this.#undo.note({ tag: 'remove-file', path: pidPath(name), text: claim });
    if (pidFile === null) return;
    // Written first: if the file cannot be written it may belong to another process, and must not be removed.
    const text = writePidFile(pidFile);
    await this.#undo.note({ tag: 'remove-file', path: pidFile, text });
  }

  /**
   * Runs the tunnel. Resolves when it should end.
   *
   * @throws the error of the device
   */
  async run(): Promise<void> {
    const { name, signal, onEvent } = this.#options;
    const device = this.#opened();
    const status = await device.status();
    wipeSecrets(status);
    const { listenPort } = status;
    this.#chosenPort = listenPort;
    this.#isUp = true;
    this.tell(`READY=1\nMAINPID=${process.pid}\nSTATUS=${name} is up: UDP port ${listenPort}, MTU ${this.#mtu}\n`);
    onEvent({ tag: 'up', device: name, mtu: this.#mtu, listenPort });
    const watch = new ForwardingWatch();
    const timer = setInterval(() => {
      const sample = readForwardingSample(name);
      if (sample === null) return;
      for (const finding of watch.handle(sample)) onEvent({ tag: 'forwarding', finding });
    }, FORWARDING_INTERVAL_MS);
    try {
      const failure = await Promise.race([device.failed, aborted(signal)]);
      // A device that is configured from outside may also be deleted from outside: that is a normal end.
      const isDone = this.#options.config === null && failure instanceof NetError && failure.code === 'ERR_ABORTED';
      if (failure !== null && !isDone) throw failure;
    } finally {
      clearInterval(timer);
    }
  }

  /** Sends a state to the service manager, if there is one. */
  tell(state: string): void {
    const failure = this.#notify(state);
    if (failure !== null) this.#options.onEvent({ tag: 'warning', message: failure });
  }

  /** Saves the configuration, if the tunnel was up. */
  async saveConfig(): Promise<void> {
    if (!this.#isUp || !this.#saver) return;
    const { name } = this.#options;
    const nameOf = (publicKey: Uint8Array) => this.#names?.nameOf(publicKey) ?? null;
    const known = { chosenPort: this.#chosenPort, chosenMark: this.#chosenMark, nameOf };
    const status = await this.#opened().status();
    try {
      await this.#saver.save(name, status, known);
    } finally {
      wipeSecrets(status);
    }
  }

  async close(): Promise<void> {
    this.#names?.close();
    await this.#server?.close();
    await this.#device?.close();
  }

  async #perform(action: UpAction): Promise<void> {
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
        // The device has copied the keys. This also zeroes the keys of the parsed file, which are the same arrays.
        return wipeSecrets(action.change);
      case 'command':
        await runCommand(action.argv, { input: action.input, signal });
        return;
      case 'hook':
        return runHook(action.snippet, { signal });
      case 'setting':
        return writeSetting(action.name, action.value);
      default:
        return action satisfies never;
    }
  }

  /** The device for the control socket, on which wg(8) and other programs change it. */
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
      schedule: (milliseconds, act) => {
        const timer = setTimeout(act, milliseconds);
        return () => clearTimeout(timer);
      },
      configure: (change) => this.#opened().configure(change),
      onResolved: (publicKey, host, endpoint) => onEvent({ tag: 'resolved', publicKey, host, endpoint }),
      reresolve,
    };
  }

  #opened(): TunnelHostDevice {
    if (this.#device === null) throw new TypeError('the device is not open yet');
    return this.#device;
  }
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}
