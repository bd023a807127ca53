/**
 * Parses display filters: conditions on any layer of a packet, combined with `and`, `or`, `not` and parentheses.
 *
 * ```text
 * host 10.0.0.1      net 10.0.0.0/8      port 53      source or destination, in any layer; one of them after src or dst
 * tunnel wireguard   a kind of tunnel; `tunnel` alone: any tunnel
 * peer 192.0.2.1     peer 192.0.2.1:51820: an end of a tunnel's outer packet
 * session 0x1f2e3d4c WireGuard index, L2TP or PPPoE session, PPTP call; 16 digits: OpenVPN session
 * vni 7   teid 1   spi 0x10   vlan 5   label 16   key 3
 * frame 100   frame 100-200
 * udp, icmp, geneve …    a layer by its name        error    packets with a dissection error
 * ```
 *
 * @module
 */
import { quoted } from '../../core/printable.ts';
import { LAYER } from '../dissect/layer-kind.ts';
import { byKind } from '../dissect/layer-table.ts';
import { TUNNEL_KINDS, type TunnelKind } from '../dissect/tunnel-kind.ts';

/** Which address or port of a packet a condition is on. */
export type PacketEnd = 'either' | 'source' | 'destination';
/** A numeric header field that a filter can name. */
export type NumberField = 'vni' | 'teid' | 'spi' | 'vlan' | 'label' | 'key';

/** A parsed filter, as a tree of conditions. */
export type Condition =
  | { readonly tag: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly tag: 'not'; readonly of: Condition }
  | { readonly tag: 'net'; readonly end: PacketEnd; readonly address: Uint8Array; readonly prefixBits: number }
  | { readonly tag: 'port'; readonly end: PacketEnd; readonly port: number }
  | { readonly tag: 'tunnel'; readonly kind: TunnelKind | null }
  | { readonly tag: 'peer'; readonly address: Uint8Array; readonly port: number | null }
  | { readonly tag: 'session'; readonly value: number }
  | { readonly tag: 'openvpn-session'; readonly id: Uint8Array }
  | { readonly tag: 'number'; readonly field: NumberField; readonly value: number }
  | { readonly tag: 'frame'; readonly first: number; readonly last: number }
  | { readonly tag: 'layer'; readonly kind: number }
  | { readonly tag: 'error' };

/** Result of `parseFilter`. */
export type ParsedFilter =
  | { readonly ok: true; readonly condition: Condition }
  /** `problem` is one line: what was found, and what was expected. */
  | { readonly ok: false; readonly problem: string };

/** Parses an IP address into 4 or 16 octets; returns `undefined` for other text. Supplied by the caller. */
export type AddressReader = (text: string) => Uint8Array | undefined;

const MAX_DEPTH = 64;
const MAX_WORDS = 1000;
const FIELDS: readonly NumberField[] = ['vni', 'teid', 'spi', 'vlan', 'label', 'key'];
const LAYER_KINDS = new Map(
  byKind(({ name }) => name).flatMap((name, kind) => (kind === LAYER.none ? [] : [[name, kind]])),
);
const WANTED =
  'host, net, port, tunnel, peer, session, vni, teid, spi, vlan, label, key, frame, error or the name of a layer';

/** Parses a filter. Never throws. */
export function parseFilter(text: string, readAddress: AddressReader): ParsedFilter {
  const words = text.match(/[()!]|&&|\|\||[^\s()!&|]+/g) ?? [];
  if (words.length > MAX_WORDS) return { ok: false, problem: `a filter has at most ${MAX_WORDS} words` };
  const parser = new FilterParser(words, readAddress);
  const condition = parser.wholeFilter();
  if (condition !== null) return { ok: true, condition };
  const { problem } = parser;
  // As tcpdump has it: tcp port 8080.
  const joined = parser.joinedByAnd();
  const mayBeWhole = joined !== null && joined.length <= MAX_WORDS;
  const isWhole = mayBeWhole && new FilterParser(joined, readAddress).wholeFilter() !== null;
  return { ok: false, problem: isWhole ? `${problem}: ${joined.join(' ')}` : problem };
}

