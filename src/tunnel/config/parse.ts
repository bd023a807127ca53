/**
 * Parses configuration files of wg(8) and wg-quick(8) and lists all their errors.
 *
 * Intended differences from wg(8): parsing goes on after an error; service names are not accepted as
 * ports; a byte order mark is a warning; an endpoint with port 0 is an error.
 *
 * @module
 */

import { type ConfigFinding, quotedValue, type Severity, sortFindings } from './check/finding.ts';
import type { TunnelConfig } from './config.ts';
import { emptyInterface, emptyPeer, FIELDS, type PeerDraft } from './fields.ts';
import { AMNEZIA, foreignFormat, isAmneziaKey } from './foreign.ts';
import { type ConfigKey, closestKey, keyNamed, ruleOf, type SectionName } from './keys.ts';
import { type ConfigLines, isMissing, SectionDraft } from './lines.ts';
import { type ConfigToken, configTokens } from './tokens.ts';
import type { ValueProblem } from './values.ts';

/** Longest text that is parsed. Files with thousands of peers have some megabytes. */
export const MAX_CONFIG_CHARACTERS = 16 * 1024 * 1024;
/** Most lines that are parsed. The limit bounds the time and memory for a hostile file. */
export const MAX_CONFIG_LINES = 524_288;
/** Most sections and values together. */
export const MAX_CONFIG_ENTRIES = 524_288;
/** Number of errors after which parsing stops. */
const MAX_ERRORS = 100;
const WRONG_FILE = 'check that it is the right file, or split it';

/** Result of parsing a file. */
export interface ParsedConfig {
  /** All that could be parsed. Use it only if no problem is an error. */
  readonly config: TunnelConfig;
  readonly lines: ConfigLines;
  /** Errors and warnings in the order of lines. */
  readonly problems: readonly ConfigFinding[];
}

type Place = Pick<ConfigFinding, 'line' | 'column'>;
type Entry = Extract<ConfigToken, { tag: 'entry' }>;

/** Parses a file, in time and memory proportional to its length. Never throws. */
export function parseTunnelConfig(text: string): ParsedConfig {
  const reader = new ConfigReader();
  reader.read(text);
  return reader.result();
}

interface PeerSection {
  readonly draft: PeerDraft;
  readonly lines: SectionDraft;
  /** Line of each key that occurred, even if its value could not be read. */
  readonly seen: Map<ConfigKey, number>;
}

class ConfigReader {
  readonly #interface = { draft: emptyInterface(), lines: new SectionDraft(0), seen: new Map<ConfigKey, number>() };
  readonly #peers: PeerSection[] = [];
  readonly #problems: ConfigFinding[] = [];
  /** `unknown` is a section with an invalid name; no errors are reported for its keys. */
  #section: 'none' | 'unknown' | 'Interface' | 'Peer' = 'none';
  #stopped = false;
  #isAmnezia = false;
  #entries = 0;
  #errors = 0;

