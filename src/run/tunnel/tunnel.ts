/**
 * The functions of this host that the commands of `winze tunnel` use.
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

/** The functions, as one object that tests can replace. */
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

/** The type of `tunnel`, for replacements. */
export type TunnelEntries = typeof tunnel;
