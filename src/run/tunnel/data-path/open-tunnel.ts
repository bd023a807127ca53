/**
 * Opens a WireGuard device on Linux: creates the TUN device, sockets, engine, cipher and helper threads.
 *
 * @module
 */
import { randomFillSync } from 'node:crypto';
import { hostPrimitives } from '../../../crypto/select.ts';
import type { Libc } from '../../../native/libc.ts';
import { openTun } from '../../../native/tun.ts';
import { COALESCER_BYTES } from '../../../tunnel/offload/coalesce.ts';
import { TunnelDevice } from '../../../tunnel/wireguard/device.ts';
import { monotonicNow } from '../../monotonic.ts';
import { wallNow } from '../../wall.ts';
import type { DeviceReport, DeviceThreadPlan } from '../device/thread-messages.ts';
import { timerJitter } from '../timer-jitter.ts';
import { tunnelClock } from '../tunnel-clock.ts';
import { createArena } from './arena.ts';
import { choosePacketCipher } from './cipher.ts';
import { CipherThreads } from './cipher-threads/cipher-threads.ts';
import { LinuxDatagrams } from './linux/linux-datagrams.ts';
import { LinuxPackets } from './linux/linux-packets.ts';
import { LinuxWaiting } from './linux/linux-waiting.ts';
import { LinuxTunnel } from './linux-tunnel.ts';

/**
 * Opens the device and its parts.
 *
 * @throws NetError `ERR_UNSUPPORTED` with what is missing on this host
 */
export function openTunnel(libc: Libc, plan: DeviceThreadPlan, report: (report: DeviceReport) => void): LinuxTunnel {
  const now = tunnelClock(libc);
  const tun = openTun(libc, plan.name, true);
  const arena = createArena(libc, COALESCER_BYTES, plan.threads);
  const { memory } = arena;
  const [scratch = 0, ...otherScratches] = arena.scratches;
  const { primitives } = hostPrimitives(libc, monotonicNow);
  const cipher = choosePacketCipher(libc, memory, scratch, primitives.aead);
  const deps = {
    primitives,
    random: (bytes: number) => randomFillSync(new Uint8Array(bytes)),
    wall: wallNow,
    jitter: timerJitter,
    keylog: plan.keylog ? (line: string) => report({ tag: 'keylog', line }) : null,
  };
  const device = new TunnelDevice(deps, plan.mtu);
  const datagrams = new LinuxDatagrams(libc, arena);
  const packets = new LinuxPackets(libc, tun, memory);
  const waiting = new LinuxWaiting(libc, plan.wakeFd, packets, datagrams);
  // Created last: if something failed after it, its threads would have to be ended.
  const cipherThreads = new CipherThreads(memory, otherScratches, (reason) => device.reportThreadLost(reason, now()));
  return new LinuxTunnel({ device, packets, datagrams, waiting, arena, cipher, cipherThreads, now, report });
}
