/**
 * What a full screen shows: a state that events change, and that is drawn at any size.
 *
 * @module
 */
import type { Paint } from '../text/paint.ts';

/** The picture of a running command. */
export interface ScreenModel<Event> {
  readonly handle: (event: Event) => void;
  /** Adds a message that would be on standard error without a full screen. */
  readonly say: (message: string) => void;
  /** The lines for a screen of this size; at most `rows` of them, each at most `columns` wide. */
  readonly lines: (columns: number, rows: number, paint: Paint) => readonly string[];
}

/** Messages that are kept. */
const MOST_MESSAGES = 5;

/** Keeps the last messages. Returns the function that adds one. */
export function lastMessages(): { readonly say: (message: string) => void; readonly lines: () => readonly string[] } {
  const kept: string[] = [];
  return {
    say: (message) => {
      kept.push(message);
      if (kept.length > MOST_MESSAGES) kept.shift();
    },
    lines: () => kept,
  };
}