/** A recursive-descent parser. A method that returns `null` has set `problem`. */
class FilterParser {
  readonly #words: readonly string[];
  readonly #readAddress: AddressReader;
  #next = 0;
  /** Whether the words up to the next one are a filter. */
  #isCut = false;
  problem = '';

  constructor(words: readonly string[], readAddress: AddressReader) {
    this.#words = words;
    this.#readAddress = readAddress;
  }

  /** The condition of all words. */
  wholeFilter(): Condition | null {
    const condition = this.#orExpression(0);
    const rest = this.#peek();
    if (condition === null || rest === undefined) return condition;
    this.#isCut = true;
    return this.#refuse(rest, 'where "and" or "or" was expected');
  }

  /** The words with `and` where another condition follows at once; `null` if that is not the problem. */
  joinedByAnd(): readonly string[] | null {
    if (!this.#isCut) return null;
    return [...this.#words.slice(0, this.#next), 'and', ...this.#words.slice(this.#next)];
  }

  #peek(): string | undefined {
    return this.#words[this.#next];
  }

  #orExpression(depth: number): Condition | null {
    let left = this.#andExpression(depth);
    while (left !== null && this.#accept('or', '||')) {
      const right = this.#andExpression(depth);
      left = right === null ? null : { tag: 'or', left, right };
    }
    return left;
  }

