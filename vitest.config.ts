import { defineConfig } from 'vitest/config';

/**
 * Two rings. `inner` needs no privilege and no peer tool; `interop` makes network namespaces and
 * runs against iperf3, wireguard-go and tcpdump, one file at a time because they share the machine.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'inner',
          include: ['test/{arch,unit,sim,conformance,net,faults,cli,corpus}/**/*.test.ts'],
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
