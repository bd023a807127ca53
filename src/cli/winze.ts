/**
 * The command `winze`, with everything that it may run.
 *
 * @module
 */
import { runProcess } from './process.ts';

/**
 * Runs the command line of this process. Each half is loaded when it is needed: a client starts without the server,
 * the lab and the tunnel, and --help and usage errors answer without any.
 */
export function run(): Promise<void> {
  return runProcess({
    connect: async (config) => (await import('../run/client/client.ts')).connect(config),
    serve: async (config) => (await import('../run/server/server.ts')).serve(config),
    lab: async (config) => (await import('../run/lab/lab.ts')).lab(config),
    tunnel: async () => (await import('../run/tunnel/tunnel.ts')).tunnel,
    readCapture: async (path, reader, onRecord, signal, onPause) => {
      const { readCapture } = await import('../run/capture/read-capture.ts');
      return readCapture({ path, stdin: process.stdin }, reader, onRecord, signal, onPause);
    },
    captureLive: async (...capture) => (await import('../run/capture/live/capture-live.ts')).captureLive(...capture),
    captureCrypto: async () => (await import('../run/capture/capture-crypto.ts')).loadCaptureCrypto(),
    openingThreads: async (...wanted) =>
      (await import('../run/capture/opening-threads.ts')).createOpeningThreads(...wanted),
  });
}
