/**
 * To be loaded before a program (`node --import`): makes the kernel refuse system calls with ENOSYS, as a sandbox
 * does. WINZE_REFUSE names them, with commas in between. Threads that begin later inherit the filter.
 *
 * @see seccomp(2), Documentation/userspace-api/seccomp_filter.rst of Linux
 */
import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';

const NUMBERS = {
  x64: { sendmmsg: 307, recvmmsg: 299 },
  arm64: { sendmmsg: 269, recvmmsg: 243 },
};
const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
const LOAD_NUMBER = 0x20;
const JUMP_IF_EQUAL = 0x15;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const ERRNO_ENOSYS = 0x0005_0000 | 38;

const names = (process.env.WINZE_REFUSE ?? '').split(',').filter((name) => name !== '');
if (isMainThread && names.length > 0) refuse(names.map((name) => NUMBERS[process.arch][name]));

function refuse(numbers) {
  const koffi = createRequire(import.meta.url)('koffi');
  const library = koffi.load(null);
  const steps = [
    [LOAD_NUMBER, 0, 0, 0],
    ...numbers.map((number, i) => [JUMP_IF_EQUAL, numbers.length - i, 0, number]),
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, ERRNO_ENOSYS],
  ];
  const program = Buffer.alloc(steps.length * 8);
  for (const [i, [code, isSo, isNot, value]] of steps.entries()) {
    program.writeUInt16LE(code, i * 8);
    program.writeUInt8(isSo, i * 8 + 2);
    program.writeUInt8(isNot, i * 8 + 3);
    program.writeUInt32LE(value, i * 8 + 4);
  }
  koffi.struct('sock_fprog', { length: 'uint16_t', filter: 'void *' });
  const prctl = library.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)');
  const install = library.func('int prctl(int, unsigned long, sock_fprog *, unsigned long, unsigned long)');
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error('PR_SET_NO_NEW_PRIVS');
  if (install(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, { length: steps.length, filter: program }, 0, 0) !== 0) {
    throw new Error('PR_SET_SECCOMP');
  }
}
