/**
 * Reads maps of a YAML or JSON file, whose mistakes are told with line and key.
 *
 * @see docs/decisions/0017-yaml.md
 * @module
 */
import { isMap, isScalar, LineCounter, type ParsedNode, parseDocument, type YAMLMap } from 'yaml';
import { usageError } from '../../core/errors.ts';
import { printable, quoted } from '../../core/printable.ts';
import { isNear } from '../foreign/near.ts';
import { type Read, ValueError } from '../values/value-error.ts';

/** Longest name of a key in a message. */
const KEY_LENGTH = 40;

/** A map of the file, with the place of each key. */
export class YamlMap {
  readonly #map: YAMLMap<ParsedNode, ParsedNode | null> | null;
  readonly #lines: LineCounter;
  readonly #file: string;
  /** Keys above this map. */
  readonly #above: string;
  readonly #line: number;

  private constructor(
    map: YAMLMap<ParsedNode, ParsedNode | null> | null,
    place: { readonly lines: LineCounter; readonly file: string; readonly above: string; readonly line: number },
  ) {
    this.#map = map;
    this.#lines = place.lines;
    this.#file = place.file;
    this.#above = place.above;
    this.#line = place.line;
  }

  /**
   * Reads the map that a file is; an empty file is an empty map. Aliases are refused: a few lines of them stand for gigabytes.
   *
   * @param file - its name, for messages
   * @throws NetError `ERR_USAGE`
   */
  static parse(text: string, file: string): YamlMap {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
    const [error] = document.errors;
    if (error) {
      const line = lines.linePos(error.pos[0]).line;
      throw usageError(`${quoted(file)} line ${line}: ${printable(error.message, 200)}`);
    }
    const { contents } = document;
    const place = { lines, file, above: '', line: 1 };
    if (contents === null || (isScalar(contents) && contents.value === null)) return new YamlMap(null, place);
    if (!isMap<ParsedNode, ParsedNode | null>(contents)) throw usageError(`${quoted(file)} line 1: expected keys`);
    return new YamlMap(contents, place);
  }

  /** Keys in the order of the file. @throws NetError `ERR_USAGE` for a key that is no text */
  get keys(): readonly string[] {
    return (this.#map?.items ?? []).map(({ key }) => {
      if (isScalar(key) && (typeof key.value === 'string' || typeof key.value === 'number')) return String(key.value);
      throw this.#error(this.#lineOf(key), this.#above, 'a key has to be a word');
    });
  }

  /** Refuses keys other than these, and names the nearest one. @throws NetError `ERR_USAGE` */
  allow(known: readonly string[], what: string): void {
    for (const key of this.keys) {
      if (known.includes(key)) continue;
      const near = known.find((one) => isNear(one, key));
      const advice = near === undefined ? `there are ${known.join(', ')}` : `did you mean ${near}?`;
      throw this.error(key, `no key of ${what}; ${advice}`);
    }
  }

  /** Whether the key is there. */
  has(key: string): boolean {
    return this.keys.includes(key);
  }

  /** The map of a key; an empty one if its value is empty. @throws NetError `ERR_USAGE` if it is something else */
  map(key: string): YamlMap {
    const value = this.#valueOf(key);
    const above = this.#path(key);
    const place = { lines: this.#lines, file: this.#file, above, line: this.#lineOfKey(key) };
    if (value === null || (isScalar(value) && value.value === null)) return new YamlMap(null, place);
    if (!isMap<ParsedNode, ParsedNode | null>(value)) throw this.error(key, 'expected keys below it');
    return new YamlMap(value, place);
  }

  /** The value of a key, read as that of an option; `fallback` if it is not there. @throws NetError `ERR_USAGE` */
  read<T, D>(key: string, read: Read<T>, fallback: D): T | D {
    const value = this.#valueOf(key);
    if (value === undefined) return fallback;
    const plain = isScalar(value) ? value.value : undefined;
    if (typeof plain !== 'string' && typeof plain !== 'number' && typeof plain !== 'boolean') {
      throw this.error(key, 'expected one value');
    }
    try {
      // As it is written: 1_000 and 0x10 are numbers of YAML alone.
      return read(isScalar(value) && value.source !== undefined ? String(value.source) : String(plain));
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      throw this.error(key, `${quoted(String(plain))}: ${error.message}`);
    }
  }

  /** The error about a key, with its line. */
  error(key: string, message: string): Error {
    return this.#error(this.#lineOfKey(key), this.#path(key), message);
  }

  #error(line: number, path: string, message: string): Error {
    return usageError(`${quoted(this.#file)} line ${line}: ${path}: ${message}`);
  }

  #path(key: string): string {
    const name = printable(key, KEY_LENGTH);
    return this.#above === '' ? name : `${this.#above}.${name}`;
  }

  #pairOf(key: string) {
    return this.#map?.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  }

  #valueOf(key: string): ParsedNode | null | undefined {
    const pair = this.#pairOf(key);
    return pair === undefined ? undefined : pair.value;
  }

  /** Of a key that is missing, the line of the map. */
  #lineOfKey(key: string): number {
    const pair = this.#pairOf(key);
    return pair === undefined ? this.#line : this.#lineOf(pair.key);
  }

  #lineOf(node: ParsedNode): number {
    return this.#lines.linePos(node.range[0]).line;
  }
}
