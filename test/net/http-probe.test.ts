import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import type { HttpPhase, HttpRun } from '../../src/core/shapes/path/http.ts';
import type { ProbeRequest } from '../../src/core/shapes/path/probe-spec.ts';
import { loadLibc } from '../../src/native/libc.ts';
import { runHttp } from '../../src/run/probes/http/run-http.ts';
import { EXPIRED, GOOD, HOSTILE, KEY } from '../support/certificates.ts';
import { portOf, probeRequest } from '../support/probe-request.ts';

const MS = 1e6;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
/** Time between the phases of a slow server, in milliseconds. */
const SLOW = 60;

const servers: Server[] = [];
const sockets = new Set<Socket>();

afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A server that answers a request with what `answer` does. @returns its port */
async function serve(answer: (socket: Socket, request: string) => void, cert: string | null = null): Promise<number> {
  const onSocket = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => {}).on('data', (bytes) => answer(socket, bytes.toString('latin1')));
  };
  const server =
    cert === null
      ? createServer(onSocket)
      : createTlsServer({ key: KEY, cert, ALPNProtocols: ['h2', 'http/1.1'] }, onSocket).on('tlsClientError', () => {});
  servers.push(server);
  return portOf(server);
}

function urlRequest(url: string, port: number, changes: Partial<ProbeRequest> = {}): ProbeRequest {
  const name = new URL(url).hostname;
  return probeRequest({
    test: 'http',
    target: { name, url, port },
    gap_ns: 5 * MS,
    count: 3,
    connect_timeout_ns: 300 * MS,
    ...changes,
  });
}

const engines = loadLibc() === null ? (['portable'] as const) : (['auto', 'portable'] as const);

async function run(requests: readonly ProbeRequest[], signal = new AbortController().signal) {
  const runs: HttpRun[] = [];
  const results = await runHttp(requests, {
    signal,
    onEvent: (event) => {
      if (event.tag === 'http-run') runs.push(event.run);
    },
  });
  const [result] = results;
  if (result === undefined) throw new Error('no result');
  return { result, results, runs };
}

