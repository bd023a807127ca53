/**
 * Lengths of one packet: what is believed, and what is on the wire.
 *
 * @module
 */
import type { CaptureRecord } from '../record.ts';
import type { Problem } from './capture-fault.ts';

/** libpcap (MAXIMUM_SNAPLEN) and Wireshark refuse longer ones. */
export const MAX_PACKET_BYTES = 262_144;

/** The refusal of a packet that says it kept more. */
export function tooLong(capturedBytes: number): Problem {
  const words = `a packet claims ${capturedBytes} octets, and more than ${MAX_PACKET_BYTES} are not believed`;
  return { reason: 'bad-length', words };
}

/**
 * Notes how long a packet is. The larger length is the one on the wire, since some tools write a `len`
 * below `caplen`. The frame check sequence is the end of the packet on the wire, and not counted.
 */
export function setLengths(record: CaptureRecord, captured: number, original: number, fcsBytes: number): void {
  const wire = (original > captured ? original : captured) - fcsBytes;
  record.originalBytes = wire > 0 ? wire : 0;
  record.capturedBytes = captured < record.originalBytes ? captured : record.originalBytes;
}
