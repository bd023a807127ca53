/**
 * Memory in which packets lie, seen as octets and as integers.
 *
 * Both views are of the same octets. A new view costs more than the sum of a whole packet, so they are
 * made once and a packet is an offset into them.
 *
 * @module
 */
export interface PacketMemory {
  readonly bytes: Uint8Array;
  readonly view: DataView;
}
