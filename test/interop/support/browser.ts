/**
 * Debian's Chromium without a window, driven by playwright-core: pages of winze as a user opens them.
 *
 * @module
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type BrowserContextOptions, chromium, type Browser as Driven, type Page } from 'playwright-core';
import { missingTools } from './peers.ts';

const PROGRAM = 'chromium';

/** Why there is no browser here, or `null`. @throws Error where it is required */
export const missingBrowser = (): string | null => missingTools([PROGRAM]);

/** How a page is opened. Width and height are CSS pixels. */
export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Without scripts, if `false`. */
  readonly javaScriptEnabled?: boolean;
}

/** A page, and what happened while it was open. */
export interface OpenPage {
  readonly page: Page;
  /** URLs that it asked for, its own first. */
  readonly requests: readonly string[];
  /** Errors and warnings of the console, among them what the content security policy refused, and uncaught errors. */
  readonly faults: readonly string[];
}

/** A fault of accessibility, as axe-core names it. */
export interface AxeFault {
  readonly id: string;
  readonly impact: string | null;
  readonly help: string;
  /** Elements that have it. */
  readonly targets: readonly string[];
}

/** One browser for all pages of a test file. */
export class Browser {
  readonly #driven: Driven;

  private constructor(driven: Driven) {
    this.#driven = driven;
  }

  /** Starts the browser. It needs no network, and a sandbox would need another user than root. */
  static async start(): Promise<Browser> {
    return new Browser(await chromium.launch({ executablePath: `/usr/bin/${PROGRAM}`, chromiumSandbox: false }));
  }

  /** Opens a page in a context of its own, and waits until it is loaded. */
  async open(url: string, view: View = {}): Promise<OpenPage> {
    const { width = 1280, height = 900, ...others } = view;
    const options: BrowserContextOptions = { viewport: { width, height }, ...others };
    const page = await (await this.#driven.newContext(options)).newPage();
    const requests: string[] = [];
    const faults: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) faults.push(message.text());
    });
    page.on('pageerror', (error) => faults.push(String(error)));
    await page.goto(url);
    return { page, requests, faults };
  }

  async close(): Promise<void> {
    await this.#driven.close();
  }
}

/** Serious and critical faults of accessibility (WCAG 2.2 A and AA, and good practice) that axe-core finds on a page. */
export async function axeFaults(page: Page): Promise<readonly AxeFault[]> {
  // Evaluated by the debugger, which no content security policy stops.
  await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
  const faults = await page.evaluate(
    `axe.run().then(({ violations }) => violations.map(({ id, impact, help, nodes }) => (
      { id, impact: impact ?? null, help, targets: nodes.map(({ target }) => String(target)) })))`,
  );
  return (faults as readonly AxeFault[]).filter(({ impact }) => impact === 'serious' || impact === 'critical');
}

/** How many CSS pixels the page is wider than its window; 0 if it needs no horizontal scrolling. */
export async function excessWidth(page: Page): Promise<number> {
  return Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));
}
