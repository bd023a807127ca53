// @ts-check
/**
 * A virtual machine with a kernel of Debian, by QEMU's software emulation, on the files of this host.
 *
 * Nothing of it outlives the process that booted it: its processes are those of a keeper, which takes all of it away
 * when that process ends, in whatever way.
 *
 * @module
 */
import { spawn, spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { consoleEnd } from './console.mjs';
import { Guest } from './guest.mjs';
import { kernelOf } from './kernel.mjs';
import { QEMU, qemuCommand, VIRTIOFSD, virtiofsdCommand } from './qemu.mjs';

/**
 * @typedef {object} OwnOptions
 * @property {import('./kernel.mjs').Suite} kernel
 * @property {number} limitSeconds - of its whole life
 * @property {number} bootLimitMs
 */
/** @typedef {OwnOptions & import('./qemu.mjs').Hardware} MachineOptions */

const TOOLS = [QEMU, VIRTIOFSD, 'busybox', 'cpio', 'modprobe', 'depmod', 'apt-get', 'dpkg-deb', 'xz', 'setpriv', 'ip'];
const PACKAGES = 'qemu-system-x86 busybox-static cpio kmod xz-utils iproute2 util-linux';

/** @type {MachineOptions} */
const DEFAULTS = {
  kernel: 'bookworm',
  processors: 1,
  memoryMiB: 768,
  lines: 0,
  modules: [],
  words: [],
  limitSeconds: 600,
  bootLimitMs: 280_000,
};

/** @returns {string[]} what a machine needs and this host lacks */
export function missingForMachines() {
  return TOOLS.filter((tool) => spawnSync('/bin/sh', ['-c', `command -v ${tool}`]).status !== 0);
}

export class Machine extends Guest {
  /** @type {import('node:child_process').ChildProcess} */ #keeper;
  /** @type {string | undefined} - why it ended */ #reason;

  /**
   * @param {MachineOptions} options
   * @param {import('./kernel.mjs').Kernel} kernel
   */
  constructor(options, kernel) {
    // Not counted: vitest has an instance of this module for each project, in one process.
    const namespace = `${process.env.WINZE_NETNS_PREFIX ?? 'wz'}-${process.pid}-vm${randomInt(1_000_000)}`;
    const folder = mkdtempSync(join(tmpdir(), 'wz-vm-'));
    const devices = Array.from({ length: options.lines }, (_, i) => `eth${i + 1}`);
    super({ namespace, folder, devices, release: kernel.version });
    const socket = join(folder, 'files.sock');
    /** @type {import('./keeper.mjs').Kept} */
    const kept = {
      namespace,
      folder,
      socket,
      files: virtiofsdCommand(socket),
      qemu: qemuCommand(options, kernel, socket),
      limitSeconds: options.limitSeconds,
    };
    const log = openSync(join(folder, 'console'), 'a');
    const argv = [join(import.meta.dirname, 'keeper.mjs'), JSON.stringify(kept)];
    // Detached, it is not ended by the terminal's Ctrl-C before the commands that run in the machine.
    this.#keeper = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', log], detached: true });
    closeSync(log);
    this.#keeper.stdout?.setEncoding('utf8').once('data', (line) => {
      this.#reason = line.trim();
    });
  }

  /**
   * @param {Partial<MachineOptions>} [options]
   * @returns {Promise<Machine>} that takes commands
   * @throws {Error} with the end of its console, when it does not come up
   */
  static async boot(options = {}) {
    const missing = missingForMachines();
    if (missing.length > 0) throw new Error(`machines need ${missing.join(', ')}: apt-get install ${PACKAGES}`);
    const whole = { ...DEFAULTS, ...options };
    const machine = new Machine(whole, kernelOf(whole.kernel));
    try {
      await machine.#waitForAgent(whole.bootLimitMs);
      return machine;
    } catch (error) {
      await machine.end();
      throw error;
    }
  }

  /** Until it ends, by itself or by `end`. */
  get isRunning() {
    return this.#reason === undefined && this.#keeper.exitCode === null && this.#keeper.signalCode === null;
  }

  /** Ends it, whatever it does, and removes what it had of this host. */
  async end() {
    if (this.#keeper.exitCode !== null || this.#keeper.signalCode !== null) return;
    const closed = once(this.#keeper, 'close');
    this.#keeper.stdin?.destroy();
    await closed;
    // Where the keeper was killed, its folder is still there.
    rmSync(this.place.folder, { recursive: true, force: true });
  }

  /** @param {number} limitMs */
  async #waitForAgent(limitMs) {
    for (const until = Date.now() + limitMs; !this.console.includes('the agent listens'); await delay(50)) {
      const end = consoleEnd(this.consolePath);
      if (!this.isRunning) throw new Error(`the machine ended before its agent was there (${this.#reason}); ${end}`);
      if (Date.now() > until) throw new Error(`its agent was not there within ${limitMs / 1000} s of the boot; ${end}`);
    }
  }
}
