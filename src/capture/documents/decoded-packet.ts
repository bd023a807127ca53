/**
 * A packet of a capture, as `decode` and `capture` of the library give it. Its memory is its own: it may be kept.
 *
 * @module
 */
import type { WallTime } from '../../core/shapes/tunnel-config.ts';

/** One header of a packet, with what it carries. Outermost first. */
export interface DecodedLayer {
  /** As filters have it: `ipv4`, `udp`, `vxlan`. */
  readonly name: string;
  /** The captured octets from the header to the end of what it carries; of cut packets, fewer than `wire_bytes`. */
  readonly bytes: Uint8Array;
  /** Octets of the header: the payload follows them. */
  readonly header_bytes: number;
  /** Octets on the wire, header included. */
  readonly wire_bytes: number;
  /** Addresses of an IP header; `null` for all other layers. */
  readonly source: string | null;
  readonly destination: string | null;
  /** Ports of UDP and TCP, 0 to 65535; `null` for all other layers, and where they were not captured. */
  readonly source_port: number | null;
  readonly destination_port: number | null;
  /** The kind of tunnel that it is the header of (`vxlan`, `gre`, `6in4`); `null` if it is none. */
  readonly tunnel: string | null;
  /** VNI, TEID, SPI or key of that tunnel, 0 to 2^32 - 1; `null` where it has none. */
  readonly tunnel_id: number | null;
  /** It stands in an ICMP error, which quotes the packet that it is about. */
  readonly is_quoted: boolean;
}

/** What keys say of a data message of WireGuard. */
export interface DecodedMessage {
  readonly is_decrypted: boolean;
  /** Why it stayed encrypted; `null` if it was decrypted. */
  readonly reason: string | null;
}

/** What keys say of a handshake message of WireGuard. Keys are the public ones, in Base64. */
export interface DecodedHandshake {
  readonly is_decrypted: boolean;
  readonly reason: string | null;
  /** `null` while its key is encrypted, or nobody's that is known. */
  readonly initiator_key: string | null;
  readonly responder_key: string | null;
}

export interface DecodedPacket {
  /** From 1, over the whole capture, as Wireshark counts. A decrypted packet has that of the one that it was in. */
  readonly frame: number;
  /** Since 1970 (UTC); `null` where the capture does not say. */
  readonly time: WallTime | null;
  /** Octets that were captured, and octets on the wire. */
  readonly captured_bytes: number;
  readonly original_bytes: number;
  /** Index of the interface in the capture. */
  readonly interface_id: number;
  /** `null` where the capture does not say. */
  readonly direction: 'in' | 'out' | null;
  /** https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype */
  readonly link_type: number;
  /**
   * What of an IP packet it is: `first` and `later` are fragments, `alone` is a first one whose others are not in the
   * capture, and `reassembled` the last of its fragments to come, with the layers of the whole packet.
   */
  readonly fragment: 'none' | 'first' | 'later' | 'alone' | 'reassembled';
  readonly layers: readonly DecodedLayer[];
  /** The first thing that was wrong, and in which layer; `null` if nothing was. */
  readonly error: { readonly reason: string; readonly layer: string } | null;
  /** What keys say of it; `null` without keys, and for packets without WireGuard. */
  readonly handshake: DecodedHandshake | null;
  readonly messages: readonly DecodedMessage[];
  /** The packets that were decrypted of it, as if they had been captured in the tunnel. */
  readonly inner: readonly DecodedPacket[];
}
