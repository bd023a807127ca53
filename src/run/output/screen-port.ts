/**
 * The terminal of a process as a full screen: keys, size, and the way back to what was there before.
 *
 * @module
 */
import { writeSync } from 'node:fs';

/** Alternate screen on, cursor off (xterm control sequences, DECSET 1049; ECMA-48, DECTCEM). */
const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';

/** What is told to the user of a full screen. */
export interface ScreenListener {
  /** A key, as the terminal sends it; Ctrl-C and Ctrl-Z are keys too. */
  readonly onKey: (key: string) => void;
  /** The size has changed, or the screen is back after the process was suspended: draw all of it. */
  readonly onRedraw: () => void;
}

/** The full screen of a terminal. */
export interface ScreenPort {
  enter(listener: ScreenListener): void;
  /** Restores the terminal. May be called at any time and several times; writes at once. */
  leave(): void;
  /** Restores the terminal, stops this process as Ctrl-Z does, and enters again when it continues. */
  suspend(): void;
}

/**
 * Creates the port.
 *
 * @param stop - stops this process (SIGTSTP), and returns when it continues, or at once where it is not stopped
 * @returns `null` if input or output is no terminal
 */
export function screenPort(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream & { readonly fd: number },
  stop: () => void,
): ScreenPort | null {
  if (!input.isTTY || !output.isTTY) return null;
  let current: ScreenListener | null = null;
  const onData = (octets: Buffer): void => {
    for (const key of octets.toString('latin1')) current?.onKey(key);
  };
  const onResize = (): void => current?.onRedraw();
  const open = (): void => {
    output.write(ENTER);
    input.setRawMode(true);
    input.on('data', onData).resume();
    output.on('resize', onResize);
  };
  const close = (): void => {
    input.off('data', onData).pause();
    output.off('resize', onResize);
    try {
      input.setRawMode(false);
      writeSync(output.fd, LEAVE);
    } catch {
      // EIO: the terminal is gone, and there is nothing to restore. EAGAIN: it takes nothing, and is asked once more.
      output.write(LEAVE);
    }
  };
  return {
    enter: (listener) => {
      current = listener;
      open();
    },
    leave: () => {
      if (current === null) return;
      current = null;
      close();
    },
    suspend: () => {
      const listener = current;
      if (listener === null) return;
      current = null;
      close();
      stop();
      current = listener;
      open();
      listener.onRedraw();
    },
  };
}
