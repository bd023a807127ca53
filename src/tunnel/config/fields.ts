/**
 * The effect of each key of a file on the configuration that is being parsed.
 *
 * @module
 */
import type { InterfaceConfig, PeerConfig } from './config.ts';
import type { ConfigKey } from './keys.ts';
import {
  readAddress,
  readAllowedIp,
  readBoolean,
  readDns,
  readEndpoint,
  readFwmark,
  readKeepalive,
  readKey,
  readListenPort,
  readMtu,
  readTable,
  type ValueResult,
} from './values.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] extends readonly (infer E)[] ? E[] : T[K] };
/** An `InterfaceConfig` that is being filled in. */
export type InterfaceDraft = Draft<InterfaceConfig>;
/** A `PeerConfig` that is being filled in; `publicKey` is `null` until it was read. */
export type PeerDraft = Draft<Omit<PeerConfig, 'publicKey'>> & { publicKey: Uint8Array | null };

interface Drafts {
  readonly interface: InterfaceDraft;
  /** The peer of the current section. */
  readonly peer: PeerDraft;
}

/** How the value of one key is split, read and stored. */
export interface Field {
  /**
   * `one`: a later line replaces an earlier one. `list`: several values, also on one line. `lines`: one value per line.
   */
  readonly shape: 'one' | 'list' | 'lines';
  /** Separator of the values of a list. */
  readonly separator?: RegExp;
  /** Reads one value and stores it, unless it is refused. */
  readonly put: (drafts: Drafts, text: string) => ValueResult<unknown>;
}

/** wg-quick(8) splits with the shell, so that blanks separate values as commas do. */
const COMMAS_OR_BLANKS = /[\s,]+/;

/** The fields of all keys. */
export const FIELDS: Readonly<Record<ConfigKey, Field>> = {
  PrivateKey: one(readKey, (to, key) => (to.interface.privateKey = key)),
  ListenPort: one(readListenPort, (to, port) => (to.interface.listenPort = port)),
  FwMark: one(readFwmark, (to, mark) => (to.interface.fwmark = mark)),
  Address: list(COMMAS_OR_BLANKS, readAddress, (to, address) => to.interface.addresses.push(address)),
  DNS: list(COMMAS_OR_BLANKS, readDns, (to, { tag, text }) =>
    (tag === 'server' ? to.interface.dnsServers : to.interface.dnsSearchDomains).push(text),
  ),
  MTU: one(readMtu, (to, mtu) => (to.interface.mtu = mtu)),
  Table: one(readTable, (to, table) => (to.interface.table = table)),
  PreUp: hook((to, command) => to.preUp.push(command)),
  PostUp: hook((to, command) => to.postUp.push(command)),
  PreDown: hook((to, command) => to.preDown.push(command)),
  PostDown: hook((to, command) => to.postDown.push(command)),
  SaveConfig: one(readBoolean, (to, save) => (to.interface.saveConfig = save)),
  PublicKey: one(readKey, (to, key) => (to.peer.publicKey = key)),
  PresharedKey: one(readKey, (to, key) => (to.peer.presharedKey = key)),
  AllowedIPs: list(/,/, readAllowedIp, (to, entry) => to.peer.allowedIps.push(entry)),
  Endpoint: one(readEndpoint, (to, endpoint) => (to.peer.endpoint = endpoint)),
  PersistentKeepalive: one(readKeepalive, (to, seconds) => (to.peer.persistentKeepaliveSeconds = seconds)),
};

/** An `[Interface]` without any key. */
export function emptyInterface(): InterfaceDraft {
  return {
    privateKey: null,
    listenPort: null,
    fwmark: null,
    addresses: [],
    dnsServers: [],
    dnsSearchDomains: [],
    mtu: null,
    table: null,
    preUp: [],
    postUp: [],
    preDown: [],
    postDown: [],
    saveConfig: null,
  };
}

/** A `[Peer]` without any key. */
export function emptyPeer(): PeerDraft {
  return { publicKey: null, presharedKey: null, allowedIps: [], endpoint: null, persistentKeepaliveSeconds: null };
}

type Put<T> = (drafts: Drafts, value: T) => unknown;

function one<T>(read: (text: string) => ValueResult<T>, put: Put<T>): Field {
  // wg(8) removes all blanks in a value.
  return { shape: 'one', put: (drafts, text) => putting(drafts, read(text.replace(/\s/g, '')), put) };
}

function list<T>(separator: RegExp, read: (text: string) => ValueResult<T>, put: Put<T>): Field {
  return { shape: 'list', separator, put: (drafts, text) => putting(drafts, read(text), put) };
}

function hook(put: (to: InterfaceDraft, command: string) => unknown): Field {
  return {
    shape: 'lines',
    put: (drafts, text) => putting(drafts, { ok: true, value: text }, (to, it) => put(to.interface, it)),
  };
}

function putting<T>(drafts: Drafts, read: ValueResult<T>, put: Put<T>): ValueResult<T> {
  if (read.ok) put(drafts, read.value);
  return read;
}
