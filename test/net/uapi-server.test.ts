import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NetError } from '../../src/core/errors.ts';
import type { DeviceChange } from '../../src/core/shapes/tunnel-config.ts';
import { publicKeyOf } from '../../src/crypto/x25519.ts';
import { isServed, readDeviceStatus } from '../../src/run/tunnel/control/uapi-client.ts';
import { serveUapi, type UapiDevice, type UapiServer } from '../../src/run/tunnel/control/uapi-server.ts';
import { OFFICE, octets } from '../unit/report/tunnel-samples.ts';

const windows = process.platform === 'win32';
if (windows) console.warn('skipped: the control socket is one of the file system');

describe.skipIf(windows)('serveUapi()', () => {
  let folder = '';
  let path = '';
  let server: UapiServer | undefined;
  let changes: DeviceChange[] = [];
  let configure: UapiDevice['configure'] = async (change) => void changes.push(change);
  const sockets: Socket[] = [];
  const device: UapiDevice = { status: async () => structuredClone(OFFICE), configure: (change) => configure(change) };

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wz-uapi-'));
    path = join(folder, 'wg0.sock');
    changes = [];
    configure = async (change) => void changes.push(change);
    server = await serveUapi(path, device);
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await server?.close();
    rmSync(folder, { recursive: true });
  });

  /** A connection, and what came over it so far. */
  function open(): { readonly socket: Socket; readonly until: (pattern: RegExp | 'end') => Promise<string> } {
    const socket = connect({ path, allowHalfOpen: true }).setEncoding('latin1');
    sockets.push(socket);
    let text = '';
    let ended = false;
    const waiting: (() => void)[] = [];
    const wake = (): void => {
      for (const each of waiting.splice(0)) each();
    };
    socket.on('data', (more: string) => {
      text += more;
      wake();
    });
    socket.on('close', () => {
      ended = true;
      wake();
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => {});
    return {
      socket,
      until: async (pattern) => {
        while (pattern === 'end' ? !ended : !pattern.test(text)) {
          if (ended) throw new Error(`ended with ${JSON.stringify(text)}`);
          await new Promise<void>((resolve) => waiting.push(resolve));
        }
        return text;
      },
    };
  }

  async function ask(request: string): Promise<string> {
    const { socket, until } = open();
    socket.end(request);
    return until('end');
  }

  test('answers a get with the state of the device', async () => {
    const reply = await ask('get=1\n\n');
    expect(reply).toMatch(/^private_key=(01){32}\nlisten_port=51820\nfwmark=51820\npublic_key=/);
    expect(reply).toMatch(/\nerrno=0\n\n$/);
    expect(await readDeviceStatus('wg0', path)).toEqual({ ...OFFICE, publicKey: publicKeyOf(octets(1)) });
  });

  test('hands a set to the device', async () => {
    expect(await ask(`set=1\nlisten_port=7\npublic_key=${'02'.repeat(32)}\nremove=true\n\n`)).toBe('errno=0\n\n');
    expect(changes).toEqual([{ listenPort: 7, peers: [{ publicKey: octets(2), remove: true, allowedIps: [] }] }]);
  });

  test('keeps no key of a set that was handed on', async () => {
    expect(await ask(`set=1\nprivate_key=${'05'.repeat(32)}\n\n`)).toBe('errno=0\n\n');
    expect(changes.at(-1)?.privateKey).toEqual(new Uint8Array(32));
  });

  test('works off any number of requests on one connection, in order, whatever the pieces', async () => {
    const { socket, until } = open();
    const requests = 'get=1\n\nset=1\nfwmark=1\n\nset=1\nfwmark=x\n\nget=1\n\nset=1\nfwmark=2\n\n';
    for (const letter of requests) socket.write(letter);
    await until(/(errno=0\n\n.*){2}errno=-22\n\n.*(errno=0\n\n.*){2}$/s);
    expect(changes.map(({ fwmark }) => fwmark)).toEqual([1, 2]);
  });

  test('closes after what is no request', async () => {
    expect(await ask('GET / HTTP/1.1\r\n\r\nget=1\n\n')).toBe('errno=-71\n\n');
    expect(await ask('x'.repeat(100_000))).toBe('errno=-71\n\n');
  });

  test('answers with the errno of a port that is taken, and EIO for all else', async () => {
    configure = async () => {
      throw new NetError('ERR_USAGE', 'taken');
    };
    expect(await ask('set=1\nlisten_port=7\n\n')).toBe('errno=-98\n\n');
    configure = async () => {
      throw new Error('broken');
    };
    expect(await ask('set=1\nlisten_port=7\n\n')).toBe('errno=-5\n\n');
  });

  test('is for its owner alone, and gone after close', async () => {
    expect(statSync(path).mode & 0o777).toBe(0o700);
    await server?.close();
    server = undefined;
    expect([existsSync(path), await isServed(path)]).toEqual([false, false]);
  });

  test('a client that does not read delays nobody, and costs no more than the replies it did not take', async () => {
    let asked = 0;
    const { socket: lazy } = open();
    lazy.pause();
    configure = async () => void asked++;
    // Far more replies than fit in the buffers of a socket.
    lazy.write('set=1\n\n'.repeat(20) + 'get=1\n\n'.repeat(20_000));
    expect(await ask('get=1\n\n')).toMatch(/errno=0\n\n$/);
    expect(asked).toBe(20);
    lazy.destroy();
    expect(await ask('get=1\n\n')).toMatch(/errno=0\n\n$/);
  });

  test('a client that stops within a request delays nobody', async () => {
    const { socket } = open();
    socket.write('set=1\nlisten_port=');
    expect(await ask('get=1\n\n')).toMatch(/errno=0\n\n$/);
    expect(changes).toEqual([]);
  });

  test('a path that is served is refused, and stays', async () => {
    await expect(serveUapi(path, device)).rejects.toMatchObject({
      code: 'ERR_USAGE',
      message: expect.stringMatching(/in use.*up already/),
    });
    expect(await ask('get=1\n\n')).toMatch(/errno=0\n\n$/);
  });

  test('what a killed process left is replaced', async () => {
    await server?.close();
    writeFileSync(path, '');
    expect(await isServed(path)).toBe(false);
    server = await serveUapi(path, device);
    expect(await ask('get=1\n\n')).toMatch(/errno=0\n\n$/);
  });

  test('a folder that is not there is named', async () => {
    const message = expect.stringMatching(/cannot make the socket .*no\/wg0\.sock/);
    await expect(serveUapi(join(folder, 'no/wg0.sock'), device)).rejects.toMatchObject({
      code: 'ERR_UNSUPPORTED',
      message,
    });
  });
});

