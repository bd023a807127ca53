/**
 * Splits a configuration file into sections and entries with their positions.
 *
 * ```text
 * line    = [ content ] [ "#" comment ]
 * content = "[" name "]" | key "=" value
 * ```
 *
 * wg(8) removes all blanks before it parses a line; wg-quick(8) removes those around key and value. Blanks in
 * a key or in the name of a section are removed here; the reader of a value handles blanks in it. A hook
 * (`PostUp` …) is a shell command, in which `#` does not begin a comment (wg-quick since 2025).
 *
 * @module
 */

/**
 * The content of one line. `line` and `column` count from 1. `stray` is a line that is neither a section nor an entry,
 * with a message about it.
 */
export type ConfigToken = { readonly line: number; readonly column: number } & (
  | { readonly tag: 'section'; readonly name: string }
  | { readonly tag: 'entry'; readonly key: string; readonly value: string; readonly valueColumn: number }
  | {
      readonly tag: 'stray';
      /** Whether it looks like the heading of a section. */
      readonly isHeading: boolean;
      readonly message: string;
      readonly fix: string;
    }
);

const HOOK = /^\s*(?:pre|post)(?:up|down)\s*=/i;

/** Yields a token for each line that is not empty, in time proportional to the text. */
export function* configTokens(text: string): Generator<ConfigToken> {
  let start = 0;
  for (let line = 1; start <= text.length; line++) {
    const end = text.indexOf('\n', start);
    const token = tokenOf(text.slice(start, end < 0 ? text.length : end), line);
    if (token) yield token;
    if (end < 0) return;
    start = end + 1;
  }
}

function tokenOf(typed: string, line: number): ConfigToken | undefined {
  const hook = HOOK.test(typed);
  const hash = hook ? -1 : typed.indexOf('#');
  const uncommented = hash < 0 ? typed : typed.slice(0, hash);
  const unfit = firstUnfit(uncommented, hook);
  const isHeading = /^\s*\[/.test(uncommented);
  if (unfit !== undefined) return { tag: 'stray', line, isHeading, ...unfit };
  const content = uncommented.trimEnd();
  const column = content.search(/\S/) + 1;
  if (column === 0) return undefined;

  const section = /^\s*\[(.*)\]$/.exec(content);
  if (section) return { tag: 'section', line, column, name: withoutBlanks(section[1] ?? '') };
  const equals = content.indexOf('=');
  if (equals < 0) return { tag: 'stray', line, column, isHeading, ...strayAdvice(content.trim()) };
  const value = content.slice(equals + 1);
  const valueColumn = equals + 2 + Math.max(0, value.search(/\S/));
  return { tag: 'entry', line, column, key: withoutBlanks(content.slice(0, equals)), value: value.trim(), valueColumn };
}

function strayAdvice(content: string): { readonly message: string; readonly fix: string } {
  if (content.startsWith(';')) return { message: '";" does not begin a comment', fix: 'begin the comment with "#"' };
  if (content.startsWith('[')) return { message: 'a section without "]"', fix: 'write [Interface] or [Peer]' };
  return { message: 'neither a section nor a key with a value', fix: 'write "Key = value", or "#" before a comment' };
}

/**
 * The first character that is not allowed: not printable ASCII, for example a look-alike. wg(8) refuses the line too.
 */
function firstUnfit(content: string, hook: boolean): { column: number; message: string; fix: string } | undefined {
  for (let i = 0; i < content.length; i++) {
    const code = content.charCodeAt(i);
    const blank = code === 0x20 || (code >= 0x09 && code <= 0x0d);
    if (blank || (code > 0x20 && code < 0x7f) || (hook && code > 0x7f)) continue;
    const name = code.toString(16).toUpperCase().padStart(4, '0');
    const fix = code === 0 ? 'save the file as UTF-8 text' : 'type the line again with plain ASCII characters';
    return { column: i + 1, message: `character U+${name} cannot stand here`, fix };
  }
  return undefined;
}

function withoutBlanks(text: string): string {
  return text.replace(/\s/g, '');
}
