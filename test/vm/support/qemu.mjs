// @ts-check
/**
 * Command lines of the processes that a machine is on this host.
 *
 * @module
 */
import { join } from 'node:path';
import { AGENT_PORT, HOST_PORT } from './frames.mjs';

/**
 * @typedef {object} Hardware
 * @property {number} processors
 * @property {number} memoryMiB
 * @property {number} lines - network devices that can be joined to namespaces of this host
 * @property {readonly string[]} modules - of the kernel, to be loaded before the first command
 * @property {readonly string[]} words - more of the kernel's command line
 */

export const QEMU = 'qemu-system-x86_64';
/** As Debian's qemu-system-common has it. */
export const VIRTIOFSD = '/usr/lib/qemu/virtiofsd';

/** A kernel that has failed ends the machine. The others spare what costs seconds under emulation and tests nothing. */
const KERNEL_WORDS = [
  'console=ttyS0',
  'quiet',
  'panic=-1',
  // The kernel counts whether its timer works, which on a busy host comes out wrong: it panics then.
  'no_timer_check',
  'oops=panic',
  'cryptomgr.notests',
  'nokaslr',
  'mitigations=off',
  // On a busy host the kernel takes the processor's counter for up to twelve times as fast as it is. This one is QEMU's own.
  'clocksource=hpet',
  'tsc=unstable',
  'random.trust_cpu=on',
  'audit=0',
];

/** @param {string} socket */
export function virtiofsdCommand(socket) {
  return [VIRTIOFSD, `--socket-path=${socket}`, ...['source=/', 'sandbox=chroot', 'cache=always'].flatMap(option)];
}

/** @param {string} value */
function option(value) {
  return ['-o', value];
}

/**
 * @param {Hardware} hardware
 * @param {import('./kernel.mjs').Kernel} kernel
 * @param {string} files - socket of virtiofsd
 */
export function qemuCommand({ processors, memoryMiB, lines, modules, words }, kernel, files) {
  const given = {
    node: process.execPath,
    agent: join(import.meta.dirname, 'agent.mjs'),
    load: ['virtio_net', ...modules].join(),
  };
  const append = [...KERNEL_WORDS, ...Object.entries(given).map(([name, value]) => `${name}=${value}`), ...words];
  const argv = [QEMU, '-nodefaults', '-no-user-config', '-no-reboot', '-display', 'none', '-serial', 'stdio'];
  // Hardware virtualisation is there on some hosts and hangs on some of them: software emulation is the same everywhere.
  argv.push('-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', String(processors), '-m', String(memoryMiB));
  argv.push('-kernel', kernel.image, '-initrd', kernel.initramfs, '-append', append.join(' '));
  argv.push('-object', `memory-backend-memfd,id=memory,size=${memoryMiB}M,share=on`, '-numa', 'node,memdev=memory');
  argv.push('-chardev', `socket,id=files,path=${files}`, '-device', 'vhost-user-fs-pci,chardev=files,tag=host');
  const port = `hostfwd=tcp:127.0.0.1:${HOST_PORT}-:${AGENT_PORT}`;
  argv.push('-netdev', `user,id=control,restrict=on,ipv6=off,${port}`, ...card('control', 0));
  for (let i = 1; i <= lines; i++) {
    argv.push('-netdev', `tap,id=line${i},ifname=line${i},script=no,downscript=no`, ...card(`line${i}`, i));
  }
  return argv;
}

/**
 * @param {string} netdev
 * @param {number} number
 */
function card(netdev, number) {
  const mac = `52:54:00:77:7a:${number.toString(16).padStart(2, '0')}`;
  return ['-device', `virtio-net-pci,netdev=${netdev},romfile=,mac=${mac}`];
}
