import { describe, expect, test } from 'vitest';
import { ChunkReader } from '../../../../src/path/http/chunk-reader.ts';

const octets = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

describe('ChunkReader', () => {
  test.each([
    ['one chunk', '5\r\nhello\r\n0\r\n\r\n', 5],
    ['none', '0\r\n\r\n', 0],
    ['sizes with zeros and spaces', '0005 \r\nhello\r\n000\r\n\r\n', 5],
    ['extensions and trailers', '5;a="b"\r\nhello\r\n0;z\r\nX: 1\r\nY: 2\r\n\r\n', 5],
    ['what follows', '1\r\nx\r\n0\r\n\r\n5\r\n', 1],
  ])('of %s', (_name, text, body) => {
    for (const piece of [1, 3, text.length]) {
      const reader = new ChunkReader();
      let counted = 0;
      for (let at = 0; at < text.length; at += piece) counted += reader.push(octets(text.slice(at, at + piece)));
      expect([reader.state, counted]).toEqual(['done', body]);
    }
  });

  test.each([
    ['no number', 'x\r\n'],
    ['a sign', '-1\r\n'],
    ['an empty line', '\r\n'],
    ['a size beyond numbers', `${'f'.repeat(13)}\r\n`],
    ['a chunk that is longer than it said', '5\r\nhello!\r\n'],
    ['a size line for ever', '1;'.padEnd(5000, 'x')],
    ['trailers for ever', `0\r\n${'X: 1\r\n'.repeat(20_000)}`],
  ])('refuses %s', (_name, text) => {
    const reader = new ChunkReader();
    reader.push(octets(text));
    expect(reader.state).toBe('failed');
    expect(reader.push(octets('5\r\nhello'))).toBe(0);
  });
});