describe.each(engines)('http://, engine %s', (engine) => {
  const request = (url: string, port: number, changes: Partial<ProbeRequest> = {}) =>
    urlRequest(url, port, { engine, ...changes });

  test('asks for path and query of the URL, and counts the answer', async () => {
    const requests: string[] = [];
    const port = await serve((socket, text) => {
      requests.push(text);
      socket.end(OK);
    });
    const { result, runs } = await run([request(`http://localhost:${port}/a%20b?c=1#d`, port, { warmup: 1 })]);
    expect(requests).toHaveLength(4);
    expect(requests[0]).toMatch(
      new RegExp(`^GET /a%20b\\?c=1 HTTP/1\\.1\r\nHost: localhost:${port}\r\nUser-Agent: winze/[^\r]+\r\n`),
    );
    expect(result).toMatchObject({
      test: 'http',
      complete: true,
      error: null,
      runs: 3,
      runs_failed: 0,
      failures: [],
      statuses: [{ status: 200, count: 3 }],
      http_version: '1.1',
      body_bytes: { min: 5, max: 5 },
      body_cut: false,
      redirect: null,
      tls: null,
      warmup: 1,
      resolve_ns: { n: 3 },
      connect_ns: { n: 3 },
      tls_ns: { n: 0, p50: null },
      first_byte_ns: { n: 3 },
      transfer_ns: { n: 3 },
      source: { address: '127.0.0.1' },
      warnings: [],
    });
    expect(runs.map(({ warmup }) => warmup)).toEqual([true, false, false, false]);
    for (const one of runs) {
      const parts = [one.resolve_ns, one.connect_ns, one.tls_ns, one.first_byte_ns, one.transfer_ns];
      expect(one.total_ns).toBe(parts.reduce<number>((sum, ns) => sum + (ns ?? 0), 0));
    }
  });

  test('an address is not resolved', async () => {
    const port = await serve((socket) => void socket.end(OK));
    const { result } = await run([request(`http://127.0.0.1:${port}/`, port)]);
    expect(result).toMatchObject({ runs_failed: 0, resolve_ns: { n: 0 } });
  });

  test('first byte and transfer are told apart', async () => {
    const port = await serve((socket) => {
      setTimeout(() => socket.write(OK.slice(0, 30)), SLOW);
      setTimeout(() => socket.end(OK.slice(30)), 3 * SLOW);
    });
    const { result } = await run([request(`http://localhost:${port}/`, port)]);
    expect(result.first_byte_ns.p50).toBeGreaterThan((SLOW - 2) * MS);
    expect(result.transfer_ns.p50).toBeGreaterThan(1.5 * SLOW * MS);
    expect(result.connect_ns.p50).toBeLessThan(SLOW * MS);
  });

  test('a redirect is shown and not followed', async () => {
    let asked = 0;
    const port = await serve((socket) => {
      asked++;
      socket.end('HTTP/1.1 302 Found\r\nLocation: /there?\x1b[31m\r\nContent-Length: 0\r\n\r\n');
    });
    const { result } = await run([request(`http://localhost:${port}/here`, port)]);
    expect(asked).toBe(3);
    expect(result.redirect).toBe(`http://localhost:${port}/there?%1B[31m`);
  });

  test('two sources take turns, and are compared round by round', async () => {
    const from: (string | undefined)[] = [];
    const port = await serve((socket) => {
      from.push(socket.remoteAddress);
      socket.end(OK);
    });
    const lanes = ['127.0.0.1', '127.0.0.2'].map((address) =>
      request(`http://localhost:${port}/`, port, { source: { address, device: null }, count: 6 }),
    );
    const { results } = await run(lanes);
    const [a, b] = ['127.0.0.1', '127.0.0.2'];
    expect(from).toEqual([a, b, b, a, a, b, b, a, a, b, b, a]);
    expect(results[0]?.compared).toBeNull();
    expect(results[1]?.compared).toMatchObject({ source: { address: a }, rounds: 6 });
    expect(results[1]?.source.address).toBe(b);
  });

  test('a body for ever is cut at 4 MiB', async () => {
    const port = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const more = (): void => {
        while (socket.writable && socket.write(Buffer.alloc(65_536))) {}
      };
      socket.on('drain', more);
      more();
    });
    const { result } = await run([request(`http://localhost:${port}/`, port, { count: 1, connect_timeout_ns: 5e9 })]);
    expect(result).toMatchObject({ runs_failed: 0, body_cut: true });
    expect(result.body_bytes?.max).toBeGreaterThanOrEqual(4 * 2 ** 20);
    expect(result.body_bytes?.max).toBeLessThan(5 * 2 ** 20);
    expect(result.warnings.join()).toContain('longer than 4 MiB');
  });

  test.each<readonly [string, (socket: Socket) => void, HttpPhase, string]>([
    ['says nothing', () => {}, 'first-byte', 'ETIMEDOUT'],
    ['closes without a word', (socket: Socket) => void socket.end(), 'first-byte', 'EPROTO'],
    ['resets after the request', (socket: Socket) => void socket.resetAndDestroy(), 'first-byte', 'ECONNRESET'],
    ['is no server of HTTP', (socket: Socket) => void socket.end('SSH-2.0-x\r\n'), 'transfer', 'EPROTO'],
    [
      'sends headers for ever',
      (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const more = (): void => {
          while (socket.writable && socket.write(`X: ${'y'.repeat(1000)}\r\n`)) {}
        };
        socket.on('drain', more);
        more();
      },
      'transfer',
      'EPROTO',
    ],
    [
      'sends headers slowly for ever',
      (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const timer = setInterval(() => socket.write('X: y\r\n'), 50);
        socket.on('close', () => clearInterval(timer));
      },
      'transfer',
      'ETIMEDOUT',
    ],
    [
      'ends in the body',
      (socket: Socket) => void socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx'),
      'transfer',
      'EPROTO',
    ],
    [
      'resets in the body',
      (socket: Socket) => {
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx');
        setTimeout(() => socket.resetAndDestroy(), 30);
      },
      'transfer',
      'ECONNRESET',
    ],
  ] as const)(
    'a server that %s fails each run in its phase, and ends none else',
    async (_name, answer, phase, code) => {
      const port = await serve(answer);
      const { result, runs } = await run([request(`http://localhost:${port}/`, port, { count: 2 })]);
      expect(result).toMatchObject({
        error: { code: 'ERR_NOTHING_RECEIVED' },
        runs: 2,
        runs_failed: 2,
        connect_ns: { n: 2 },
        total_ns: { n: 0 },
      });
      expect(result.failures).toMatchObject([{ phase, code, count: 2 }]);
      expect(runs[0]?.failure).toMatchObject({ phase, code });
    },
  );

  test('nobody listens', async () => {
    const port = await serve(() => {});
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    const { result } = await run([request(`http://localhost:${port}/`, port)]);
    expect(result.failures).toMatchObject([{ phase: 'connect', code: 'ECONNREFUSED', count: 3 }]);
    expect(result).toMatchObject({ resolve_ns: { n: 3 }, connect_ns: { n: 0 }, statuses: [], http_version: null });
  });

  test('Ctrl-C ends it with what was measured', async () => {
    const abort = new AbortController();
    let asked = 0;
    const port = await serve((socket) => {
      if (++asked === 3) abort.abort();
      else socket.end(OK);
    });
    const lane = request(`http://localhost:${port}/`, port, { count: null, duration_ns: 60e9 });
    const { result } = await run([lane], abort.signal);
    expect(result).toMatchObject({ complete: false, error: { code: 'ERR_ABORTED' }, runs: 2, runs_failed: 0 });
  });
});

