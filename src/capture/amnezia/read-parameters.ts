/**
 * Reads the AmneziaWG parameters from a configuration file of awg-quick(8). They are additional keys of [Interface].
 * Key names are case-insensitive, like those of WireGuard.
 *
 * ```text
 * Jc, Jmin, Jmax   number of junk datagrams before an initiation, and their size
 * S1 to S4         random octets before a message, by its type
 * H1 to H4         value of the type field: N, or from version 2 on N-M
 * I1 to I5         datagrams before the junk: <b 0xf00d><r 16><rc 7><rd 7><t><c>
 * ```
 *
 * @see github.com/amnezia-vpn/amneziawg-go, device/uapi.go, device/magic-header.go and device/obf.go
 * @module
 */
import { parseIp } from '../../core/address.ts';
import type { ParsedConfig } from '../../tunnel/config/parse.ts';
import { configTokens } from '../../tunnel/config/tokens.ts';
import type { KeyProblem } from '../keys/files/read-key-log.ts';
import { WIREGUARD_TYPE } from '../layers/encrypted/wireguard.ts';
import { type AmneziaParameters, isPlainType, type Range } from './parameters.ts';

const PARAMETER_KEYS = /^(?:j(?:c|min|max)|[sh][1-4]|i[1-5])$/;
/**
 * Keys of version 3, with which types are encrypted or messages have any length. Such messages cannot be recognised.
 */
const UNSUPPORTED_KEYS = /^(?:headerprotectionkey|randomtrailers)$/;
/** Keys of versions 1.5 and 3 that do not matter for recognising messages. */
const IGNORED_KEYS: ReadonlySet<string> = new Set([
  'j1',
  'j2',
  'j3',
  'itime',
  'advancedsecurity',
  'contentpaddingaddition',
  'rekeyaftertime',
  'rekeytimeout',
  'rejectaftertime',
  'keepalivetimeout',
  'maxhandshakeattempts',
  'disablecookies',
]);

const MAX_U32 = 0xffff_ffff;
/** Maximum octets of a datagram. */
const MAX_OCTETS = 65_535;
const TYPES = Object.values(WIREGUARD_TYPE);

/** The AmneziaWG parameters of a configuration file. */
export interface AmneziaResult {
  /** `null` if the file configures plain WireGuard, or has a problem. */
  readonly parameters: AmneziaParameters | null;
  /** Invalid values, with their lines. */
  readonly problems: readonly KeyProblem[];
  /**
   * Lines with keys of AmneziaWG. The WireGuard parser reports them as unknown keys; the caller removes those reports.
   */
  readonly lines: ReadonlySet<number>;
}

interface Value {
  readonly text: string;
  readonly line: number;
}

/**
 * Reads the AmneziaWG parameters. Never throws.
 *
 * @param text - the configuration file
 * @param parsed - the same file as the WireGuard parser returned it: for the endpoints of the peers
 */
export function readAmneziaParameters(text: string, parsed: ParsedConfig): AmneziaResult {
  const reader = new ParameterReader();
  for (const token of configTokens(text)) {
    if (token.tag === 'entry') reader.take(token.key.toLowerCase(), { text: token.value, line: token.line });
  }
  const endpoints = parsed.config.peers.flatMap(({ endpoint }) => {
    const address = endpoint && parseIp(endpoint.host);
    return endpoint && address ? [{ address: address.octets, port: endpoint.port }] : [];
  });
  const parameters = { ...reader.parameters(), endpoints };
  const { problems, lines } = reader;
  const isPlain = parameters.junkBytes === null && parameters.signatureBytes.length === 0;
  const isUseless = isPlain && TYPES.every((type) => isPlainType(parameters, type));
  return { parameters: problems.length > 0 || isUseless ? null : parameters, problems, lines };
}

class ParameterReader {
  readonly problems: KeyProblem[] = [];
  readonly lines = new Set<number>();
  readonly #values = new Map<string, Value>();

