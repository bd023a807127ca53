#!/usr/bin/env node
import { runProcess } from '../dist/cli/process.js';

// Each half is loaded when it is needed: a client starts without the server, the lab and the tunnel,
// and --help and usage errors answer without any.
await runProcess({
  connect: async (config) => (await import('../dist/run/client/client.js')).connect(config),
  serve: async (config) => (await import('../dist/run/server/server.js')).serve(config),
  lab: async (config) => (await import('../dist/run/lab/lab.js')).lab(config),
  tunnel: async () => (await import('../dist/run/tunnel/tunnel.js')).tunnel,
  readCapture: async (path, reader, onRecord, signal, onPause) => {
    const { readCapture } = await import('../dist/run/capture/read-capture.js');
    return readCapture({ path, stdin: process.stdin }, reader, onRecord, signal, onPause);
  },
  captureLive: async (...capture) => (await import('../dist/run/capture/live/capture-live.js')).captureLive(...capture),
  captureCrypto: async () => (await import('../dist/run/capture/capture-crypto.js')).loadCaptureCrypto(),
  openingThreads: async (...wanted) =>
    (await import('../dist/run/capture/opening-threads.js')).createOpeningThreads(...wanted),
});
