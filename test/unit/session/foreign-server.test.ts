import { describe, expect, test } from 'vitest';
import { describeForeignServer, isForeignServer } from '../../../src/session/foreign-server.ts';
import { encodeControlFrame } from '../../../src/wire/control-frame.ts';

const octets = (text: string) => new TextEncoder().encode(text);

describe('describeForeignServer()', () => {
  test.each([
    ['HTTP/1.1 400 Bad Request\r\nServer: x', 'an HTTP server ("HTTP/1.1 400 Bad Request")'],
    ['SSH-2.0-OpenSSH_9.2p1\r\n', 'an SSH server ("SSH-2.0-OpenSSH_9.2p1")'],
    ['220 mx.example.org ESMTP Postfix\r\n', 'a mail server ("220 mx.example.org ESMTP Postfix")'],
    ['220 (vsFTPd 3.0.3)\r\n', 'an FTP or mail server ("220 (vsFTPd 3.0.3)")'],
    ['RFB 003.008\n', 'a VNC server ("RFB 003.008")'],
    ['hello\u0007 there', 'another program ("hello. there")'],
  ])('knows %j', (text, words) => {
    expect(isForeignServer(octets(text))).toBe(true);
    expect(describeForeignServer(octets(text))).toBe(words);
  });

  // States of iperf3 (iperf_api.h), each an octet of its own; a TLS alert (RFC 8446 §5.1).
  test.each([
    [[9], 'an iperf3 server'],
    [[0xff], 'an iperf3 server that is busy'],
    [[0x15, 3, 1, 0, 2, 2, 70], 'a TLS server'],
  ])('knows octets %j', (first, words) => {
    expect(describeForeignServer(Uint8Array.from(first))).toBe(words);
  });

  test('returns null without octets, and for control frames', () => {
    expect([isForeignServer(new Uint8Array(0)), describeForeignServer(new Uint8Array(0))]).toEqual([false, null]);
    expect(isForeignServer(encodeControlFrame(octets('{}'), false))).toBe(false);
    expect(isForeignServer(encodeControlFrame(octets('{}'), true))).toBe(false);
  });
});
