import { defineConfig } from 'vitest/config';

/**
 * Files of the interop ring that hold no figure against the clock: what they assert is true however busy the machine is,
 * and most of their time they wait for timers, handshakes and programs that start. `tunnel-config` is not among them: it
 * asks for all devices of the host.
 */
const WAITING = [
  'capture-files',
  'client-gone',
  'endless-server',
  'faults',
  'lab',
  'lost-reasons',
  'nothing-received',
  'path-{both,chain-mtu,chain-trace,mtu,odd-answers}',
  'refused-calls',
  'shells',
  'sockets',
  'tunnel-{check,clock,daemon,faults,keylog,keys,mtu,names,roaming,routing,timers,traffic,up,zone}',
  'walks',
].map((name) => `test/interop/${name}.test.ts`);

/**
 * The gate runs a test of the outer rings up to twice more when it fails, and names it at its end: a machine that others
 * use may have stood still. Elsewhere, and in the inner rings, a failure is one.
 */
const RETRY = process.env.CI ? 2 : 0;

/** Of what runs the built program. */
const BUILT = ['test/support/fresh-build.ts'];

const INTEROP = {
  globalSetup: BUILT,
  retry: RETRY,
  testTimeout: 240_000,
  hookTimeout: 60_000,
  // Those that are concurrent wait most of their time.
  maxConcurrency: 8,
};

/** One machine with the kernel for all files of a project. */
const WITH_KERNEL = {
  globalSetup: [...BUILT, 'test/interop/support/with-kernel.ts'],
  env: { WINZE_TUNNEL_PAIRS: 'winze:kernel kernel:winze' },
  retry: RETRY,
  // Emulation is slow, and slower yet on a machine that has other things to do.
  testTimeout: 900_000,
  hookTimeout: 300_000,
  // What they have in the machine shares its processors.
  maxConcurrency: 6,
};

const tunnels = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `test/interop/tunnel-${name}.test.ts`);
/** Files of the interop ring that join winze with wireguard-go; in the VM ring, they join it with the kernel. */
const JOINS = tunnels('keylog', 'keys', 'mtu', 'roaming', 'threads', 'traffic');
/** Such files that take as long again, for their timers, or for what is multiplied by emulation: CI does without. */
const LONG_JOINS = tunnels('faults', 'marks', 'names', 'routing', 'timers', 'uplinks');
/** A flood of one device of a kernel is felt by all of them: it has a machine of its own. */
const FLOODS = ['test/interop/tunnel-load.test.ts'];
/** Others that use the same machine. */
const OF_ITS_KERNEL = ['test/vm/tunnel-*.test.ts'];

/**
 * Four rings. `inner-*` needs no privilege and no peer tool; `interop*` makes network namespaces and runs against
 * iperf3, wireguard-go and tcpdump. What measures runs one file at a time, because the files share the machine;
 * what waits, several at once. `vm*` boots kernels of Debian in virtual machines, `wine` runs Windows' Node.
 */
export default defineConfig({
  test: {
    maxWorkers: 2,
    reporters: RETRY > 0 ? ['default', './test/support/failed-tests.ts'] : ['default'],
    projects: [
      {
        test: {
          name: 'inner-pure',
          include: ['test/{arch,unit,sim,corpus}/**/*.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          env: { WINZE_TUNNEL_PATH: 'engine' },
          testTimeout: 20_000,
          // They leave nothing behind in a process, so one serves them all: a third of the time.
          isolate: false,
        },
      },
      {
        test: {
          // The scenarios of the tunnel once more: over the data path that users run, on ports in memory.
          name: 'inner-data-path',
          include: ['test/sim/tunnel-*.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          env: { WINZE_TUNNEL_PATH: 'data-path' },
          testTimeout: 20_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'inner-live',
          globalSetup: BUILT,
          include: ['test/{conformance,net,faults,cli}/**/*.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          testTimeout: 20_000,
          // They wait for sockets and timers most of their time.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          exclude: WAITING,
          ...INTEROP,
          // Nothing here takes a minute: what hangs is not to use up the gate's time.
          testTimeout: 120_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'interop-waiting',
          include: WAITING,
          ...INTEROP,
          maxWorkers: 3,
          // Not beside what measures.
          sequence: { groupOrder: 2 },
        },
      },
      { test: { name: 'vm-kernel', include: [...JOINS, ...OF_ITS_KERNEL], ...WITH_KERNEL } },
      { test: { name: 'vm-long', include: [...LONG_JOINS], ...WITH_KERNEL } },
      { test: { name: 'vm-flood', include: FLOODS, ...WITH_KERNEL } },
      {
        test: {
          name: 'vm',
          include: ['test/vm/**/*.test.ts'],
          exclude: OF_ITS_KERNEL,
          ...INTEROP,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'wine',
          include: ['test/wine/**/*.test.ts'],
          globalSetup: ['test/wine/support/prefix.ts'],
          testTimeout: 120_000,
          retry: RETRY,
          fileParallelism: false,
          // A start takes a processor for a second.
          maxConcurrency: 2,
        },
      },
    ],
  },
});
