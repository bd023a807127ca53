import { expect, test } from 'vitest';
import {
  VIRTIO_NET_HDR_GSO_TCPV6,
  VIRTIO_NET_HEADER_BYTES,
  virtioChecksumOffset,
  virtioChecksumStart,
  virtioFlags,
  virtioGsoBytes,
  virtioGsoType,
  virtioHeaderBytes,
  writeGsoVirtioHeader,
  writePlainVirtioHeader,
} from '../../../src/wire/virtio-net.ts';

const LAYOUT = [1, 4, 0x48, 0x01, 0x94, 0x05, 0x28, 0x00, 0x10, 0x00];

test('writeGsoVirtioHeader() lays out struct virtio_net_hdr, little-endian, and no octet more', () => {
  const octets = new Uint8Array(14).fill(0xee);
  const view = new DataView(octets.buffer);
  writeGsoVirtioHeader(view, 2, {
    gsoType: VIRTIO_NET_HDR_GSO_TCPV6,
    headerBytes: 0x148,
    gsoBytes: 0x594,
    checksumStart: 40,
    checksumOffset: 16,
  });
  expect([...octets]).toEqual([0xee, 0xee, ...LAYOUT, 0xee, 0xee]);
});

test('the readers find each field at its place', () => {
  const view = new DataView(Uint8Array.from([0xee, ...LAYOUT]).buffer);
  const readers = [
    virtioFlags,
    virtioGsoType,
    virtioHeaderBytes,
    virtioGsoBytes,
    virtioChecksumStart,
    virtioChecksumOffset,
  ];
  expect(readers.map((read) => read(view, 1))).toEqual([1, 4, 0x148, 0x594, 40, 16]);
});

test('writePlainVirtioHeader() zeroes the header and no octet more', () => {
  const octets = new Uint8Array(12).fill(0xee);
  writePlainVirtioHeader(new DataView(octets.buffer), 1);
  expect([...octets]).toEqual([0xee, ...Array(VIRTIO_NET_HEADER_BYTES).fill(0), 0xee]);
});
