/**
 * A packet of a capture, as `decode` and `capture` of the library return it. It owns its memory and may be kept.
 *
 * @module
 */
import type { WallTime } from '../../core/shapes/tunnel-config.ts';

/**
 * One header of a packet, with its payload. Layers are ordered outermost first.
 */
export interface DecodedLayer {
  /** The name that filters use: `ipv4`, `udp`, `vxlan`. */
  readonly name: string;
  /** The captured octets from the header to the end of its payload; fewer than `wire_bytes` if the packet was cut. */
  readonly bytes: Uint8Array;
  /** Octets of the header; the payload follows it. */
  readonly header_bytes: number;
  /** Octets on the wire, header included. */
  readonly wire_bytes: number;
  /** Addresses of an IP header; `null` for all other layers. */
  readonly source: string | null;
  readonly destination: string | null;
  /** Ports of UDP and TCP, 0 to 65535; `null` for all other layers, and if they were not captured. */
  readonly source_port: number | null;
  readonly destination_port: number | null;
  /** The kind of tunnel whose header this is (`vxlan`, `gre`, `6in4`); `null` if it is not a tunnel header. */
  readonly tunnel: string | null;
  /** VNI, TEID, SPI or key of that tunnel, 0 to 2^32 - 1; `null` if it has none. */
  readonly tunnel_id: number | null;
  /** The layer is part of a packet that an ICMP error quotes. */
  readonly is_quoted: boolean;
}

/** The result of decrypting a data message of WireGuard. */
export interface DecodedMessage {
  readonly is_decrypted: boolean;
  /** Why it could not be decrypted; `null` if it was. */
  readonly reason: string | null;
}

/** The result of decrypting a handshake message of WireGuard. Keys are public keys in Base64. */
export interface DecodedHandshake {
  readonly is_decrypted: boolean;
  readonly reason: string | null;
  /** `null` if the key could not be decrypted, or belongs to no known peer. */
  readonly initiator_key: string | null;
  readonly responder_key: string | null;
}

/** A packet with its layers, and the packets that were decrypted from it. */
export interface DecodedPacket {
  /**
   * Frame number from 1 over the whole capture, as Wireshark counts. A decrypted packet has the number of its outer
   * frame.
   */
  readonly frame: number;
  /** Time since 1970 (UTC); `null` if the capture does not state it. */
  readonly time: WallTime | null;
  /** Octets that were captured, and octets on the wire. */
  readonly captured_bytes: number;
  readonly original_bytes: number;
  /** Index of the interface in the capture. */
  readonly interface_id: number;
  /** `null` if the capture does not state it. */
  readonly direction: 'in' | 'out' | null;
  /** Link type number: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype */
  readonly link_type: number;
  /**
   * Which part of an IP packet it is. `first` and `later` are fragments. `alone` is a first fragment whose later ones
   * are not in the capture. `reassembled` is the fragment that was received last, with the layers of the whole packet.
   */
  readonly fragment: 'none' | 'first' | 'later' | 'alone' | 'reassembled';
  readonly layers: readonly DecodedLayer[];
  /** The first error of dissection, and the layer with the error; `null` if there was none. */
  readonly error: { readonly reason: string; readonly layer: string } | null;
  /** Results of decryption; `null` without keys, and for packets without a WireGuard handshake message. */
  readonly handshake: DecodedHandshake | null;
  readonly messages: readonly DecodedMessage[];
  /** The packets decrypted from it, as if they had been captured in the tunnel. */
  readonly inner: readonly DecodedPacket[];
}
