/**
 * `-ui`: draws a picture over the whole terminal, and takes keys.
 *
 * @module
 */
import type { Options } from '../../options/option-table.ts';
import type { ScreenModel } from '../../report/screen/screen-model.ts';
import { createPaint } from '../../report/text/paint.ts';
import type { ScreenPort } from '../../run/output/screen-port.ts';
import type { CliDeps } from '../deps.ts';
import { createMessages, type Messages } from './messages.ts';
import { wantsColor } from './terminal.ts';

/** Time between two pictures at least: what changes more often cannot be read. */
const FRAME_MS = 250;
/** Octets that wait for a terminal which takes nothing; beyond, pictures are left out. */
const MOST_WAITING = 65_536;
const USUAL_SIZE = { columns: 80, rows: 24 };
const KEY = { interrupt: '\x03', suspend: '\x1a', redraw: '\x0c' };

/** A full screen. */
export interface FullScreen<Event> {
  /** The dependencies of the command: messages go to the screen, and the key `q` stops as Ctrl-C does. */
  readonly deps: CliDeps;
  readonly messages: Messages;
  readonly event: (event: Event) => void;
  /** Restores the terminal. May be called several times. */
  readonly close: () => void;
}

/** The terminal; `null`, and a message, if it cannot show a full screen: the command then prints rows. */
function screenOf({ screen, env }: CliDeps, options: Options, messages: Messages): ScreenPort | null {
  const isDrawable = screen !== null && env.TERM !== undefined && env.TERM !== 'dumb';
  const why = options.json || options.jsonStream ? 'JSON is printed' : isDrawable ? null : 'this is no terminal';
  if (why === null) return screen;
  messages.progress(`-ui: ${why}; the figures come as they do without it`);
  return null;
}

function openFullScreen<Event>(
  deps: CliDeps,
  screen: ScreenPort,
  options: Options,
  model: ScreenModel<Event>,
): FullScreen<Event> {
  const { stdout } = deps;
  const paint = createPaint(wantsColor(deps, options));
  const stoppers = new Set<(signal: string) => void>();
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  let isLeaving = false;
  const draw = (erase: string): void => {
    if (!isOpen || stdout.waiting() > MOST_WAITING) return;
    const { columns = USUAL_SIZE.columns, rows = USUAL_SIZE.rows } = stdout;
    const lines = model.lines(Math.max(20, columns), Math.max(3, rows), paint);
    // Each line is erased to its end, and what is below the last one (ECMA-48 CUP, EL, ED).
    stdout.write(`${erase}\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`);
  };
  const update = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      draw('');
    }, FRAME_MS);
  };
  const stop = (name: string): void => {
    for (const stopper of stoppers) stopper(name);
  };
  screen.enter({
    onKey: (key) => {
      if (key === KEY.interrupt) {
        isLeaving = true;
        stop('SIGINT');
      }
      // `q` after `q` or Ctrl-C is the same wish: only a second Ctrl-C ends the program without a report.
      else if (key.toLowerCase() === 'q' && !isLeaving) {
        isLeaving = true;
        stop('q');
      } else if (key === KEY.suspend) screen.suspend();
      else if (key === KEY.redraw) draw('\x1b[2J');
    },
    onRedraw: () => draw('\x1b[2J'),
  });
  const say = (message: string): void => {
    model.say(message);
    update();
  };
  // The picture moves on when nothing happens, too: a server without clients has a graph that falls.
  const ticker = setInterval(update, 1000);
  const own: CliDeps = {
    ...deps,
    stderr: {
      isTTY: true,
      write: (text) => (isOpen ? say(text.trimEnd()) : deps.stderr.write(text)),
    },
    onSignal: (listener) => {
      stoppers.add(listener);
      const dispose = deps.onSignal(listener);
      return () => {
        stoppers.delete(listener);
        dispose();
      };
    },
  };
  draw('\x1b[2J');
  return {
    deps: own,
    messages: createMessages({ ...own, env: { ...deps.env, TERM: 'dumb' } }, options),
    event: (event) => {
      model.handle(event);
      update();
    },
    close: () => {
      isOpen = false;
      clearTimeout(timer);
      clearInterval(ticker);
      screen.leave();
    },
  };
}

/** What a command runs with: as given, or with a full screen. */
export interface Place<Event> extends Pick<FullScreen<Event>, 'deps' | 'messages'> {
  /** `null` without a full screen. */
  readonly screen: FullScreen<Event> | null;
}

/**
 * Runs a command, on a full screen if `-ui` was given and the terminal can show one.
 *
 * @param load - loads the picture
 * @param run - the command; it closes the screen before it prints a result
 */
export async function onScreen<Event, Result>(
  { deps, messages }: Pick<Place<Event>, 'deps' | 'messages'>,
  options: Options,
  load: () => Promise<ScreenModel<Event>>,
  run: (place: Place<Event>) => Promise<Result>,
): Promise<Result> {
  const port = options.ui ? screenOf(deps, options, messages) : null;
  if (port === null) return run({ deps, messages, screen: null });
  const screen = openFullScreen(deps, port, options, await load());
  try {
    return await run({ ...screen, screen });
  } finally {
    screen.close();
  }
}
