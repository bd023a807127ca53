/**
 * Brings up the tunnels that the lab compares, at both ends.
 *
 * @module
 */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { NetError } from '../../core/errors.ts';
import type { LabRowName } from '../../core/shapes/lab.ts';
import { openPrivateFile } from '../../system/files/private-file.ts';
import { formatHexKey, formatKey } from '../../tunnel/keys.ts';
import { exchange } from '../tunnel/control/uapi-client.ts';
import { type KeyPair, newKeyPair } from './keys.ts';
import { FAR_ADDRESS, NEAR_ADDRESS } from './relay/link.ts';
import { LOCAL_SIDE, type Service, type Side } from './sides/side.ts';
import { tunObstacle } from './tun-access.ts';
import { appears } from './waiting.ts';

/**
 * Difference between the MTU of a tunnel and that of the line below it, for both address families, as in wg-quick(8).
 */
export const TUNNEL_MTU_STEP = 80;

/** A tunnel that is up. */
export interface UpTunnel {
  readonly name: LabRowName;
  readonly mtu: number;
  /** Address of the far end inside the tunnel. */
  readonly address: string;
  /** Processes of the tunnel only, at both ends; none for a tunnel in the kernel. */
  readonly pids: readonly number[];
}

/** Parameters of one end of a tunnel. */
export interface TunnelEnd {
  readonly side: Side;
  readonly device: string;
  readonly address: string;
  readonly listenPort: number;
  readonly keys: KeyPair;
  readonly peerKey: Uint8Array;
  readonly peerEndpoint: string;
  readonly mtu: number;
}

/** A tunnel to bring up. */
export interface TunnelPlan {
  readonly name: LabRowName;
  /** Number of the tunnel, 1, 2, 3 …, from which its addresses, ports and devices follow. */
  readonly place: number;
  readonly mtu: number;
  /** Addresses of both ends below the tunnel, for its outer packets. */
  readonly beneath: { readonly near: string; readonly far: string };
}

/** Addresses of both ends for tunnels directly on the line. */
export const ON_THE_LINE = { near: NEAR_ADDRESS, far: FAR_ADDRESS } as const;
const PREFIX_BITS = 24;
const FIRST_PORT = 51_820;
const CONFIG_FOLDER = '/var/run/winze-lab';
const WIREGUARD_FOLDER = '/var/run/wireguard';

/** Addresses of both ends inside a tunnel, by its number. */
export function insideAddresses(place: number): { readonly near: string; readonly far: string } {
  return { near: `10.77.${place}.1`, far: `10.77.${place}.2` };
}

/**
 * Brings up both ends of a tunnel.
 *
 * @throws NetError `ERR_UNSUPPORTED` with what is missing
 */
export async function bringUp(plan: TunnelPlan, far: Side): Promise<UpTunnel> {
  const obstacle = plan.name === 'wireguard' ? null : tunObstacle();
  if (obstacle !== null) throw new NetError('ERR_UNSUPPORTED', obstacle);
  const services = await Promise.all(tunnelEnds(plan, far).map((end) => STARTERS[plan.name](end)));
  return {
    name: plan.name,
    mtu: plan.mtu,
    address: insideAddresses(plan.place).far,
    pids: services.flat().map(({ pid }) => pid),
  };
}

function tunnelEnds({ place, mtu, beneath }: TunnelPlan, far: Side): readonly [TunnelEnd, TunnelEnd] {
  const inside = insideAddresses(place);
  const listenPort = FIRST_PORT + place;
  const [nearKeys, farKeys] = [newKeyPair(), newKeyPair()];
  return [
    {
      side: LOCAL_SIDE,
      // Both ends share the folder of control sockets, so their names differ.
      device: `wz${place}n`,
      address: inside.near,
      listenPort,
      keys: nearKeys,
      peerKey: farKeys.publicKey,
      peerEndpoint: `${beneath.far}:${listenPort}`,
      mtu,
    },
    {
      side: far,
      device: `wz${place}f`,
      address: inside.far,
      listenPort,
      keys: farKeys,
      peerKey: nearKeys.publicKey,
      peerEndpoint: `${beneath.near}:${listenPort}`,
      mtu,
    },
  ];
}

