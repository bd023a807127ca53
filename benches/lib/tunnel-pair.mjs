/**
 * Two network namespaces joined by a veth pair, and WireGuard tunnels side by side on it.
 *
 * ```text
 * near: veth0 192.0.2.1/24     far: veth0 192.0.2.2/24
 * tunnel N: 10.9.N.1/24              10.9.N.2/24        UDP port 51820 + N
 * ```
 *
 * @module
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { run, WINZE } from './processes.mjs';

const PREFIX = `${process.env.WINZE_NETNS_PREFIX ?? `wz-${process.pid}`}-bench`;
const SIDES = /** @type {const} */ (['near', 'far']);
const MTU = 1420;
/** For a program to start, or to end by itself. */
const PATIENCE_MS = 10_000;

/** @typedef {'wireguard-go' | 'winze'} Implementation */
/** @typedef {{ near: Implementation, far: Implementation }} Ends */
/**
 * @typedef {object} Tunnel
 * @property {string} address - of the far end
 * @property {{ near: number, far: number }} pids
 * @property {{ near: string, far: string }} devices
 */

export class TunnelPair {
  #folder = mkdtempSync(join(tmpdir(), 'winze-tunnels-'));
  /** @type {import('node:child_process').ChildProcess[]} */
  #processes = [];
  #tunnels = 0;

  /** Address of the far end of the line. */
  line = '192.0.2.2';

  async create() {
    for (const side of SIDES) await run('ip', ['netns', 'add', namespace(side)]);
    const peer = ['type', 'veth', 'peer', 'name', 'veth0', 'netns', namespace('far')];
    await run('ip', ['link', 'add', 'veth0', 'netns', namespace('near'), ...peer]);
    for (const side of SIDES) {
      await this.run(side, 'ip', ['link', 'set', 'lo', 'up']);
      await this.run(side, 'ip', ['addr', 'add', `192.0.2.${host(side)}/24`, 'dev', 'veth0']);
      await this.run(side, 'ip', ['link', 'set', 'veth0', 'up']);
    }
  }

  /** Output of a command in a namespace. @param {'near' | 'far'} side @param {string} file @param {string[]} args */
  run(side, file, args) {
    return run('ip', ['netns', 'exec', namespace(side), file, ...args]);
  }

  /** Starts a command that goes on until `destroy`. @param {'near' | 'far'} side @param {string[]} argv */
  start(side, argv) {
    const child = spawn('ip', ['netns', 'exec', namespace(side), ...argv], { stdio: 'ignore' });
    this.#processes.push(child);
    return child.pid ?? 0;
  }

  /** Starts one whose output, both streams, goes to a file. @param {'near' | 'far'} side @param {string[]} argv */
  logged(side, argv) {
    const path = join(this.#folder, `output-${this.#processes.length}`);
    const file = openSync(path, 'w');
    const child = spawn('ip', ['netns', 'exec', namespace(side), ...argv], { stdio: ['ignore', file, file] });
    closeSync(file);
    this.#processes.push(child);
    const read = () => readFileSync(path, 'utf8');
    return {
      get isRunning() {
        return child.exitCode === null && child.signalCode === null;
      },
      get text() {
        return read();
      },
      /** Waits until it has written this. @param {string} words */
      says: (words) => isTrue(() => read().includes(words), `${argv.join(' ')}: ${words}`),
    };
  }

  /** @param {Ends} ends @returns {Promise<Tunnel>} */
  async tunnel(ends) {
    const number = ++this.#tunnels;
    const private_ = { near: genkey(), far: genkey() };
    const pids = { near: 0, far: 0 };
    const devices = { near: '', far: '' };
    for (const side of SIDES) {
      const other = side === 'near' ? 'far' : 'near';
      devices[side] = `wb${process.pid.toString(36)}${number}${side[0]}`;
      pids[side] = await this.#end(ends[side], side, number, devices[side], private_[side], pubkey(private_[other]));
    }
    const address = `10.9.${number}.2`;
    for (let tries = 20; ; tries--) {
      try {
        await this.run('near', 'ping', ['-c', '1', '-W', '1', address]);
        return { address, pids, devices };
      } catch (error) {
        if (tries === 0) throw error;
      }
    }
  }

  async destroy() {
    for (const child of this.#processes) {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      clearTimeout(force);
    }
    for (const side of SIDES) {
      const remove = () => run('ip', ['netns', 'del', namespace(side)]);
      // A signal to the whole group, as of Ctrl-C, may have hit the first; or it was never made.
      await remove()
        .catch(remove)
        .catch(() => {});
    }
    rmSync(this.#folder, { recursive: true });
  }

  /**
   * @param {Implementation} implementation @param {'near' | 'far'} side @param {number} number
   * @param {string} device @param {string} privateKey @param {string} peerKey
   */
  async #end(implementation, side, number, device, privateKey, peerKey) {
    const port = 51820 + number;
    const address = `10.9.${number}.${host(side)}/24`;
    const endpoint = `192.0.2.${side === 'near' ? 2 : 1}:${port}`;
    const keys = `[Interface]\nPrivateKey = ${privateKey}\nListenPort = ${port}\n`;
    const peer = `[Peer]\nPublicKey = ${peerKey}\nAllowedIPs = 10.9.${number}.0/24\nEndpoint = ${endpoint}\n`;
    const file = join(this.#folder, `${device}.conf`);
    const socket = `/var/run/wireguard/${device}.sock`;
    if (implementation === 'winze') {
      writeFileSync(file, `${keys}Address = ${address}\nMTU = ${MTU}\n${peer}`, { mode: 0o600 });
      const pid = this.start(side, [process.execPath, WINZE, 'tunnel', 'up', file]);
      await exists(socket);
      return pid;
    }
    writeFileSync(file, keys + peer, { mode: 0o600 });
    const pid = this.start(side, ['wireguard-go', '-f', device]);
    await exists(socket);
    await this.run(side, 'wg', ['setconf', device, file]);
    await this.run(side, 'ip', ['addr', 'add', address, 'dev', device]);
    await this.run(side, 'ip', ['link', 'set', device, 'mtu', String(MTU), 'up']);
    return pid;
  }
}

/** @param {'near' | 'far'} side */
function namespace(side) {
  return `${PREFIX}-${side}`;
}

/** @param {'near' | 'far'} side */
function host(side) {
  return side === 'near' ? 1 : 2;
}

function genkey() {
  return execFileSync('wg', ['genkey'], { encoding: 'utf8' }).trim();
}

/** @param {string} privateKey */
function pubkey(privateKey) {
  return execFileSync('wg', ['pubkey'], { encoding: 'utf8', input: privateKey }).trim();
}

/** @param {string} path */
function exists(path) {
  return isTrue(() => existsSync(path), path);
}

/** @param {() => boolean} condition @param {string} what */
async function isTrue(condition, what) {
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(20)) if (condition()) return;
  throw new Error(`waited for ${what} in vain`);
}
