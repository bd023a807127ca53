// @ts-check
/**
 * `npm run vm [-- COMMAND…]`: a shell, or a command, in a machine as the tests have it.
 *
 * `WINZE_VM_KERNEL` (bookworm or newest), `WINZE_VM_PROCESSORS` and `WINZE_VM_MODULES` (separated by commas) choose another.
 *
 * @module
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Machine, missingForMachines } from './machine.mjs';

const { WINZE_VM_KERNEL, WINZE_VM_PROCESSORS = '2', WINZE_VM_MODULES = 'veth,wireguard' } = process.env;
const missing = missingForMachines();
if (missing.length > 0) throw new Error(`not installed: ${missing.join(', ')}`);
const machine = await Machine.boot({
  kernel: WINZE_VM_KERNEL === 'newest' ? 'newest' : 'bookworm',
  processors: Number(WINZE_VM_PROCESSORS),
  memoryMiB: 2048,
  modules: WINZE_VM_MODULES.split(','),
  limitSeconds: 3600,
});
console.error(`Linux ${machine.release}, on the files of this host; what you write there is gone at the end`);
const argv = process.argv.slice(2);
// Without a terminal of its own, script(1) gives the shell one.
const [command = '', ...rest] = machine.inside(argv.length > 0 ? argv : ['script', '-qc', '/bin/bash', '/dev/null']);
const child = spawn(command, rest, { stdio: 'inherit' });
process.on('SIGINT', () => {});
const [status] = await once(child, 'close');
await machine.end();
process.exit(status ?? 1);