const STARTERS: Readonly<Record<LabRowName, (end: TunnelEnd) => Promise<readonly Service[]>>> = {
  plain: async () => [],
  winze: startBuiltIn,
  nested: startBuiltIn,
  'wireguard-go': startWireguardGo,
  wireguard: startKernel,
};

/** `winze tunnel up`, which sets address and MTU itself. */
async function startBuiltIn(end: TunnelEnd): Promise<readonly Service[]> {
  const path = await writeConfig(end, [`Address = ${end.address}/${PREFIX_BITS}`, `MTU = ${end.mtu}`]);
  const service = await end.side.start([process.execPath, command(), 'tunnel', 'up', '-q', path], 'winze tunnel up');
  await appears(() => isUp(end), 'winze tunnel up', service);
  return [service];
}

/**
 * Path of this package's command. It is resolved by the package name, because this file may be bundled into another
 * folder.
 */
function command(): string {
  return join(dirname(fileURLToPath(import.meta.resolve('winze/package.json'))), 'bin/winze.js');
}

async function startWireguardGo(end: TunnelEnd): Promise<readonly Service[]> {
  const service = await end.side.start(['wireguard-go', '-f', end.device], 'wireguard-go');
  const socket = `${WIREGUARD_FOLDER}/${end.device}.sock`;
  await appears(async () => existsSync(socket), socket, service);
  const answer = await exchange(socket, ['set=1', ...uapiLines(end), '', ''].join('\n'));
  const errno = /^errno=(-?\d+)$/m.exec(answer)?.[1] ?? 'missing';
  if (errno !== '0') throw new NetError('ERR_UNSUPPORTED', `it refused its configuration: errno ${errno}`);
  await setUp(end);
  return [service];
}

async function startKernel(end: TunnelEnd): Promise<readonly Service[]> {
  try {
    await end.side.run(['ip', 'link', 'add', end.device, 'type', 'wireguard']);
  } catch (error) {
    throw new NetError('ERR_UNSUPPORTED', 'this kernel has no wireguard module (modprobe wireguard)', { cause: error });
  }
  await end.side.run(['wg', 'setconf', end.device, await writeConfig(end, [])]);
  await setUp(end);
  return [];
}

async function setUp({ side, device, address, mtu }: TunnelEnd): Promise<void> {
  await side.run(['ip', 'addr', 'add', `${address}/${PREFIX_BITS}`, 'dev', device]);
  await side.run(['ip', 'link', 'set', device, 'mtu', String(mtu), 'up']);
}

async function isUp({ side, device, address }: TunnelEnd): Promise<boolean> {
  try {
    return (await side.run(['ip', '-4', '-o', 'addr', 'show', 'dev', device, 'up'])).includes(` ${address}/`);
  } catch {
    // No such device yet.
    return false;
  }
}

/**
 * Writes a configuration file.
 *
 * @param local - lines of `[Interface]` that wg(8) does not accept
 */
async function writeConfig(end: TunnelEnd, local: readonly string[]): Promise<string> {
  const path = `${CONFIG_FOLDER}/${end.device}.conf`;
  const lines = [
    '[Interface]',
    `PrivateKey = ${formatKey(end.keys.privateKey)}`,
    `ListenPort = ${end.listenPort}`,
    ...local,
    '[Peer]',
    `PublicKey = ${formatKey(end.peerKey)}`,
    `AllowedIPs = ${allowed(end)}`,
    `Endpoint = ${end.peerEndpoint}`,
    '',
  ];
  mkdirSync(CONFIG_FOLDER, { recursive: true, mode: 0o700 });
  const file = await openPrivateFile(path);
  try {
    await file.writeFile(lines.join('\n'));
  } finally {
    await file.close();
  }
  return path;
}

/** The configuration protocol of userspace implementations (https://www.wireguard.com/xplatform/). */
function uapiLines(end: TunnelEnd): readonly string[] {
  return [
    `private_key=${formatHexKey(end.keys.privateKey)}`,
    `listen_port=${end.listenPort}`,
    `public_key=${formatHexKey(end.peerKey)}`,
    `endpoint=${end.peerEndpoint}`,
    `allowed_ip=${allowed(end)}`,
  ];
}

function allowed({ address }: TunnelEnd): string {
  return `${address.replace(/\d+$/, '0')}/${PREFIX_BITS}`;
}
