/**
 * Checks the lengths of a packet record.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';
import type { Problem } from './capture-fault.ts';

/** Maximum captured length. libpcap (MAXIMUM_SNAPLEN) and Wireshark refuse longer packets too. */
export const MAX_PACKET_BYTES = 262_144;

/** The error for a packet record with more captured octets than `MAX_PACKET_BYTES`. */
export function tooLong(capturedBytes: number): Problem {
  const message = `a packet claims ${capturedBytes} octets, and more than ${MAX_PACKET_BYTES} are not believed`;
  return { reason: 'bad-length', message };
}

/**
 * Sets both lengths of a record. The larger one is taken as the length on the wire, because some tools write a `len`
 * smaller than `caplen`. The frame check sequence, the last octets on the wire, is not counted.
 */
export function setLengths(record: CaptureRecord, captured: number, original: number, fcsBytes: number): void {
  const wire = (original > captured ? original : captured) - fcsBytes;
  record.originalBytes = wire > 0 ? wire : 0;
  record.capturedBytes = captured < record.originalBytes ? captured : record.originalBytes;
}
