/** Datagrams at the server's UDP port that no honest client sends, and failures while one is handled. */
import { createSocket, Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type ServerUdpHandlers, ServerUdpPort } from '../../src/run/server/server-udp-port.ts';
import { COOKIE_BYTES, DATAGRAM_TYPE, decodeStreamHandshake, encodeStreamHandshake } from '../../src/wire/datagram.ts';
import { TOKEN_BYTES } from '../../src/wire/preamble.ts';

const HOST = '127.0.0.1';

function message(type: number): Uint8Array {
  const [token, cookie] = [new Uint8Array(TOKEN_BYTES), new Uint8Array(COOKIE_BYTES)];
  return encodeStreamHandshake({ type, stream: 0, token, cookie });
}

describe('the UDP port of the server', () => {
  const warnings: string[] = [];
  let isAwaited = (): boolean => true;
  let udpPort: ServerUdpPort;
  let socket: Socket;

  beforeEach(async () => {
    warnings.length = 0;
    isAwaited = () => true;
    const handlers: ServerUdpHandlers = {
      isAwaited: () => isAwaited(),
      onHello: () => {},
      onProven: () => {},
      onError: (warning) => void warnings.push(warning),
    };
    const bind = vi.spyOn(Socket.prototype, 'bind');
    udpPort = await ServerUdpPort.open(HOST, 0, false, handlers);
    socket = bind.mock.contexts[0] as Socket;
    bind.mockRestore();
  });
  afterEach(() => udpPort.close());

  /** As if the datagram had come from `port`: to send from port 0 takes a raw socket. */
  const receive = (bytes: Uint8Array, port: number): void => {
    socket.emit('message', bytes, { address: HOST, family: 'IPv4', port, size: bytes.length });
  };

  async function expectAnswer(): Promise<void> {
    const client = createSocket('udp4');
    try {
      const answered = once(client, 'message');
      client.send(message(DATAGRAM_TYPE.hello), socket.address().port, HOST);
      const [answer] = await answered;
      expect(decodeStreamHandshake(answer)?.type).toBe(DATAGRAM_TYPE.challenge);
    } finally {
      client.close();
    }
  }

  test.each(Object.entries(DATAGRAM_TYPE))('drops a datagram from port 0 and goes on: %s', async (_name, type) => {
    expect(() => receive(message(type), 0)).not.toThrow();
    await expectAnswer();
    expect(warnings).toEqual([]);
  });

  test('drops a datagram whose handling fails, warns once, and goes on', async () => {
    isAwaited = () => {
      throw new Error('no memory');
    };
    for (let i = 0; i < 3; i++) expect(() => receive(message(DATAGRAM_TYPE.hello), 9)).not.toThrow();
    expect(warnings).toEqual(['a datagram was dropped: no memory']);
    isAwaited = () => true;
    await expectAnswer();
  });
});
