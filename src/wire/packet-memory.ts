/**
 * Memory for packets, accessed as octets and as integers.
 *
 * Making a DataView costs more than the checksum of a whole packet. So both views are made once for a large
 * buffer, and a packet is an offset into it.
 *
 * @module
 */
/** Two views of the same octets. */
export interface PacketMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}