  take(key: string, value: Value): void {
    if (!PARAMETER_KEYS.test(key) && !UNSUPPORTED_KEYS.test(key) && !IGNORED_KEYS.has(key)) return;
    this.lines.add(value.line);
    // The last value of a key is used, as for other keys of such a file.
    if (PARAMETER_KEYS.test(key)) this.#values.set(key, value);
    if (UNSUPPORTED_KEYS.test(key) && !/^(?:off|false|no|0)$/i.test(value.text)) {
      this.#addProblem(value.line, 'AmneziaWG 3 encrypts the message types: not supported');
    }
  }

  parameters(): Omit<AmneziaParameters, 'endpoints'> {
    const types = TYPES.map((type) => this.#types(type));
    TYPES.forEach((type) => {
      const overlap = TYPES.find((other) => other < type && rangesOverlap(types[other - 1], types[type - 1]));
      if (overlap !== undefined) this.#addProblem(this.#lineOf(`h${type}`), `H${type} and H${overlap} overlap`);
    });
    const junkBytes = { first: this.#octets('jmin'), last: this.#octets('jmax') };
    if (junkBytes.first > junkBytes.last) this.#addProblem(this.#lineOf('jmin'), 'Jmin is more than Jmax');
    return {
      prefixBytes: TYPES.map((type) => this.#octets(`s${type}`)),
      types,
      junkBytes: this.#octets('jc') > 0 ? junkBytes : null,
      signatureBytes: [1, 2, 3, 4, 5].flatMap((i) => this.#signature(`i${i}`)),
    };
  }

  /** Values of the type field of a message type: the type itself without an H key. */
  #types(type: number): Range {
    const value = this.#values.get(`h${type}`);
    if (value === undefined) return { first: type, last: type };
    const [, from = '', to = from] = /^(\d{1,10})(?:\s*-\s*(\d{1,10}))?$/.exec(value.text) ?? [];
    const range = { first: Number(from), last: Number(to) };
    if (from === '' || range.last > MAX_U32 || range.first > range.last) {
      this.#addProblem(value.line, `H${type} is neither a 32-bit number nor a range N-M`);
    }
    return range;
  }

  #octets(key: string): number {
    const value = this.#values.get(key);
    if (value === undefined) return 0;
    const octets = /^\d{1,6}$/.test(value.text) ? Number(value.text) : Number.NaN;
    if (octets <= MAX_OCTETS) return octets;
    this.#addProblem(value.line, `${key[0]?.toUpperCase()}${key.slice(1)} is not a number up to ${MAX_OCTETS}`);
    return 0;
  }

  /** Octets of the datagram that an I key describes; an empty list without the key. */
  #signature(key: string): readonly number[] {
    const value = this.#values.get(key);
    if (value === undefined) return [];
    let octets = 0;
    for (const [, tag = ''] of value.text.matchAll(/<([^<>]*)>/g)) octets += tagBytes(tag.trim());
    if (octets <= MAX_OCTETS) return octets === 0 ? [] : [octets];
    this.#addProblem(value.line, `${key.toUpperCase()} has a part of unknown length`);
    return [];
  }

  #lineOf(key: string): number {
    return this.#values.get(key)?.line ?? 0;
  }

  #addProblem(line: number, message: string): void {
    this.problems.push({ line, message });
  }
}

/** Octets of one part of an I key; NaN for an unknown part. */
function tagBytes(tag: string): number {
  if (tag === 't' || tag === 'c') return 4;
  const octets = /^b\s+(?:0x)?((?:[0-9a-f]{2})+)$/i.exec(tag)?.[1];
  if (octets !== undefined) return octets.length / 2;
  const count = /^r[cd]?\s+(\d{1,5})$/.exec(tag)?.[1];
  return count === undefined ? Number.NaN : Number(count);
}

function rangesOverlap(one: Range | undefined, other: Range | undefined): boolean {
  return one !== undefined && other !== undefined && one.first <= other.last && other.first <= one.last;
}
