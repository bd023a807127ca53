/**
 * ICMP echo probes: a ping socket or a raw socket for each flow, and its error queue.
 *
 * A number in the data keeps the checksum of all probes the same: routers that share load read the checksum of ICMP where
 * UDP has its ports (paris-traceroute).
 *
 * @see icmp(7); Linux net/ipv4/ping.c
 * @module
 */
import { randomInt } from 'node:crypto';
import { NetError } from '../../../core/errors.ts';
import { POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import { type IcmpSocket, openIcmpSocket } from '../../../native/probe/icmp-socket.ts';
import { ProbeErrors } from '../../../native/probe/probe-errors.ts';
import { MessageReader } from '../../../native/udp/message-reader.ts';
import { decodeEcho, ECHO_HEADER_BYTES, encodeEchoRequest, icmpOfPacket } from '../../../wire/echo-message.ts';
import { errorAnswer } from './error-answer.ts';
import { connectSocket, prepareSocket, setTtl } from './open-socket.ts';
import { OLDEST_NS, type PortPlan, type ProbePort } from './probe-port.ts';

const ATTEMPTS = 4;
const MOST = 64;
/** Echo header, and the number that balances the checksum. */
const LEAST_BYTES = ECHO_HEADER_BYTES + 8;
const SEQUENCES = 0x1_0000;

/** Opens the sockets. @returns `null` if this process may have neither kind. @throws NetError for other failures */
export function openIcmpPort(libc: Libc, plan: PortPlan): ProbePort | null {
  const { family, address, flows } = plan;
  const length = Math.max(LEAST_BYTES, ECHO_HEADER_BYTES + (plan.lengthBytes ?? 0));
  const errors = new ProbeErrors(libc);
  const replies = new MessageReader(libc);
  const out = libc.allocate(length);
  const lanes: (IcmpSocket & { readonly identifier: number })[] = [];
  const close = (): void => {
    for (const { socket } of lanes) socket.close();
    libc.free(out);
    errors.free();
    replies.free();
  };
  try {
    for (let flow = 0; flow < flows; flow++) {
      const opened = openIcmpSocket(libc, address, family);
      if (opened === null) {
        close();
        return null;
      }
      lanes.push({ ...opened, identifier: randomInt(1, SEQUENCES) });
      prepareSocket(opened.socket, plan, 0);
      connectSocket(libc, opened.socket, address, 0);
    }
  } catch (error) {
    close();
    throw error;
  }
  const [first] = lanes;
  if (first === undefined) throw new NetError('ERR_USAGE', 'a trace has one flow or more');
  const target = { address, family };
  let newest = 0;
  /** Sequence numbers have 16 bits: the newest probe with these. */
  const numberOf = (sequence: number): number => {
    const id = newest - (newest % SEQUENCES) + sequence;
    return id > newest ? id - SEQUENCES : id;
  };
  /** A ping socket gets what is its own; a raw socket gets what comes for everybody. */
  const sequenceOf = (lane: (typeof lanes)[number], message: Uint8Array, kind: 'request' | 'reply'): number | null => {
    const echo = decodeEcho(message, family);
    if (echo?.kind !== kind) return null;
    return lane.kind === 'raw socket' && echo.identifier !== lane.identifier ? null : echo.sequence;
  };
  return {
    method: first.kind,
    localAddress: plan.source.address ?? first.socket.local().address,
    sourcePorts: null,
    send: ({ id, flow, ttl }) => {
      const lane = lanes[flow];
      if (lane === undefined || !setTtl(lane.socket, family, ttl)) return libc.errno();
      newest = Math.max(newest, id);
      const sequence = id % SEQUENCES;
      out.view.setUint16(ECHO_HEADER_BYTES, SEQUENCES - 1 - sequence);
      encodeEchoRequest(out.bytes, family, lane.identifier, sequence);
      for (let i = 0; i < ATTEMPTS; i++) if (libc.send(lane.socket.fd, out.address, length, 0) >= 0) return null;
      return libc.errno();
    },
    addTo: (poller) => {
      for (const { socket } of lanes) poller.add(socket.fd, POLL.in);
    },
    collect: (clock, onAnswer) => {
      for (const [flow, lane] of lanes.entries()) {
        const { fd } = lane.socket;
        errors.drain(fd, (error) => {
          const sequence = sequenceOf(lane, error.quote, 'request');
          // On a raw socket this is of somebody else's probe, unless it quotes nothing.
          if (sequence === null && error.quote.length >= ECHO_HEADER_BYTES) return;
          const id = sequence === null ? null : numberOf(sequence);
          const answer = errorAnswer(error, { id, flow }, target, errors.receivedAt(clock, OLDEST_NS));
          if (answer) onAnswer(answer);
        });
        for (let i = 0; i < MOST && replies.receive(fd, 'messages'); i++) {
          const { payload, ttl } = replies;
          const hasHeader = lane.kind === 'raw socket' && family === 4;
          const sequence = sequenceOf(lane, hasHeader ? icmpOfPacket(payload) : payload, 'reply');
          if (sequence === null) continue;
          const [id, at] = [numberOf(sequence), replies.receivedAt(clock, OLDEST_NS)];
          onAnswer({ id, flow, from: address, kind: 'target', reason: null, ttl, mtuBytes: null, labels: [], at });
        }
      }
    },
    close,
  };
}
