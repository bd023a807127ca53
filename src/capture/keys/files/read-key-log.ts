/**
 * Reads a key log in the format of Wireshark's WireGuard dissector, which is extended by `TRANSPORT_KEY`.
 *
 * ```text
 * LOCAL_STATIC_PRIVATE_KEY    = base64
 * REMOTE_STATIC_PUBLIC_KEY    = base64
 * LOCAL_EPHEMERAL_PRIVATE_KEY = base64
 * PRESHARED_KEY               = base64      of the ephemeral key before it
 * TRANSPORT_KEY 0xab7df406    = base64      of the data messages with that receiver index
 * ```
 *
 * A line with only a key is a static private key, as `wg genkey` writes it. Blanks before a line and around `=` are
 * allowed, line ends are LF or CRLF, and `#` begins a comment. As in Wireshark, a preshared key belongs to the
 * ephemeral key before it. A second preshared key after the same ephemeral key is not used.
 *
 * @see Wireshark's packet-wireguard.c, the preference wg.keylog_file
 * @module
 */
import { parseKey } from '../../../tunnel/keys.ts';
import type { EphemeralKey, KeyRing } from '../key-ring.ts';

/** Longest key log, in characters: it still fits in a pcapng block, see `MAX_BLOCK_BYTES`. */
export const MAX_KEY_LOG_CHARACTERS = 15 * 1024 * 1024;
/** After this many problems, reading stops. */
const MAX_PROBLEMS = 20;

const LINE = /^\s*([A-Z_]+)(?:\s+(0x[0-9a-f]{1,8}))?\s*=\s*(\S+)\s*$/i;

/** A problem of one line. Its message never contains a key. */
export interface KeyProblem {
  /** Line number, from 1; 0 stands for the whole text. */
  readonly line: number;
  readonly message: string;
}

/** What was read from a key log. */
export interface KeyLogResult {
  /** Lines whose key is in the ring now, even if it was there before. */
  readonly keys: number;
  readonly problems: readonly KeyProblem[];
}

/** Adds the keys of a log to a ring. The time is proportional to the length of the text. Never throws. */
export function readKeyLog(text: string, ring: KeyRing): KeyLogResult {
  const problems: KeyProblem[] = [];
  if (text.length > MAX_KEY_LOG_CHARACTERS) {
    return { keys: 0, problems: [{ line: 0, message: `longer than ${MAX_KEY_LOG_CHARACTERS} characters` }] };
  }
  const reader = new LineReader(ring);
  let keys = 0;
  let start = 0;
  for (let line = 1; start <= text.length; line++) {
    const end = text.indexOf('\n', start);
    const content = text.slice(start, end < 0 ? text.length : end);
    start = end < 0 ? text.length + 1 : end + 1;
    if (/^\s*(?:#|$)/.test(content)) continue;
    const message = reader.read(content);
    if (message === null) keys++;
    else if (problems.length < MAX_PROBLEMS) problems.push({ line, message });
    else {
      problems.push({ line, message: 'not read further after so many problems' });
      break;
    }
  }
  return { keys, problems };
}

class LineReader {
  readonly #ring: KeyRing;
  /** The ephemeral key that the next preshared key belongs to. */
  #ephemeral: EphemeralKey | null = null;

  constructor(ring: KeyRing) {
    this.#ring = ring;
  }

  /** Reads one line. @returns a message if it has a problem, otherwise `null` */
  read(content: string): string | null {
    const [, name = '', index, value = ''] = (content.length <= 256 ? LINE.exec(content) : null) ?? [];
    if (name === '') return this.#takeBare(content.trim());
    const isTransport = name === 'TRANSPORT_KEY';
    if (isTransport !== (index !== undefined)) {
      return isTransport
        ? 'TRANSPORT_KEY without an index: want TRANSPORT_KEY 0x1f2e3d4c = key'
        : 'a word between the name and "="';
    }
    const parsed = parseKey(value);
    if (!parsed.ok) return `not a key: ${parsed.reason}`;
    return this.#take(name, Number(index ?? 0), parsed.key);
  }

  #takeBare(text: string): string | null {
    const parsed = parseKey(text);
    if (!parsed.ok) return 'no line of a key log: want NAME = key';
    return kept(this.#ring.addStaticPrivate(parsed.key) !== null);
  }

  #take(name: string, index: number, key: Uint8Array): string | null {
    const ring = this.#ring;
    switch (name) {
      case 'LOCAL_STATIC_PRIVATE_KEY':
        return kept(ring.addStaticPrivate(key) !== null);
      case 'REMOTE_STATIC_PUBLIC_KEY':
        return kept(ring.addStaticPublic(key) !== null);
      case 'LOCAL_EPHEMERAL_PRIVATE_KEY':
        this.#ephemeral = ring.addEphemeral(key);
        return kept(this.#ephemeral !== null);
      case 'PRESHARED_KEY': {
        const of = this.#ephemeral;
        if (of === null) return 'a preshared key without an ephemeral key before it is not used, as in Wireshark';
        this.#ephemeral = null;
        return kept(ring.addPreshared(key, of));
      }
      case 'TRANSPORT_KEY':
        return kept(ring.addTransport(index, key));
      default:
        return 'no key has this name';
    }
  }
}

function kept(taken: boolean): string | null {
  return taken ? null : 'too many keys: not kept';
}
