/** The page of `--html`, opened in Debian's Chromium from a file as a user opens it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultDocument } from '../../src/core/shapes/result.ts';
import { rateText } from '../../src/report/text/figures.ts';
import { axeFaults, Browser, excessWidth, missingBrowser } from './support/browser.ts';
import { BIN } from './support/winze.ts';

const skipped = missingBrowser();
/** Text that would be a script or an image if it were markup. */
const ATTACK = `"><script>document.title='owned'</script><img src=http://192.0.2.1/x>`;

describe.skipIf(skipped !== null)('a page of --html', () => {
  const folder = mkdtempSync(join(tmpdir(), 'winze-page-'));
  const html = join(folder, 'result.html');
  const url = pathToFileURL(html).href;
  let browser: Browser;
  let server: ChildProcess;
  let document: ResultDocument;

  beforeAll(async () => {
    browser = await Browser.start();
    server = spawn(process.execPath, [BIN, '-s', '-port', '0', '--json-stream', '--no-host-facts'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const port = await listeningPort(server);
    const argv = ['-c', '127.0.0.1', '-port', port, '--via', '127.0.0.2', '-t', 'b,l', '-d', '2s', '-q', '--no-trial'];
    const others = ['--no-host-facts', '--title', ATTACK, '--json', '--html', html];
    const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...argv, ...others], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    document = JSON.parse(stdout);
  });

  afterAll(async () => {
    server?.kill();
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('it asks for nothing, and the browser has nothing to say about it', async () => {
    const { page, requests, faults } = await browser.open(url);
    expect(requests).toEqual([url]);
    expect(faults).toEqual([]);
    expect(await page.title()).toContain(ATTACK);
    expect(await page.textContent('h1')).toBe(ATTACK);
    expect(statSync(html).size).toBeLessThan(300_000);
  });

  test('its table has the goodput of every interval of the document', async () => {
    const { page } = await browser.open(url);
    const table = page.locator('figure', { hasText: 'Goodput, TCP upload' }).locator('table');
    const cells = await table.locator('tbody td.n').allTextContents();
    const wanted = document.tests.flatMap((one) =>
      one.test === 'bandwidth' ? one.intervals.map((row) => rateText(row.goodput_bps)) : [],
    );
    expect(wanted.length).toBeGreaterThan(6);
    expect(cells).toEqual(expect.arrayContaining(wanted));
    expect(await page.locator('svg[role=img]').count()).toBeGreaterThan(3);
  });

  test('the document can be read from it again', () => {
    const text = readFileSync(html, 'utf8');
    const [, json = ''] = /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(text) ?? [];
    expect(JSON.parse(json)).toEqual(document);
  });

  test.each(['light', 'dark'] as const)(
    '%s: it has the colours of its scheme, and no serious fault for axe',
    async (colorScheme) => {
      const { page } = await browser.open(url, { colorScheme });
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor');
      expect(background).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 27)');
      expect(await axeFaults(page)).toEqual([]);
    },
  );

  test('375 px are wide enough', async () => {
    const { page } = await browser.open(url, { width: 375, height: 800 });
    expect(await excessWidth(page)).toBe(0);
  });

  test('without scripts all of it is there, and without a network', async () => {
    const { page, faults } = await browser.open(url, { javaScriptEnabled: false });
    await page.context().setOffline(true);
    expect(await page.locator('figure svg[role=img]').count()).toBeGreaterThan(3);
    expect(await page.locator('figure table').count()).toBeGreaterThan(3);
    expect(faults).toEqual([]);
  });

  test('it is printed', async () => {
    const { page } = await browser.open(url, { colorScheme: 'dark' });
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(10_000);
  });

  test('a run that fails has a page with its error', async () => {
    const file = join(folder, 'failed.html');
    const { status } = spawnSync(process.execPath, [BIN, '-c', '127.0.0.1', '-port', '9', '--html', file]);
    expect(status).toBe(3);
    const { page } = await browser.open(pathToFileURL(file).href);
    expect(await page.textContent('.message.bad')).toMatch(/ERR_CONNECT/);
  });
});

/** The port that the server's first line names. */
function listeningPort(server: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    server.stdout?.on('data', (piece) => {
      text += piece;
      const [, port] = /"event":"listening".*?"port":(\d+)/.exec(text) ?? [];
      if (port !== undefined) resolve(port);
    });
  });
}
