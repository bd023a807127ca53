import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ResponseReader } from '../../../../src/path/http/response-reader.ts';

const octets = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

function read(text: string, { piece = text.length || 1, ends = true, most = 1e6 } = {}): ResponseReader {
  const reader = new ResponseReader(most);
  const bytes = octets(text);
  for (let at = 0; at < bytes.length && !reader.isDone; at += piece) reader.push(bytes.subarray(at, at + piece));
  if (ends) reader.end();
  return reader;
}

const CHUNKED =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n5\r\nhello\r\nA;x=1\r\n0123456789\r\n0\r\nT: 1\r\n\r\n';

describe('ResponseReader', () => {
  test.each([
    ['a length', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nServer: x\r\n\r\nhello', { status: 200, body: 5 }],
    ['no body', 'HTTP/1.1 204 No Content\r\n\r\n', { status: 204, body: 0 }],
    ['304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', { status: 304, body: 0 }],
    ['a length of 0', 'HTTP/1.0 500 \r\ncontent-length:0\r\n\r\n', { status: 500, body: 0 }],
    ['no reason', 'HTTP/1.1 404\r\nContent-Length: 1\r\n\r\nx', { status: 404, body: 1 }],
    ['chunks', CHUNKED, { status: 200, body: 15 }],
    ['line ends of LF alone', 'HTTP/1.1 200 OK\nContent-Length: 2\n\nhi', { status: 200, body: 2 }],
    [
      'interim responses',
      `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${CHUNKED}`,
      { status: 200, body: 15 },
    ],
    ['empty lines before it', '\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx', { status: 200, body: 1 }],
    [
      'what follows it',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 500 no\r\n\r\n',
      { status: 200, body: 1 },
    ],
    ['chunks and a length', CHUNKED.replace('OK', 'OK\r\nContent-Length: 3'), { status: 200, body: 15 }],
    [
      'one length twice',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
      { status: 200, body: 1 },
    ],
  ])('of %s, whole or octet by octet', (_name, text, want) => {
    for (const piece of [1, 2, 7, text.length]) {
      const reader = read(text, { piece, ends: false });
      expect(reader.isDone, `pieces of ${piece}`).toBe(true);
      expect(reader.failure).toBeNull();
      expect({ status: reader.head?.status, body: reader.bodyBytes }).toEqual(want);
    }
  });

  test('without a length the body ends with the connection', () => {
    const reader = read('HTTP/1.0 200 OK\r\n\r\nhello', { ends: false });
    expect(reader.isDone).toBe(false);
    reader.end();
    expect([reader.isDone, reader.bodyBytes, reader.failure, reader.head?.version]).toEqual([true, 5, null, '1.0']);
  });

  test('keeps the fields that it needs, the first of each', () => {
    const reader = read('HTTP/1.1 301 M\r\nLOCATION:  /a \r\nLocation: /b\r\nX: 1\r\nContent-Length: 0\r\n\r\n');
    expect(reader.head?.fields).toEqual({ location: '/a', 'content-length': '0' });
  });

  test.each([String(2 ** 60), '9'.repeat(400)])('a length of %s is that of a long body', (length) => {
    const reader = read(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\nabc`, { ends: false });
    expect([reader.failure, reader.isDone, reader.bodyBytes]).toEqual([null, false, 3]);
  });

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9\r\n', 'no answer of HTTP'],
    ['another version', 'HTTP/2 200\r\n\r\n', 'no answer of HTTP'],
    ['a status of 999', 'HTTP/1.1 999 x\r\n\r\n', 'no answer of HTTP'],
    ['an upgrade', 'HTTP/1.1 101 Switching\r\n\r\n', 'the server changes to a protocol that was not asked for'],
    [
      'two lengths',
      'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      'two lengths of the body that differ',
    ],
    ['a length of -1', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'a length of the body that is no number'],
    [
      'chunks that are none',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'chunks of the body that are not those of HTTP',
    ],
    ['an end in the header', 'HTTP/1.1 200 OK\r\nX: 1\r\n', 'the connection ended in the header'],
    ['an end in the body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx', 'the connection ended in the body'],
    [
      'an end between chunks',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n',
      'the connection ended in the body',
    ],
  ])('says what is wrong: %s', (_name, text, failure) => {
    expect(read(text).failure).toBe(failure);
  });

  test('headers for ever end at 64 KiB', () => {
    const reader = new ResponseReader(1e6);
    reader.push(octets('HTTP/1.1 200 OK\r\n'));
    for (let i = 0; i < 10_000 && !reader.isDone; i++) reader.push(octets(`X-${i}: ${'y'.repeat(50)}\r\n`));
    expect(reader.failure).toBe('a header of more than 64 KiB');
  });

  test('one line for ever ends there too, and so do interim responses', () => {
    expect(read('HTTP/1.1 200 OK\r\nX: '.padEnd(70_000, 'y')).failure).toBe('a header of more than 64 KiB');
    expect(read('HTTP/1.1 100 C\r\n\r\n'.repeat(10_000)).failure).toBe('a header of more than 64 KiB');
  });

  test('a body is read as far as was asked, and then no further', () => {
    const reader = new ResponseReader(1000);
    reader.push(octets('HTTP/1.1 200 OK\r\n\r\n'));
    for (let i = 0; i < 100 && !reader.isDone; i++) reader.push(new Uint8Array(100));
    expect([reader.isDone, reader.isCut, reader.bodyBytes, reader.failure]).toEqual([true, true, 1000, null]);
  });

  test('a body of just that length is whole', () => {
    const reader = read(`HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n${'x'.repeat(1000)}`, { most: 1000 });
    expect([reader.isDone, reader.isCut]).toEqual([true, false]);
  });

  test('never throws, and the pieces in which it comes change nothing', () => {
    const lines = fc.array(
      fc.constantFrom(
        'HTTP/1.1 200 OK',
        'HTTP/1.1 100 C',
        'Content-Length: 3',
        'Transfer-Encoding: chunked',
        '',
        '3',
        'abc',
        '0',
        ':',
        '\0',
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 9 }), (parts, piece) => {
        const text = parts.map((line) => `${line}\r\n`).join('');
        const facts = ({ head, bodyBytes, failure, isDone }: ResponseReader) => ({ head, bodyBytes, failure, isDone });
        expect(facts(read(text, { piece }))).toEqual(facts(read(text)));
      }),
    );
  });
});
