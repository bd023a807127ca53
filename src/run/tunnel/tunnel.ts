/**
 * What the commands of `winze tunnel` need of this host.
 *
 * @module
 */
import { randomBytes } from 'node:crypto';
import { publicKeyOf } from '../../crypto/x25519.ts';
import { readCheckFacts } from './check-facts.ts';
import { downTunnel } from './control/down.ts';
import { showTunnels, tunnelNames } from './control/show.ts';
import { startDaemon } from './daemon.ts';
import { readHostDoubts } from './up/host-doubts.ts';
import { upTunnel } from './up/up.ts';

export const tunnel = {
  random: (bytes: number): Uint8Array => new Uint8Array(randomBytes(bytes)),
  publicKey: publicKeyOf,
  checkFacts: readCheckFacts,
  hostDoubts: readHostDoubts,
  up: upTunnel,
  startDaemon,
  down: downTunnel,
  names: tunnelNames,
  show: showTunnels,
} as const;

export type TunnelEntries = typeof tunnel;
