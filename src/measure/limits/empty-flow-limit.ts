/**
 * Why nothing of a flow was received: loss, an MTU that only small packets pass, or a host that read nothing.
 *
 * @module
 */
import { counted } from '../../core/units.ts';
import { LEAST_MTU } from '../../tunnel/mtu.ts';
import { processor, wholeHost } from './host-limits.ts';
import type { Finding, LimitInputs } from './inputs.ts';
import { isUnread } from './nothing-received.ts';

/** Finds why nothing was received, from the trial of packet sizes. */
export function nothingReceived(inputs: LimitInputs): Finding {
  const { flow, trial } = inputs;
  if (flow.bytes_received !== 0) return undefined;
  if (isUnread(flow)) return unread(inputs);
  const again = flow.tcp?.retransmits ? `, in spite of ${counted(flow.tcp.retransmits, 'retransmit')}` : '';
  const what =
    flow.packets_sent === null
      ? `nothing of what the ${flow.sender} sent arrived`
      : `none of the ${counted(flow.packets_sent, 'datagram')} arrived`;
  const said = `${what} at the ${flow.receiver}${again}`;
  const { passes, fails } = trial?.size ?? { passes: null, fails: 0 };
  if (fails === null) {
    return { cause: 'loss', evidence: `${said}: datagrams of ${passes} B do, so look for a filter of TCP` };
  }
  if (passes === null) {
    const tried = trial?.size ? ', nor did smaller datagrams that were tried' : '';
    const look = 'look for a filter, a route that leads elsewhere, or an MTU smaller than the packets';
    return { cause: 'loss', evidence: `${said}${tried}: ${look}` };
  }
  const sizes = `packets of ${passes} B pass, packets of ${fails} B do not`;
  if (passes < LEAST_MTU[6]) {
    return { cause: 'loss', evidence: `${said}: ${sizes}; no MTU is that small, so look for a filter by size` };
  }
  const advice = `set an MTU of ${passes} on the device or route of both ends, or let ICMP through`;
  return { cause: 'path-mtu', evidence: `${said}: ${sizes}, and no router said so (ICMP filtered?): ${advice}` };
}

/** The path delivered, and a host was too slow to read. */
function unread(inputs: LimitInputs): Finding {
  const { receiver } = inputs.flow;
  const said = `the ${receiver} read nothing, and TCP sent nothing again, so the path is not known to have lost any`;
  const found = processor(inputs) ?? wholeHost(inputs);
  return found ? { ...found, evidence: `${said}; ${found.evidence}` } : { cause: 'unknown', evidence: said };
}
