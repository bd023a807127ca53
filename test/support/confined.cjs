/**
 * Preloaded into a process (`--require`), takes from it what systems take: descriptors beyond
 * $WINZE_TEST_DESCRIPTORS (RLIMIT_NOFILE), and with $WINZE_TEST_NO_NETLINK sockets of AF_NETLINK, by a filter
 * of system calls as of systemd's `RestrictAddressFamilies` (seccomp(2)). Linux on x64 or arm64, with koffi.
 */
const { isMainThread } = require('node:worker_threads');
const koffi = require('koffi');

const RLIMIT_NOFILE = 7;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2;
/** Opcodes of classic BPF: load a word of `struct seccomp_data`, jump if equal, return. */
const [LOAD, JUMP_EQUAL, RETURN] = [0x20, 0x15, 0x06];
const [OFFSET_NR, OFFSET_ARCH, OFFSET_FIRST_ARGUMENT] = [0, 4, 16];
const ALLOW = 0x7fff0000;
const EAFNOSUPPORT = 0x00050000 | 97;
const AF_NETLINK = 16;
/** AUDIT_ARCH, and the number of socket(2). */
const ARCH = { x64: [0xc000003e, 41], arm64: [0xc00000b7, 198] };

const libc = koffi.load(null);

function limitDescriptors(count) {
  const setrlimit = libc.func('int setrlimit(int, void *)');
  const limit = Buffer.alloc(16);
  limit.writeBigUInt64LE(BigInt(count), 0);
  limit.writeBigUInt64LE(BigInt(count), 8);
  if (setrlimit(RLIMIT_NOFILE, limit) !== 0) throw new Error(`setrlimit: errno ${koffi.errno()}`);
}

function forbidNetlink() {
  const [arch, socket] = ARCH[process.arch];
  const program = [
    [LOAD, 0, 0, OFFSET_ARCH],
    [JUMP_EQUAL, 0, 4, arch],
    [LOAD, 0, 0, OFFSET_NR],
    [JUMP_EQUAL, 0, 2, socket],
    [LOAD, 0, 0, OFFSET_FIRST_ARGUMENT],
    [JUMP_EQUAL, 1, 0, AF_NETLINK],
    [RETURN, 0, 0, ALLOW],
    [RETURN, 0, 0, EAFNOSUPPORT],
  ];
  const code = Buffer.alloc(8 * program.length);
  for (const [i, [op, yes, no, value]] of program.entries()) {
    code.writeUInt16LE(op, 8 * i);
    code.writeUInt8(yes, 8 * i + 2);
    code.writeUInt8(no, 8 * i + 3);
    code.writeUInt32LE(value, 8 * i + 4);
  }
  const fprog = Buffer.alloc(16);
  fprog.writeUInt16LE(program.length, 0);
  fprog.writeBigUInt64LE(BigInt(koffi.address(code)), 8);
  const prctl = libc.func('int prctl(int, size_t, size_t, size_t, size_t)');
  const prctlFilter = libc.func('prctl', 'int', ['int', 'size_t', 'void *', 'size_t', 'size_t']);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) !== 0) throw new Error(`prctl: errno ${koffi.errno()}`);
  const set = prctlFilter(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, fprog, 0, 0);
  if (set !== 0) throw new Error(`prctl: errno ${koffi.errno()}`);
}

// Threads have what the main thread had when they were made.
if (isMainThread) {
  const { WINZE_TEST_DESCRIPTORS, WINZE_TEST_NO_NETLINK } = process.env;
  if (WINZE_TEST_NO_NETLINK) forbidNetlink();
  if (WINZE_TEST_DESCRIPTORS) limitDescriptors(Number(WINZE_TEST_DESCRIPTORS));
}
