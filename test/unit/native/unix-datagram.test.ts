import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, test } from 'vitest';
import { loadLibc } from '../../../src/native/libc.ts';
import { sendUnixDatagram } from '../../../src/native/unix-datagram.ts';

const libc = loadLibc();

describe.skipIf(libc === null)('a Unix domain datagram', () => {
  if (libc === null) return;
  const folder = mkdtempSync(join(tmpdir(), 'wz-unix-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  /** A socket bound to a name, as unix(7) has it: `octets` behind the family. */
  function bound(octets: Uint8Array): number {
    const { address, bytes, view } = libc?.allocate(128) ?? { address: 0, bytes: new Uint8Array(), view: null };
    view?.setUint16(0, 1, true);
    bytes.set(octets, 2);
    const fd = libc?.socket(1, 2, 0) ?? -1;
    expect(libc?.bind(fd, address, 2 + octets.length)).toBe(0);
    return fd;
  }
  function received(fd: number): string {
    const { address, bytes } = libc?.allocate(4096) ?? { address: 0, bytes: new Uint8Array() };
    const length = libc?.recv(fd, address, 4096, 0x40) ?? -1;
    return new TextDecoder().decode(bytes.subarray(0, Math.max(0, length)));
  }

  test('is sent to a socket file', () => {
    const path = join(folder, 'sock');
    const fd = bound(new TextEncoder().encode(path));
    expect(existsSync(path)).toBe(true);
    expect(sendUnixDatagram(libc, path, 'READY=1\nSTATUS=grün')).toBeNull();
    expect(received(fd)).toBe('READY=1\nSTATUS=grün');
    libc.close(fd);
  });

  test('is sent to an abstract name, of the right length', () => {
    const name = `wz-abstract-${process.pid}`;
    const fd = bound(new TextEncoder().encode(`\0${name}`));
    expect(sendUnixDatagram(libc, `@${name}`, 'x')).toBeNull();
    expect(received(fd)).toBe('x');
    expect(sendUnixDatagram(libc, `@${name}y`, 'x')).toBe('ECONNREFUSED');
    libc.close(fd);
  });

  test('returns the error if it cannot be sent', () => {
    expect(sendUnixDatagram(libc, join(folder, 'none'), 'x')).toBe('ENOENT');
    expect(sendUnixDatagram(libc, '', 'x')).toBe('ENAMETOOLONG');
    expect(sendUnixDatagram(libc, `/${'a'.repeat(108)}`, 'x')).toBe('ENAMETOOLONG');
    expect(sendUnixDatagram(libc, join(folder, 'none'), 'x'.repeat(3000))).toBe('EMSGSIZE');
  });
});
