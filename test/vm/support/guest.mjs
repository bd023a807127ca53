// @ts-check
/**
 * A machine that runs, for whoever is told where it is: commands in it, and lines to it. Several processes may use one.
 *
 * @module
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { readConsole } from './console.mjs';

/**
 * Where a machine is; it can be sent to another process.
 *
 * @typedef {object} Place
 * @property {string} namespace - of this host, in which QEMU is, and an end of each line
 * @property {string} folder - of this host, with its console and what is in use of it
 * @property {string[]} devices - of the machine, for lines
 * @property {string} release - of its kernel, as `uname -r` has it
 */

export class Guest {
  /** @readonly @type {Place} */ place;

  /** @param {Place} place */
  constructor(place) {
    this.place = place;
  }

  get release() {
    return this.place.release;
  }

  /** What it printed on its console; until its end. */
  get console() {
    return readConsole(this.consolePath);
  }

  get consolePath() {
    return join(this.place.folder, 'console');
  }

  /**
   * The command line that runs a command in the machine: like the command itself, in input, output, signals, exit status.
   * Where the machine ends before it, the status is 255, and standard error has the end of the console.
   *
   * @param {readonly string[]} argv
   * @returns {string[]}
   */
  inside(argv) {
    if (argv.length === 0) throw new Error('no command is given for the machine');
    if (!existsSync(this.place.folder)) throw new Error('the machine was ended: boot another one');
    const enter = [join(import.meta.dirname, 'enter.mjs'), this.consolePath];
    return ['ip', 'netns', 'exec', this.place.namespace, process.execPath, ...enter, ...argv];
  }

  /**
   * Lays a line from a namespace of this host into the machine.
   *
   * @param {string} namespace
   * @param {string} device - its name there
   * @returns {string} the name of the device in the machine, in its first namespace and down
   */
  line(namespace, device) {
    const given = this.place.devices.find((name) => this.#claim(name));
    if (given === undefined) throw new Error('all lines of the machine are in use: boot it with more of them');
    const [bridge, port, tap] = ['bridge', 'port', 'line'].map((kind) => given.replace('eth', kind));
    const ip = (/** @type {string} */ words) => execFileSync('ip', ['-n', this.place.namespace, ...words.split(' ')]);
    ip(`link add ${bridge} type bridge mcast_snooping 0`);
    ip(`link add ${port} type veth peer name ${device} netns ${namespace}`);
    for (const member of [port, tap]) ip(`link set ${member} master ${bridge} up`);
    ip(`link set ${bridge} up`);
    return given;
  }

  /**
   * Takes a line away, whose device is in the first namespace of the machine again.
   *
   * @param {string} given - what `line` returned
   */
  free(given) {
    for (const kind of ['bridge', 'port']) {
      spawnSync('ip', ['-n', this.place.namespace, 'link', 'del', given.replace('eth', kind)]);
    }
    rmdirSync(this.#claimPath(given));
  }

  /** @param {string} device - that other processes may want at the same time: one of them can make the folder */
  #claim(device) {
    try {
      mkdirSync(this.#claimPath(device));
      return true;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
      return false;
    }
  }

  /** @param {string} device */
  #claimPath(device) {
    return join(this.place.folder, `${device}-in-use`);
  }
}
