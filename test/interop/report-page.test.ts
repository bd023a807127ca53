/** The page of `--html`, opened in Debian's Chromium from a file as a user opens it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResultDocument } from '../../src/core/shapes/result.ts';
import { documentPage } from '../../src/report/page/page.ts';
import { rateText } from '../../src/report/text/figures.ts';
import { hop, hopAddress, pathDocument, trace } from '../unit/report/path/samples.ts';
import { bandwidth, comparison, documentOf, interval } from '../unit/report/samples.ts';
import { axeFaults, Browser, excessWidth, missingBrowser } from './support/browser.ts';
import { BIN } from './support/winze.ts';

const skipped = missingBrowser();
const DOCS = join(import.meta.dirname, '../../docs');
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

  test.each([
    ['lab', ['lab', '-d', '1s', '-q']],
    ['path', ['-x', '127.0.0.1', '-t', 'tr,mtu,pi', '-i', '5']],
    ['capture', ['decode', join(import.meta.dirname, '../corpus/found/one-sided-responses.pcap')]],
  ])('the page of %s asks for nothing, fits, and has no serious fault for axe', async (name, argv) => {
    const file = join(folder, `${name}.html`);
    const { status, stderr } = spawnSync(process.execPath, [BIN, ...argv, '--html', file], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    expect(statSync(file).size).toBeLessThan(300_000);
    const { page, requests, faults } = await browser.open(pathToFileURL(file).href);
    expect(requests).toHaveLength(1);
    expect(faults).toEqual([]);
    expect(await page.locator('figure svg[role=img]').count()).toBeGreaterThan(0);
    expect(await axeFaults(page)).toEqual([]);
    if (name === 'lab') await pictures(page);
    const narrow = await browser.open(pathToFileURL(file).href, { width: 375, height: 800 });
    expect(await excessWidth(narrow.page)).toBe(0);
  });

  /** Opens a page of documents that are made here. */
  async function openDocuments(...documents: readonly unknown[]) {
    const file = join(folder, 'made.html');
    const sha256 = (text: string): string => createHash('sha256').update(text).digest('base64');
    writeFileSync(file, documentPage(documents, { sha256 }));
    return { size: statSync(file).size, ...(await browser.open(pathToFileURL(file).href)) };
  }

  test('names of hosts, routers and paths are shown as they are, whatever they look like', async () => {
    const client = { ...documentOf().client, hostname: ATTACK };
    const result = comparison({ client, target: { host: ATTACK, port: 1, server_id: null } });
    const hops = [hop(1, { addresses: [hopAddress('192.0.2.1', ATTACK)], words: ATTACK })];
    const { page, requests, faults } = await openDocuments(result, pathDocument({ tests: [trace({ hops })] }));
    expect(requests).toHaveLength(1);
    expect(faults).toEqual([]);
    expect(await page.title()).toBe('2 reports - winze');
    expect(await page.textContent('h2')).toContain(ATTACK);
    expect(await page.locator('dd', { hasText: ATTACK }).count()).toBeGreaterThan(0);
    expect(await page.locator('svg text', { hasText: '"><script>' }).count()).toBeGreaterThan(0);
    expect(await page.locator('script:not([type="application/json"]), img').count()).toBe(0);
  });

  test('a day of rows on three paths is less than 3 MB, and the figure says what was reduced', async () => {
    const paths = ['203.0.113.7', '10.0.0.2', '10.0.0.3'];
    const intervals = Array.from({ length: 86_400 }, (_, i) =>
      interval({ goodput_bps: 9e8 + 1e7 * Math.sin(i / 500), start_ns: i * 1e9, end_ns: (i + 1) * 1e9 }),
    );
    const { page, size } = await openDocuments(
      documentOf({ tests: paths.map((path) => bandwidth({ path, intervals })) }),
    );
    expect(size).toBeLessThan(3_000_000);
    expect(await page.textContent('figcaption')).toContain('86400 intervals are drawn as 360');
    const times = await page.evaluate('performance.getEntriesByType("navigation")[0].loadEventEnd');
    console.info(`a day of rows: ${size} octets, loaded ${Math.round(Number(times))} ms after it was asked for`);
  });

  test.each([
    ['a folder that is not there', join(folder, 'none', 'x.html')],
    ['a full disk', '/dev/full'],
  ])('%s costs one line and exit status 5; the result is on standard output', (_, file) => {
    const capture = join(import.meta.dirname, '../corpus/found/one-sided-responses.pcap');
    const argv = [BIN, 'decode', capture, '--json', '--html', file];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' });
    expect(stderr).toMatch(/^winze: .*\n$/);
    expect(status).toBe(5);
    if (file === '/dev/full') expect(JSON.parse(stdout).schema).toBe('winze-capture/1');
  });

  test('a run that fails has a page with its error', async () => {
    const file = join(folder, 'failed.html');
    const { status } = spawnSync(process.execPath, [BIN, '-c', '127.0.0.1', '-port', '9', '--html', file]);
    expect(status).toBe(3);
    const { page } = await browser.open(pathToFileURL(file).href);
    expect(await page.textContent('.message.bad')).toMatch(/ERR_CONNECT/);
  });
});

/** Takes the pictures of docs/, and writes them there where that is asked for: `WINZE_PICTURES=1`. */
async function pictures(page: Page): Promise<void> {
  await page.setViewportSize({ width: 1060, height: 800 });
  const light = await page.screenshot();
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.evaluate(
    "[...document.querySelectorAll('h2')].find((one) => one.textContent === 'Round trips').scrollIntoView()",
  );
  const dark = await page.screenshot();
  for (const [name, octets] of [['report-lab.png', light] as const, ['report-lab-dark.png', dark] as const]) {
    expect(octets.length).toBeLessThan(150_000);
    if (process.env.WINZE_PICTURES === '1') writeFileSync(join(DOCS, name), octets);
  }
}

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
