/**
 * HTML and SVG as text, in which everything from outside is escaped.
 *
 * Documents hold text of other hosts: names, titles, messages. A template escapes whatever is put into it, unless it is
 * {@link Html} already, so that no place can be forgotten.
 *
 * @module
 */
import { printable } from '../../../core/printable.ts';

/** Markup that is safe as it is. */
export class Html {
  readonly text: string;

  /** @param text - markup that holds no foreign text, or escaped text only */
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template takes: text is escaped, lists are joined, `null` is nothing. */
export type Content = string | number | Html | null | readonly Content[];

/** Longest foreign text that is shown whole, in columns. */
const LONGEST_TEXT = 4000;
const PLAIN = /^[\n -~]*$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Nothing. */
export const NOTHING = new Html('');

/**
 * The template for markup: ``html`<p>${name}</p>` ``.
 *
 * Attribute values have to stand in double quotes. No value may stand in the name of a tag or of an attribute.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  let text = parts[0] ?? '';
  for (let i = 0; i < values.length; i++) text += `${textOf(values[i] ?? null)}${parts[i + 1] ?? ''}`;
  return new Html(text);
}

/** Text as HTML: no character of it is markup, and characters that are not visible are written as escapes. */
export function escapeText(text: string): string {
  const visible = PLAIN.test(text) && text.length <= LONGEST_TEXT ? text : printable(text, LONGEST_TEXT);
  return visible.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
}

function textOf(content: Content): string {
  if (content === null) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'object') return content.map(textOf).join('');
  return escapeText(String(content));
}
