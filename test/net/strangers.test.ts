/** Other programs at the port, and other reasons that must not be lost on the way to the user. */
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { describe, expect, test } from 'vitest';
import { connect } from '../../dist/index.js';
import { DATAGRAM_TYPE } from '../../src/wire/datagram.ts';
import { MS, winze, winzeServer, withServer } from './harness.ts';
import { openRelay } from './relay.ts';

const HOST = '127.0.0.1';
const ADVICE = 'start winze -s there, or give its port with -port';

async function at<T>(server: Server, use: (port: number) => Promise<T>): Promise<T> {
  server.listen(0, HOST);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  try {
    return await use(bound.port);
  } finally {
    server.close();
  }
}

describe('another program at the port', () => {
  test('an HTTP server is known at once, by what it says', async () => {
    await at(createHttpServer(), async (port) => {
      await expect(connect({ host: HOST, port })).rejects.toMatchObject({
        code: 'ERR_PEER_PROTOCOL',
        message: `at ${HOST}:${port} an HTTP server ("HTTP/1.1 400 Bad Request") answers, and no winze server: ${ADVICE}`,
      });
    });
  });

  // iperf3 takes 37 octets as its cookie, and answers with its state PARAM_EXCHANGE (iperf_server_api.c).
  test('an iperf3 server is known by the one octet that it says', async () => {
    const iperf3 = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.write(Uint8Array.of(9)));
    });
    await at(iperf3, async (port) => {
      await expect(connect({ host: HOST, port })).rejects.toMatchObject({
        code: 'ERR_PEER_PROTOCOL',
        message: `at ${HOST}:${port} an iperf3 server answers, and no winze server: ${ADVICE}`,
      });
    });
  });

  test('one that waits for a line is asked with one before the time is up', async () => {
    const lines = createServer((socket) => {
      let text = '';
      socket.on('error', () => {});
      socket.on('data', (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (text.endsWith('\r\n\r\n')) socket.end('HTTP/1.0 400 Bad request syntax\r\n\r\n');
      });
    });
    await at(lines, async (port) => {
      const run = connect({ host: HOST, port, connect_timeout_ns: 1000 * MS });
      await expect(run).rejects.toMatchObject({ message: /an HTTP server \("HTTP\/1\.0 400 Bad request syntax"\)/ });
    });
  });

  test('one that says nothing is told of with its host and port, and in what time', async () => {
    const silent = createServer((socket) => void socket.on('error', () => {}).resume());
    await at(silent, async (port) => {
      const run = connect({ host: HOST, port, connect_timeout_ns: 500 * MS });
      await expect(run).rejects.toMatchObject({
        code: 'ERR_CONNECT',
        message: `${HOST}:${port} takes the connection and says nothing in 0.5 s: it is no winze server, or it is stopped; ${ADVICE}`,
      });
    });
  });
});

describe.each(['auto', 'portable'] as const)('UDP that is blocked one way, %s', (engine) => {
  test.each([
    [
      'up',
      /^no UDP answer from \S+ in 0\.3 s, though TCP works: nothing that is sent to UDP port \d+ reaches the server/,
    ],
    [
      'down',
      /though TCP works: (a datagram|\d+ datagrams) reached the server, and nothing that it sends from UDP port \d+/,
    ],
  ] as const)('says that it is the way %s', async (blocked, words) => {
    await withServer({ engine }, async ({ port }) => {
      const relay = await openRelay(port, (way) => (way === blocked ? 0 : 1));
      try {
        const options = { engine, connect_timeout_ns: 300 * MS };
        const run = connect({ host: HOST, port: relay.port, tests: [{ protocol: 'udp' }], ...options });
        await expect(run).rejects.toMatchObject({ code: 'ERR_CONNECT', message: words });
        expect(relay.came('up', DATAGRAM_TYPE.hello)).toBeGreaterThan(0);
      } finally {
        await relay.close();
      }
    });
  });
});