describe.skipIf(windows)('readDeviceStatus()', () => {
  /** What another implementation may answer. */
  async function askOf(answer: (socket: Socket) => void, signal?: AbortSignal) {
    const folder = mkdtempSync(join(tmpdir(), 'wz-uapi-'));
    const path = join(folder, 'x.sock');
    const server = createServer((socket) => {
      socket.on('error', () => {});
      answer(socket);
    }).listen(path);
    try {
      return await readDeviceStatus('x', path, signal);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  }

  test('takes keys of others for nothing, in pieces of any size', async () => {
    const status = await askOf((socket) => {
      for (const letter of 'listen_port=7\ndaita_enabled=1\nerrno=0\n\n') socket.write(letter);
    });
    expect(status).toMatchObject({ name: 'x', listenPort: 7, peers: [] });
  });

  test.each<readonly [string, (socket: Socket) => void, RegExp]>([
    ['an errno', (socket) => socket.write('errno=-5\n\n'), /errno -5/],
    ['nonsense', (socket) => socket.write('hello\n\n'), /breaks off/],
    ['an end', (socket) => socket.once('data', () => socket.end()), /closed without an answer/],
  ])('says what is wrong with %s', async (_name, answer, message) => {
    await expect(askOf(answer)).rejects.toMatchObject({ code: 'ERR_CONNECT', message: expect.stringMatching(message) });
  });

  test('says what is wrong with a path', async () => {
    await expect(readDeviceStatus('x', '/no/such/x.sock')).rejects.toMatchObject({ code: 'ERR_CONNECT' });
  });

  test('a socket that never answers costs its reader the time that it gives', async () => {
    const asking = askOf((socket) => void socket.once('close', () => {}), AbortSignal.timeout(20));
    await expect(asking).rejects.toMatchObject({
      code: 'ERR_CONNECT',
      message: expect.stringMatching(/x\.sock: no answer in time$/),
    });
  });
});
