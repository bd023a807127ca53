#!/usr/bin/env node
import { runProcess } from '../dist/cli/process.js';

// The measuring half is loaded when it is needed: --help and usage errors answer without it.
await runProcess({
  connect: async (config) => (await import('../dist/index.js')).connect(config),
  serve: async (config) => (await import('../dist/index.js')).serve(config),
  lab: async (config) => (await import('../dist/index.js')).lab(config),
  tunnel: async () => (await import('../dist/run/tunnel/tunnel.js')).tunnel,
  readCapture: async (path, reader, onRecord, signal) => {
    const { readCapture } = await import('../dist/run/capture/read-capture.js');
    return readCapture({ path, stdin: process.stdin }, reader, onRecord, signal);
  },
});