describe.each(['auto', 'portable'] as const)('a server that is slow to open a UDP stream, %s', (engine) => {
  const options = { engine, tests: [{ protocol: 'udp', duration_ns: 100 * MS }] } as const;

  test('is waited for anew when it has answered', async () => {
    await withServer({ engine }, async ({ port }) => {
      // Attempts are 200 ms apart: an answer comes after 400 ms, and the stream is open after 600 ms.
      const dropped = (type: number, n: number): boolean =>
        (type === DATAGRAM_TYPE.hello && n < 2) || (type === DATAGRAM_TYPE.prove && n < 1);
      const relay = await openRelay(port, (_, type, n) => (dropped(type, n) ? 0 : 1));
      try {
        const document = await connect({ host: HOST, port: relay.port, connect_timeout_ns: 500 * MS, ...options });
        expect(document.complete).toBe(true);
        expect(relay.came('up', DATAGRAM_TYPE.prove)).toBeGreaterThan(1);
      } finally {
        await relay.close();
      }
    });
  });

  test('is not taken for a firewall', async () => {
    await withServer({ engine }, async ({ port }) => {
      const relay = await openRelay(port, (_, type) => (type === DATAGRAM_TYPE.prove ? 0 : 1));
      try {
        const run = connect({ host: HOST, port: relay.port, connect_timeout_ns: 300 * MS, ...options });
        const message = /^127\.0\.0\.1:\d+ answers over UDP, but opened no stream in 0\.3 s: its host may be too busy/;
        await expect(run).rejects.toMatchObject({ code: 'ERR_CONNECT', message });
      } finally {
        await relay.close();
      }
    });
  });

  test('neither is one that is slow to take a TCP connection', async () => {
    const connections: Socket[] = [];
    await withServer({ engine }, async ({ port }) => {
      // The first connection is that of control. A kernel accepts the second, and nobody reads it.
      const half = createServer((near) => {
        connections.push(near.on('error', () => {}));
        if (connections.length > 1) return;
        const far = dial(port, HOST).on('error', () => near.destroy());
        near
          .on('close', () => far.destroy())
          .pipe(far)
          .pipe(near);
      });
      await at(half, async (alone) => {
        const tests = [{ duration_ns: 100 * MS }];
        const run = connect({ host: HOST, port: alone, engine, tests, connect_timeout_ns: 300 * MS });
        const message = /took no data connection in 0\.3 s, though it is open: its host may be too busy/;
        await expect(run).rejects.toMatchObject({ code: 'ERR_CONNECT', message });
        for (const one of connections) one.destroy();
      });
    });
  });
});

// What ICMP says is told to a connected socket on Linux; elsewhere it may be.
test.runIf(process.platform === 'linux')('a UDP port that is closed is told by its ICMP', async () => {
  await withServer({}, async ({ port }) => {
    const tcpAlone = createServer((near) => {
      const far = dial(port, HOST);
      near.on('error', () => far.destroy());
      far.on('error', () => near.destroy());
      near.pipe(far).pipe(near);
    });
    await at(tcpAlone, async (alone) => {
      const run = connect({ host: HOST, port: alone, tests: [{ protocol: 'udp' }], connect_timeout_ns: 300 * MS });
      await expect(run).rejects.toMatchObject({ message: /in 0\.3 s \(ICMP: ECONNREFUSED\), though TCP works/ });
    });
  });
});

/** As if koffi were not installed: what Node says of a package that is not there. */
const WITHOUT_KOFFI = `data:text/javascript,${encodeURIComponent(
  "import M from 'node:module'; const r = M._resolveFilename; M._resolveFilename = function (n, ...a) { if (n === 'koffi') throw Object.assign(new Error('none'), { code: 'MODULE_NOT_FOUND' }); return r.call(this, n, ...a); };",
)}`;

describe.runIf(process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch))('without koffi', () => {
  const NOTICE = /the package koffi is not installed, .* portable engine \(npm install koffi\)/;
  const env = { NODE_OPTIONS: `--import=${WITHOUT_KOFFI}` };

  test('the client says once that it is slower, unless it was asked for', async () => {
    const server = await winzeServer();
    try {
      const argv = ['-c', HOST, '-port', `${server.port}`, '-d', '50ms', '--json'];
      const run = await winze(argv, 15_000, env).ended;
      expect(run.status, run.stderr).toBe(0);
      expect(run.stderr.match(/koffi is not installed/g)).toHaveLength(1);
      expect(run.stderr).toMatch(NOTICE);
      expect(JSON.parse(run.stdout).tests[0].engines.client).toBe('portable');
      const asked = await winze([...argv, '--engine', 'portable'], 15_000, env).ended;
      expect([asked.status, asked.stderr]).toEqual([0, expect.not.stringMatching(/koffi/)]);
    } finally {
      server.kill('SIGTERM');
      await server.ended;
    }
  });

  test('the server says so too', async () => {
    const server = winze(['-s', '-ip', HOST, '-port', '0'], 15_000, env);
    for (const until = Date.now() + 10_000; !/Listening/.test(server.stdout()) && Date.now() < until; )
      await new Promise((resolve) => setTimeout(resolve, 20));
    server.kill('SIGTERM');
    const { stdout } = await server.ended;
    expect(stdout.replaceAll('\n  ', ' ')).toMatch(NOTICE);
  });
});