  #andExpression(depth: number): Condition | null {
    let left = this.#unaryExpression(depth);
    while (left !== null && this.#accept('and', '&&')) {
      const right = this.#unaryExpression(depth);
      left = right === null ? null : { tag: 'and', left, right };
    }
    return left;
  }

  #unaryExpression(depth: number): Condition | null {
    if (depth > MAX_DEPTH) return this.#fail(`brackets are nested more than ${MAX_DEPTH} deep`);
    if (this.#accept('not', '!')) {
      const of = this.#unaryExpression(depth + 1);
      return of === null ? null : { tag: 'not', of };
    }
    if (!this.#accept('(')) return this.#condition();
    const inner = this.#orExpression(depth + 1);
    if (inner === null) return null;
    return this.#accept(')') ? inner : this.#fail('a bracket is not closed');
  }

  #condition(): Condition | null {
    const word = this.#take();
    if (word === undefined) return this.#fail(`the filter ends where ${WANTED} was expected`);
    if (word === 'src' || word === 'dst')
      return this.#endpoint(word === 'src' ? 'source' : 'destination', this.#take());
    if (word === 'host' || word === 'net' || word === 'port') return this.#endpoint('either', word);
    if (word === 'tunnel') return this.#tunnel();
    if (word === 'peer') return this.#peer();
    if (word === 'session') return this.#session();
    if (word === 'frame') return this.#frame();
    if (word === 'error') return { tag: 'error' };
    const field = FIELDS.find((name) => name === word && this.#peek() !== undefined);
    if (field !== undefined) return this.#number(field);
    const kind = word === 'ip' ? LAYER.ipv4 : word === 'ip6' ? LAYER.ipv6 : LAYER_KINDS.get(word);
    if (kind !== undefined) return { tag: 'layer', kind };
    const instead = insteadOfField(word);
    const hint = instead === undefined ? '' : `; that is a field of Wireshark, here: ${instead}`;
    return this.#refuse(word, `where ${WANTED} was expected${hint}`);
  }

  #endpoint(end: PacketEnd, what: string | undefined): Condition | null {
    const value = this.#take() ?? '';
    if (what === 'port') {
      const port = toNumber(value);
      return port !== null && port <= 0xffff ? { tag: 'port', end, port } : this.#refuse(value, 'is not a port');
    }
    if (what !== 'host' && what !== 'net') return this.#refuse(what ?? '', 'where host, net or port was expected');
    const [text = '', bits] = value.split('/');
    const address = this.#readAddress(text);
    if (address === undefined) return this.#refuse(value, 'is not an IP address');
    const all = address.length * 8;
    const prefixBits = bits === undefined ? all : toNumber(bits);
    if (prefixBits === null || prefixBits > all) return this.#refuse(value, 'is not a network: want ADDRESS/BITS');
    return { tag: 'net', end, address, prefixBits };
  }

  #tunnel(): Condition | null {
    const kind = TUNNEL_KINDS.find((name) => name === this.#peek());
    if (kind === undefined) {
      const word = this.#peek();
      const isEnd = word === undefined || [')', 'and', '&&', 'or', '||'].includes(word);
      return isEnd
        ? { tag: 'tunnel', kind: null }
        : this.#refuse(word, `is not a tunnel; want ${TUNNEL_KINDS.join(', ')}`);
    }
    this.#next++;
    return { tag: 'tunnel', kind };
  }

  #peer(): Condition | null {
    const word = this.#take() ?? '';
    const match = /^\[(.+)\]:(\d+)$/.exec(word) ?? /^([^:]+):(\d+)$/.exec(word);
    const address = this.#readAddress(match?.[1] ?? word);
    const port = match === null ? null : toNumber(match[2] ?? '');
    if (address === undefined || (port !== null && port > 0xffff)) {
      return this.#refuse(word, 'is not a peer: want ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT');
    }
    return { tag: 'peer', address, port };
  }

  #session(): Condition | null {
    const word = this.#take() ?? '';
    const long = /^(?:0x)?([0-9a-f]{16})$/i.exec(word)?.[1];
    if (long !== undefined) {
      return {
        tag: 'openvpn-session',
        id: Uint8Array.from(long.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
      };
    }
    const value = toNumber(word);
    return value === null ? this.#refuse(word, 'is not a session: want a number') : { tag: 'session', value };
  }

  #frame(): Condition | null {
    const word = this.#take() ?? '';
    const match = /^(\d+)(?:-(\d*))?$/.exec(word);
    if (match === null) return this.#refuse(word, 'is not a frame: want N or N-M');
    const first = Number(match[1]);
    const last = match[2] === undefined ? first : match[2] === '' ? Number.MAX_SAFE_INTEGER : Number(match[2]);
    return { tag: 'frame', first, last };
  }

  #number(field: NumberField): Condition | null {
    const word = this.#take() ?? '';
    const value = toNumber(word);
    return value === null ? this.#refuse(word, `is not a number for ${field}`) : { tag: 'number', field, value };
  }

  #accept(...choices: readonly string[]): boolean {
    const word = this.#peek();
    if (word === undefined || !choices.includes(word)) return false;
    this.#next++;
    return true;
  }

  #take(): string | undefined {
    return this.#words[this.#next++];
  }

  #refuse(word: string, why: string): null {
    return this.#fail(`"${quoted(word)}" ${why}`);
  }

  #fail(problem: string): null {
    this.problem = problem;
    return null;
  }
}

/** What to write instead of a field of Wireshark that many know. */
function insteadOfField(word: string): string | undefined {
  const [, layer = '', field = ''] = /^(tcp|udp|ip|ipv6)\.(addr|src|dst|host|port|srcport|dstport)$/.exec(word) ?? [];
  const end = field.startsWith('src') ? 'src ' : field.startsWith('dst') ? 'dst ' : '';
  if (field.endsWith('port')) return `${layer} and ${end}port N`;
  return layer === '' ? undefined : `${end}host ADDRESS`;
}

/** Parses a decimal number, or a hexadecimal one with 0x, of at most 32 bits. */
function toNumber(word: string): number | null {
  if (!/^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(word)) return null;
  const value = Number(word);
  return value <= 0xffff_ffff ? value : null;
}
