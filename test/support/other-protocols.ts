/**
 * Datagrams of protocols that are no tunnels, drawn at random in the shape that their specifications give.
 *
 * @module
 */
import { join, type Octets, u16, u32 } from './packets.ts';

/** Draws integers from 0 to below a bound. */
export type Draw = (below: number) => number;

/** A generator that gives the same in every run (mulberry32). */
export function drawing(seed: number): Draw {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000) * below) >>> 0;
  };
}

const octets = (draw: Draw, count: number): number[] => Array.from({ length: count }, () => draw(256));
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const one = <T>(draw: Draw, values: readonly [T, ...T[]]): T => values[draw(values.length)] ?? values[0];

function name(draw: Draw): Uint8Array {
  const labels = Array.from({ length: 1 + draw(5) }, () => {
    const label = Array.from({ length: 1 + draw(12) }, () => 97 + draw(26));
    return Uint8Array.from([label.length, ...label]);
  });
  return join(...labels, [0]);
}

/** RFC 1035 §4.1, with EDNS (RFC 6891) now and then. */
function dns(draw: Draw): Uint8Array {
  const isResponse = draw(2) === 1;
  const answers = isResponse ? draw(4) : 0;
  const extra = draw(2);
  const flags = isResponse ? one(draw, [0x8180, 0x8183, 0x8400, 0x8580]) : one(draw, [0x0100, 0x0000, 0x0120, 0x0110]);
  const question = join(name(draw), u16(one(draw, [1, 28, 12, 15, 16, 65])), u16(1));
  const answer = (): Uint8Array => join(u16(0xc00c), u16(1), u16(1), u32(draw(86_400)), u16(4), octets(draw, 4));
  const edns = join([0], u16(41), u16(1232), u32(0), u16(0));
  return join(
    u16(draw(65_536)),
    u16(flags),
    u16(1),
    u16(answers),
    u16(0),
    u16(extra),
    question,
    ...Array.from({ length: answers }, answer),
    ...(extra === 1 ? [edns] : []),
  );
}

/** RFC 4795 §2.1.1. */
const llmnr = (draw: Draw): Uint8Array =>
  join(u16(draw(65_536)), u16(one(draw, [0, 0x8000])), u16(1), u16(0), u16(0), u16(0), name(draw), u16(1), u16(1));

/** RFC 6762 §18: the identifier is 0. */
const mdns = (draw: Draw): Uint8Array =>
  join(u16(0), u16(one(draw, [0, 0x8400])), u16(1), u16(0), u16(0), u16(0), name(draw), u16(12), u16(0x8001));

/** RFC 5905 §7.3. */
const ntp = (draw: Draw): Uint8Array =>
  join([one(draw, [0x23, 0x24, 0x1b, 0x1c, 0xe3, 0xdb]), draw(16), 3 + draw(8), 0xe8], octets(draw, 44));

/** RFC 3261 §7. */
const sip = (draw: Draw): Uint8Array =>
  ascii(
    `${one(draw, ['INVITE sip:a@b SIP/2.0', 'OPTIONS sip:a@b SIP/2.0', 'SIP/2.0 200 OK', 'REGISTER sip:b SIP/2.0'])}\r\n` +
      `Call-ID: ${draw(1_000_000_000)}@b\r\nCSeq: ${draw(1000)} INVITE\r\nContent-Length: 0\r\n\r\n${'x'.repeat(draw(400))}`,
  );

/** RFC 3550 §5.1: version 2, payload type, sequence number, time stamp, source. */
const rtp = (draw: Draw): Uint8Array =>
  join([0x80, one(draw, [0, 8, 96, 0x80 | 96, 111])], octets(draw, 10), octets(draw, 20 + draw(200)));

/** uTP (BEP 29), DHT (BEP 5) and trackers (BEP 15). */
function bittorrent(draw: Draw): Uint8Array {
  switch (draw(4)) {
    case 0:
      return join(
        [draw(5) * 16 + 1, one(draw, [0, 1, 2])],
        u16(draw(65_536)),
        octets(draw, 16),
        octets(draw, draw(1200)),
      );
    case 1:
      return join(ascii('d1:ad2:id20:'), octets(draw, 20), ascii('e1:q4:ping1:t2:'), octets(draw, 2), ascii('1:y1:qe'));
    case 2:
      return join(u32(0x417), u32(0x2710_1980), u32(0), octets(draw, 4));
    default:
      return join(u32(draw(4)), octets(draw, 4), octets(draw, 8 + draw(200)));
  }
}

export const OTHER_PROTOCOLS: Readonly<Record<string, (draw: Draw) => Octets>> = {
  dns,
  llmnr,
  mdns,
  ntp,
  sip,
  rtp,
  bittorrent,
};