  read(text: string): void {
    const whole = { line: 0, column: 0 };
    if (text.length > MAX_CONFIG_CHARACTERS) {
      return this.#say('error', whole, null, {
        message: `larger than ${MAX_CONFIG_CHARACTERS} characters`,
        fix: WRONG_FILE,
      });
    }
    const foreign = foreignFormat(text);
    if (foreign) {
      this.#interface.lines.unread.add('any');
      return this.#say('error', { line: foreign.line, column: 0 }, null, foreign);
    }
    const marked = text.startsWith('\ufeff');
    if (marked) {
      const message = 'begins with a byte order mark, which wg refuses';
      this.#say('warning', { line: 1, column: 1 }, null, { message, fix: 'save the file as UTF-8 without one' });
    }
    // Otherwise the whole file would be one line, with errors that say nothing of its cause.
    if (!text.includes('\n') && text.trimEnd().includes('\r')) {
      this.#interface.lines.unread.add('any');
      return this.#say('error', whole, null, {
        message: 'its lines end with CR alone, which wg does not read as ends of lines',
        fix: "save the file with Unix line ends: tr '\\r' '\\n' <OLD >NEW",
      });
    }
    for (const token of configTokens(marked ? text.slice(1) : text)) {
      if (!this.#mayGoOn(token)) return;
      this.#handle(token);
    }
    for (const peer of this.#peers) this.#requirePublicKey(peer);
  }

  result(): ParsedConfig {
    const whole = this.#peers.flatMap(({ draft, lines }) => {
      const { publicKey } = draft;
      return publicKey ? [{ peer: { ...draft, publicKey }, lines }] : [];
    });
    return {
      config: { interface: this.#interface.draft, peers: whole.map(({ peer }) => peer) },
      lines: {
        interface: this.#interface.lines,
        peers: whole.map(({ lines }) => lines),
        losesPeers: whole.length < this.#peers.length,
      },
      problems: sortFindings(this.#problems),
    };
  }

  #mayGoOn({ line, column }: ConfigToken): boolean {
    if (line > MAX_CONFIG_LINES) this.#stop({ line, column }, `more than ${MAX_CONFIG_LINES} lines`, WRONG_FILE);
    else if (this.#errors >= MAX_ERRORS) {
      this.#stop({ line, column }, `not read further after ${MAX_ERRORS} errors`, 'correct those above first');
    }
    return !this.#stopped;
  }

  #stop(place: Place, message: string, fix: string): void {
    if (!this.#stopped) this.#say('error', place, null, { message, fix });
    this.#stopped = true;
  }

  #handle(token: ConfigToken): void {
    if (token.tag === 'section') this.#openSection(token, token.name);
    else if (token.tag === 'stray') {
      this.#here?.unread.add('any');
      if (token.isHeading) this.#openUnknown();
      this.#say('error', token, null, token);
    } else this.#handleEntry(token);
  }

  #openSection(place: Place, name: string): void {
    this.#entries++;
    switch (name.toLowerCase()) {
      case 'interface':
        this.#section = 'Interface';
        if (this.#interface.lines.heading > 0) {
          const message = `a second [Interface]; the first is on line ${this.#interface.lines.heading}`;
          this.#say('warning', place, null, { message, fix: 'keep one section with all its keys' });
        } else {
          this.#interface.lines.heading = place.line;
        }
        return;
      case 'peer':
        this.#section = 'Peer';
        this.#peers.push({ draft: emptyPeer(), lines: new SectionDraft(place.line), seen: new Map() });
        return;
      default:
        this.#openUnknown();
        this.#say('error', place, null, {
          message: `no section is called [${name.length <= 24 ? name : '…'}]`,
          fix: 'write [Interface] or [Peer]',
        });
    }
  }

  /** The section may have been meant as one of the two known ones. */
  #openUnknown(): void {
    this.#section = 'unknown';
    this.#interface.lines.unread.add('any');
  }

  #handleEntry(entry: Entry): void {
    const key = keyNamed(entry.key);
    if (!key) return this.#section === 'unknown' ? undefined : this.#sayUnknownKey(entry);
    const rule = ruleOf(key);
    if (this.#section === 'unknown') return;
    if (this.#section !== rule.section) {
      this.#owner(rule.section)?.unread.add(key);
      const where = this.#section === 'none' ? 'stands before any section' : `does not belong to [${this.#section}]`;
      return this.#say('error', entry, key, { message: where, fix: `move it below [${rule.section}]` });
    }
    const section = rule.section === 'Peer' ? this.#peers.at(-1) : this.#interface;
    if (section) this.#put(entry, key, section);
  }

  #put(entry: Entry, key: ConfigKey, { seen, lines }: Pick<PeerSection, 'seen' | 'lines'>): void {
    const field = FIELDS[key];
    const earlier = seen.get(key);
    seen.set(key, entry.line);
    if (entry.value === '') return this.#sayEmpty(entry, key);
    if (field.shape === 'one' && earlier !== undefined) {
      const message = `given again; it replaces the one on line ${earlier}`;
      const fix = `keep one of the two lines${key === 'PublicKey' ? ', or put [Peer] above this one' : ''}`;
      this.#say('warning', entry, key, { message, fix });
      lines.values.delete(key);
    }
    const values = field.separator ? entry.value.split(field.separator) : [entry.value];
    const peer = this.#peers.at(-1)?.draft ?? emptyPeer();
    const said = new Set<string>();
    for (const value of values) {
      if (this.#errors >= MAX_ERRORS) return;
      if (++this.#entries > MAX_CONFIG_ENTRIES)
        return this.#stop(entry, `more than ${MAX_CONFIG_ENTRIES} values`, WRONG_FILE);
      const read = field.put({ interface: this.#interface.draft, peer }, value.trim());
      const place = { line: entry.line, column: entry.valueColumn };
      if (!read.ok) {
        lines.unread.add(key);
        if (said.has(read.problem.message)) this.#errors++;
        else this.#say('error', place, key, read.problem);
        said.add(read.problem.message);
      } else lines.add(key, entry.line);
      if (read.ok && read.warning) this.#say('warning', place, key, read.warning);
    }
  }

  #sayEmpty(entry: Entry, key: ConfigKey): void {
    if (key === 'AllowedIPs') return;
    // wg-quick treats an empty value as a missing one; wg refuses the file.
    const severity = ruleOf(key).tool === 'wg' ? 'error' : 'warning';
    this.#owner(ruleOf(key).section)?.unread.add(key);
    this.#say(severity, entry, key, { message: 'has no value', fix: 'give it one, or remove the line' });
  }

  /** Lines of the current section. */
  get #here(): SectionDraft | undefined {
    return this.#section === 'Peer' ? this.#peers.at(-1)?.lines : this.#interface.lines;
  }

  /** Lines of the section that a key belongs to. */
  #owner(section: SectionName): SectionDraft | undefined {
    return section === 'Peer' ? this.#peers.at(-1)?.lines : this.#interface.lines;
  }

  #sayUnknownKey(entry: Entry): void {
    if (isAmneziaKey(entry.key)) return this.#sayAmnezia(entry);
    const close = closestKey(entry.key);
    // The key that the line was probably meant for is not missing.
    if (close) this.#owner(ruleOf(close).section)?.unread.add(close);
    else this.#here?.unread.add('any');
    const fix = close ? `write ${close}` : 'correct or remove the line';
    // A base64 key on a line by itself looks like an entry, because it ends in "=".
    const readable = /^[\w.-]{1,24}$/.test(entry.key);
    const message = readable ? `no key is called ${quotedValue(entry.key)}` : 'no key has this name';
    this.#say('error', entry, null, { message, fix });
  }

  /** Reported once, since a file with one of these keys has about ten. */
  #sayAmnezia(entry: Entry): void {
    if (!this.#isAmnezia) this.#say('error', entry, null, AMNEZIA);
    this.#isAmnezia = true;
  }

  #requirePublicKey({ seen, lines }: PeerSection): void {
    if (seen.has('PublicKey') || !isMissing(lines, 'PublicKey')) return;
    const fix = 'add "PublicKey = …" to this section; `wg pubkey` makes it from the private key of the other end';
    this.#say('error', { line: lines.heading, column: 0 }, 'PublicKey', { message: 'missing from this peer', fix });
  }

  #say(severity: Severity, { line, column }: Place, key: ConfigKey | null, { message, fix }: ValueProblem): void {
    if (severity === 'error') this.#errors++;
    this.#problems.push({ line, column, key, severity, message, fix });
  }
}
