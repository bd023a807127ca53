/** `-x HOST -t c --tls` against servers of Node, which count the handshakes themselves. */
import { createServer as createTcpServer } from 'node:net';
import { createServer, type TlsOptions } from 'node:tls';
import { expect, test } from 'vitest';
import type { ConnectionsResult } from '../../src/core/shapes/path/connections.ts';
import { probe } from '../../src/run/probes/probe.ts';
import { ownCertificate } from '../../src/run/tls/own-certificate.ts';
import { portOf } from '../support/probe-request.ts';
import { isPath } from '../support/schemas.ts';

const OWN = ownCertificate(Date.now());

async function handshakes(port: number, count: number): Promise<ConnectionsResult> {
  const target = { name: '127.0.0.1', port, url: null };
  const document = await probe({ target, tests: [{ test: 'connections', tls: true, count, streams: 2 }] });
  expect(isPath(document)).toBe(true);
  const [result] = document.tests;
  if (result?.test !== 'connections') throw new Error('no test of connections');
  return result;
}

/** Runs the test against a server, and returns what that counted too. */
async function against(options: TlsOptions, count: number) {
  let counted = 0;
  const server = createServer({ cert: OWN.certificate, key: OWN.key, ...options }, (socket) => {
    counted++;
    socket.on('error', () => {}).resume();
  });
  server.on('tlsClientError', () => {});
  const port = await portOf(server);
  try {
    return { result: await handshakes(port, count), counted: () => counted };
  } finally {
    server.close();
  }
}

test('handshakes are counted and timed, and the certificate is judged', async () => {
  const { result, counted } = await against({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' }, 20);
  expect([result.complete, result.connections_opened, result.connections_failed]).toEqual([true, 20, 0]);
  // TLS 1.2: the server is complete before the client is.
  expect(counted()).toBe(20);
  expect([result.connect_ns.n, result.tls?.handshake_ns.n, result.tls?.resumed]).toEqual([20, 20, 0]);
  expect(result.tls).toMatchObject({ version: 'TLSv1.2', trusted: false, distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  expect(result.tls?.cipher).toBe('TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256');
  expect(result.tls?.certificate?.subject).toBe('CN=winze');
});

test('a refusal is named by its alert', async () => {
  // A cipher for RSA alone, with a key of ECDSA: nothing fits.
  const { result } = await against({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' }, 4);
  expect([result.connections_opened, result.connections_failed, result.tls]).toEqual([0, 4, null]);
  expect(result.failures).toEqual([{ code: 'tls alert handshake_failure', from: null, count: 4 }]);
});

test('what is no TLS, and what closes, is named', async () => {
  const server = createTcpServer((socket) => {
    socket.on('error', () => {}).once('data', () => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  });
  const port = await portOf(server);
  const result = await handshakes(port, 2);
  expect(result.failures).toEqual([{ code: 'tls WRONG_VERSION_NUMBER', from: null, count: 2 }]);
  server.close();
});
