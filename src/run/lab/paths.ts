/**
 * The rows of the lab: the plain line, and each tunnel that this system supports.
 *
 * @module
 */
import { connect } from 'node:net';
import { messageOf, NetError } from '../../core/errors.ts';
import type { LabConfig, LabLine } from '../../core/shapes/lab.ts';
import { FAR_ADDRESS } from './relay/link.ts';
import type { FarSide } from './sides/far-side.ts';
import { bringUp, insideAddresses, ON_THE_LINE, TUNNEL_MTU_STEP, type TunnelPlan, type UpTunnel } from './tunnels.ts';

const REACH_LIMIT_MS = 8000;

/** Plans the tunnels to try, in the order in which they are shown. */
export function planTunnels(line: LabLine, nest: boolean): readonly TunnelPlan[] {
  const mtu = line.mtu_bytes - TUNNEL_MTU_STEP;
  const plans: readonly TunnelPlan[] = [
    { name: 'winze', place: 1, mtu, beneath: ON_THE_LINE },
    { name: 'wireguard-go', place: 2, mtu, beneath: ON_THE_LINE },
    { name: 'wireguard', place: 3, mtu, beneath: ON_THE_LINE },
  ];
  if (!nest) return plans;
  return [...plans, { name: 'nested', place: 4, mtu: mtu - TUNNEL_MTU_STEP, beneath: insideAddresses(1) }];
}

/**
 * Brings up all tunnels that this system supports, and returns their rows after the plain one.
 *
 * A tunnel that fails is reported as left out, and the lab goes on with the others.
 */
export async function bringUpRows(
  { line, nest, onEvent }: Pick<LabConfig, 'line' | 'nest' | 'onEvent'>,
  far: FarSide,
  port: number,
): Promise<readonly UpTunnel[]> {
  const plain: UpTunnel = { name: 'plain', mtu: line.mtu_bytes, address: FAR_ADDRESS, pids: [] };
  const tunnels: UpTunnel[] = [];
  const leaveOut = (what: string, error: unknown): void =>
    onEvent({ tag: 'left-out', left_out: { what, reason: messageOf(error) } });
  for (const plan of planTunnels(line, nest)) {
    try {
      const outer = plan.name === 'nested' ? tunnels.find(({ name }) => name === 'winze') : plain;
      if (outer === undefined) throw new NetError('ERR_UNSUPPORTED', 'the winze tunnel that would carry it is not up');
      const tunnel = await bringUp(plan, far);
      await reach(tunnel.address, port);
      // The processes of the outer tunnel work for the inner one too.
      tunnels.push({ ...tunnel, pids: [...outer.pids, ...tunnel.pids] });
    } catch (error) {
      leaveOut(plan.name, error);
    }
  }
  const rows = [plain];
  for (const tunnel of tunnels) {
    try {
      // Checked again: a tunnel that was brought up later may interfere with it.
      await reach(tunnel.address, port);
      rows.push(tunnel);
      onEvent({ tag: 'row', name: tunnel.name, mtu_bytes: tunnel.mtu });
    } catch (error) {
      leaveOut(tunnel.name, error);
    }
  }
  return rows;
}

/** Opens a connection, so that the handshake is done now and not in the first test. */
function reach(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port });
    const fail = (why: string): void => {
      socket.destroy();
      reject(new NetError('ERR_CONNECT', `its far end cannot be reached: ${why}`));
    };
    socket.setTimeout(REACH_LIMIT_MS, () => fail('no answer in 8 s'));
    socket.once('error', (error) => fail(error.message));
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
