/**
 * UDP probes without a privilege: a connected socket for each flow, and its error queue.
 *
 * All probes of a flow have the same addresses and ports, so that routers which share load by flow send them along one
 * path. The number of the probe is in the payload.
 *
 * @see ip(7), IP_RECVERR
 * @module
 */
import { POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import { ProbeErrors } from '../../../native/probe/probe-errors.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import { decodeProbePayload, encodeProbePayload, PROBE_PAYLOAD_BYTES } from '../../../wire/probe/probe-payload.ts';
import { errorAnswer } from './error-answer.ts';
import { connectSocket, prepareSocket, setTtl } from './open-socket.ts';
import { OLDEST_NS, type PortPlan, type ProbePort } from './probe-port.ts';

/** A call returns an error that a router reported for an earlier probe, once; the next call sends. */
const ATTEMPTS = 4;
/** Datagrams that are read at a time. */
const MOST = 64;

/** Opens the sockets. @throws NetError if one cannot be opened */
export function openUdpPort(libc: Libc, plan: PortPlan): ProbePort {
  const { family, address, port, flows, clientPort } = plan;
  const length = Math.max(PROBE_PAYLOAD_BYTES, plan.lengthBytes ?? PROBE_PAYLOAD_BYTES);
  const errors = new ProbeErrors(libc);
  const out = libc.allocate(length);
  const sockets: LinuxSocket[] = [];
  const close = (): void => {
    for (const socket of sockets) socket.close();
    libc.free(out);
    errors.free();
  };
  try {
    for (let flow = 0; flow < flows; flow++) {
      const socket = LinuxSocket.open(libc, 'udp', address);
      sockets.push(socket);
      prepareSocket(socket, plan, clientPort === null ? 0 : clientPort + flow);
      connectSocket(libc, socket, address, port);
    }
    const locals = sockets.map((socket) => socket.local());
    const local = locals[0]?.address ?? null;
    const target = { address, family };
    return {
      method: 'udp error queue',
      localAddress: local,
      sourcePorts: locals.map((one) => one.port),
      send: ({ id, flow, ttl }) => {
        const socket = sockets[flow];
        if (socket === undefined || !setTtl(socket, family, ttl)) return libc.errno();
        encodeProbePayload(out.bytes, id);
        for (let i = 0; i < ATTEMPTS; i++) if (libc.send(socket.fd, out.address, length, 0) >= 0) return null;
        return libc.errno();
      },
      addTo: (poller) => {
        for (const { fd } of sockets) poller.add(fd, POLL.in);
      },
      collect: (clock, onAnswer) => {
        for (const [flow, { fd }] of sockets.entries()) {
          errors.drain(fd, (error) => {
            const at = errors.receivedAt(clock, OLDEST_NS);
            const answer = errorAnswer(error, { id: decodeProbePayload(error.quote), flow }, target, at);
            if (answer) onAnswer(answer);
          });
          // Something listens on that port and answers.
          for (let i = 0; i < MOST; i++) {
            const size = libc.recv(fd, libc.scratch.address, PROBE_PAYLOAD_BYTES, 0);
            if (size < 0) break;
            const id = decodeProbePayload(libc.scratch.bytes.subarray(0, size));
            onAnswer({
              id,
              flow,
              from: address,
              kind: 'target',
              reason: null,
              ttl: null,
              mtuBytes: null,
              labels: [],
              at: clock(),
            });
          }
        }
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}
