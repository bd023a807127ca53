/**
 * The implementation of `DecodePorts` on this host. Modules are loaded when they are needed.
 *
 * @module
 */
import process from 'node:process';
import { openSecretOutput, readBoundedFile } from '../../system/files/file-content.ts';
import { wallNow } from '../wall.ts';
import type { DecodePorts } from './decode-ports.ts';

/** The ports that programs use. */
export const hostPorts: DecodePorts = {
  readCapture: async (path, reader, onRecord, signal, onPause) => {
    const { readCapture } = await import('../capture/read-capture.ts');
    return readCapture({ path, stdin: process.stdin }, reader, onRecord, signal, onPause);
  },
  captureLive: async (...capture) => (await import('../capture/live/capture-live.ts')).captureLive(...capture),
  captureCrypto: async () => (await import('../capture/capture-crypto.ts')).loadCaptureCrypto(),
  decryptThreads: async (...wanted) => (await import('../capture/decrypt-threads.ts')).createDecryptThreads(...wanted),
  readFile: readBoundedFile,
  openSecretOutput,
  wallTime: wallNow,
};
