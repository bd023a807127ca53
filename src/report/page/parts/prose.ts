/**
 * Parts of the page that are neither charts nor tables: sections, lists, tiles, messages.
 *
 * @module
 */
import { heading, type Level } from './figure.ts';
import { type Content, type Html, html } from './html.ts';

/** A section with a heading; nothing if it has no content. */
export function section(level: Level, title: string, content: readonly (Html | null)[]): Html | null {
  const parts = content.filter((part) => part !== null);
  return parts.length === 0 ? null : html`<section>${heading(level, title)}${parts}</section>\n`;
}

/** A list of sentences; nothing without any. */
export function sentences(list: readonly Content[]): Html | null {
  if (list.length === 0) return null;
  return html`<ul class="sentences">${list.map((one) => html`<li>${one}</li>`)}</ul>\n`;
}

/** A figure that stands out. */
export interface Tile {
  readonly name: string;
  readonly value: string;
  /** What it is of. */
  readonly about: string;
}

/** Figures that stand out; nothing without any. */
export function tiles(list: readonly Tile[]): Html | null {
  if (list.length === 0) return null;
  const items = list.map(
    ({ name, value, about }) => html`<div><dt>${name}</dt><dd class="value">${value}</dd><dd>${about}</dd></div>\n`,
  );
  return html`<dl class="tiles">${items}</dl>\n`;
}

/** How a message is meant; each kind has a word of its own, so that it does not depend on a colour. */
export type MessageKind = 'good' | 'warning' | 'bad';

const WORDS: Readonly<Record<MessageKind, string>> = { good: 'OK', warning: 'Note', bad: 'Problem' };

/** A message in a frame. @param word - what stands before it; left out, the word of its kind */
export function message(kind: MessageKind, text: Content, word: string = WORDS[kind]): Html {
  return html`<p class="message ${kind}"><strong>${word}</strong> ${text}</p>\n`;
}

/** Facts with their names. */
export function facts(list: readonly (readonly [string, Content])[]): Html {
  return html`<dl class="facts">${list.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>\n`)}</dl>\n`;
}
