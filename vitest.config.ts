import { defineConfig } from 'vitest/config';

/**
 * Two rings. `inner-*` needs no privilege and no peer tool; `interop` makes network namespaces and
 * runs against iperf3, wireguard-go and tcpdump, one file at a time because they share the machine.
 */
export default defineConfig({
  test: {
    // Most tests of sockets wait most of their time, so two at once do not get in each other's way.
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'inner-pure',
          include: ['test/{arch,unit,sim,corpus}/**/*.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          testTimeout: 20_000,
          // They leave nothing behind in a process, so one serves them all: a third of the time.
          isolate: false,
        },
      },
      {
        test: {
          name: 'inner-live',
          include: ['test/{conformance,net,faults,cli}/**/*.test.ts'],
          setupFiles: ['test/support/seed.ts'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['test/interop/**/*.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 60_000,
          fileParallelism: false,
          // Those that are concurrent wait most of their time.
          maxConcurrency: 8,
        },
      },
    ],
  },
});
