/**
 * TCP probes without a privilege: a connection that begins with a small TTL, and the error queue of its socket.
 *
 * A probe is one SYN. Two connections to the same port need source ports of their own, so probes may take different
 * branches of a path. The kernel sends a SYN again after 1 s: a socket is closed before.
 *
 * @see tcp(7), ip(7), IP_RECVERR; RFC 6298 §5.7
 * @module
 */
import { type Instant, NS_PER_MS } from '../../../core/time.ts';
import { POLL } from '../../../native/constants.ts';
import type { Libc } from '../../../native/libc.ts';
import { Poller } from '../../../native/poller.ts';
import { ProbeErrors } from '../../../native/probe/probe-errors.ts';
import { LinuxSocket } from '../../../native/socket.ts';
import type { Probe, ProbeAnswer } from '../../../path/trace/trace-plan.ts';
import { errorAnswer } from './error-answer.ts';
import { prepareSocket, setTtl } from './open-socket.ts';
import { OLDEST_NS, type PortPlan, type ProbePort } from './probe-port.ts';

/** Longest wait for the answer to a SYN. */
export const SYN_WAIT_NS = 950 * NS_PER_MS;

interface Opened {
  readonly probe: Probe;
  readonly socket: LinuxSocket;
  readonly at: Instant;
}

/** Opens the port. A socket is opened for each probe. */
export function openTcpPort(libc: Libc, plan: PortPlan): ProbePort {
  const { family, address, port, clientPort } = plan;
  const errors = new ProbeErrors(libc);
  const opened = new Map<number, Opened>();
  const target = { address, family };
  const refused = libcErrno(libc);
  const poller = new Poller(libc);
  let local: string | null = plan.source.address;
  const end = ({ probe, socket }: Opened): void => {
    opened.delete(probe.id);
    socket.reset();
  };
  const giveUp = (now: Instant): void => {
    for (const one of opened.values()) if (now - one.at >= SYN_WAIT_NS) end(one);
  };
  return {
    method: 'tcp connect',
    get localAddress() {
      return local;
    },
    sourcePorts: null,
    send: (probe, now) => {
      giveUp(now);
      let socket: LinuxSocket;
      try {
        socket = LinuxSocket.open(libc, 'tcp', address);
      } catch {
        return libc.errno();
      }
      try {
        prepareSocket(socket, plan, clientPort === null ? 0 : clientPort + probe.id - 1);
        setTtl(socket, family, probe.ttl);
        socket.connect(address, port);
        local ??= socket.local().address;
        opened.set(probe.id, { probe, socket, at: now });
        return null;
      } catch {
        const reason = libc.errno();
        socket.close();
        return reason;
      }
    },
    addTo: (waiting) => {
      for (const { socket } of opened.values()) waiting.add(socket.fd, POLL.out);
    },
    collect: (clock, onAnswer) => {
      const all = [...opened.values()];
      poller.clear();
      for (const { socket } of all) poller.add(socket.fd, POLL.out);
      poller.wait(0);
      const readyAt = clock();
      for (const [place, one] of all.entries()) {
        if (poller.ready(place) === 0) continue;
        const { id, flow } = one.probe;
        let answer: ProbeAnswer | null = null;
        errors.drain(one.socket.fd, (error) => {
          answer ??= errorAnswer(error, { id, flow }, target, errors.receivedAt(clock, OLDEST_NS));
        });
        const failure = one.socket.pendingError();
        if (answer === null && (failure === 0 || failure === refused)) {
          answer = {
            id,
            flow,
            from: address,
            kind: 'target',
            reason: null,
            ttl: null,
            mtuBytes: null,
            labels: [],
            at: readyAt,
          };
        }
        end(one);
        // If this thread stood still, a later answer may be to the second SYN, which the kernel sent.
        if (answer !== null && answer.at - one.at < SYN_WAIT_NS) onAnswer(answer);
      }
      // When all probes have left, nothing else ends a connection before the kernel sends its SYN again.
      giveUp(readyAt);
    },
    close: () => {
      for (const one of [...opened.values()]) end(one);
      errors.free();
      poller.free();
    },
  };
}

/** Number of ECONNREFUSED: the target answered with a reset. */
function libcErrno(libc: Libc): number {
  for (let number = 1; number < 256; number++) if (libc.errorName(number) === 'ECONNREFUSED') return number;
  return -1;
}