describe.each(engines)('https://, engine %s', (engine) => {
  const request = (url: string, port: number, changes: Partial<ProbeRequest> = {}) =>
    urlRequest(url, port, { engine, ...changes });

  test('names version, cipher, protocols, certificate, and why it is not trusted', async () => {
    const port = await serve((socket) => void socket.end(OK), GOOD);
    const { result } = await run([request(`https://localhost:${port}/`, port)]);
    expect(result).toMatchObject({
      runs: 3,
      runs_failed: 0,
      tls_ns: { n: 3 },
      tls: {
        version: 'TLSv1.3',
        alpn: ['h2', 'http/1.1'],
        trusted: false,
        distrust: 'DEPTH_ZERO_SELF_SIGNED_CERT',
        certificate: { valid_from: '2020-01-01T00:00:00.000Z', valid_to: '2120-01-01T00:00:00.000Z' },
      },
    });
    expect(result.tls?.cipher).toMatch(/^TLS_/);
    expect(result.tls?.certificate?.subject).toContain('CN=localhost');
    expect(result.tls?.certificate?.days_left).toBeGreaterThan(10_000);
    expect(result.warnings).toEqual(['this host does not trust the certificate: DEPTH_ZERO_SELF_SIGNED_CERT']);
  });

  test('one handshake more than runs asks for h2', async () => {
    let handshakes = 0;
    const port = await serve((socket) => void socket.end(OK), GOOD);
    servers[0]?.on('secureConnection', () => handshakes++);
    await run([request(`https://localhost:${port}/`, port)]);
    expect(handshakes).toBe(4);
  });

  test('a certificate that expired is measured, and said to be expired', async () => {
    const port = await serve((socket) => void socket.end(OK), EXPIRED);
    const { result } = await run([request(`https://localhost:${port}/`, port)]);
    expect(result.runs_failed).toBe(0);
    expect(result.tls?.certificate?.days_left).toBeLessThan(-1000);
    expect(result.warnings.join()).toMatch(/the certificate expired \d+ days ago/);
  });

  test('names in a certificate have no control characters left', async () => {
    const port = await serve((socket) => void socket.end(OK), HOSTILE);
    const { result } = await run([request(`https://localhost:${port}/`, port)]);
    const text = JSON.stringify(result);
    expect(text).toContain('red');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(text).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]|\\u00/);
  });

  test.each<readonly [string, (socket: Socket) => void, string]>([
    ['speaks no TLS', (socket: Socket) => void socket.end('HTTP/1.1 400 Bad\r\n\r\n'), 'ERR_SSL_WRONG_VERSION_NUMBER'],
    ['says nothing', () => {}, 'ETIMEDOUT'],
    ['resets in the handshake', (socket: Socket) => void socket.resetAndDestroy(), 'ECONNRESET'],
    ['closes in the handshake', (socket: Socket) => void socket.end(), 'EPROTO'],
    [
      'sends garbage',
      (socket: Socket) => void socket.write(Buffer.from('160303ffff'.padEnd(600, '02'), 'hex')),
      'ERR_SSL_PACKET_LENGTH_TOO_LONG',
    ],
  ])('a server that %s fails in TLS', async (_name, answer, code) => {
    const port = await serve(answer);
    const { result } = await run([request(`https://localhost:${port}/`, port, { count: 2 })]);
    expect(result).toMatchObject({ runs: 2, runs_failed: 2, connect_ns: { n: 2 }, tls_ns: { n: 0 }, tls: null });
    expect(result.failures[0]).toMatchObject({ phase: 'tls', code });
    // Words, and nothing of the inside of OpenSSL.
    expect(result.failures[0]?.message).toMatch(/^[\w .]+$/);
  });
});

test('without a port, it is that of the URL', async () => {
  const port = await serve((socket) => void socket.end(OK));
  const url = `http://127.0.0.1:${port}/`;
  const target = { name: '127.0.0.1', url, port: null };
  const { result } = await run([probeRequest({ test: 'http', target, count: 1, gap_ns: MS })]);
  expect(result).toMatchObject({ port, runs: 1, runs_failed: 0 });
});

test('without a URL of HTTP it says what to write', async () => {
  const url = 'ftp://127.0.0.1/';
  await expect(run([probeRequest({ test: 'http', target: { url } })])).rejects.toThrow('write -x https://HOST/');
  await expect(run([probeRequest({ test: 'http', target: { port: 80 } })])).rejects.toThrow('write -x https://HOST/');
});
