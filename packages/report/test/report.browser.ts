// SPDX-License-Identifier: MIT
/** Opens a report in a real browser and looks at it: on a phone, on a desk, on paper, in light and in dark. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderHtml } from '../src/index.ts';
import { effectSentence, effectsWithDirection } from '../src/sentences.ts';
import { cannedReport, wideReport } from './canned-report.ts';
import { chartsWithoutMarks, cutOff, lowContrast, outside } from './looking.ts';

const CHROMIUM = '/usr/bin/chromium';
const there = existsSync(CHROMIUM);
const why = `${CHROMIUM} is not there: apt-get install chromium`;
if (!there) console.warn(`skipped: a report in Chromium: ${why}`);

/** Starting a browser on a busy machine with few cores takes its time. */
const SLOW_MS = 240_000;
const FLAGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** A4 without its margins. */
const PAPER_PX = 680;

const { run, summary } = cannedReport();
const wide = wideReport();
const sentences = effectsWithDirection(summary).map((e) => effectSentence(summary, e));

describe.skipIf(!there)(there ? 'a report in Chromium' : `a report in Chromium (skipped: ${why})`, { timeout: SLOW_MS }, () => {
  let dir: string;
  let address: string;
  let wideAddress: string;
  let browser: Browser;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'unspin-report-'));
    writeFileSync(join(dir, 'report.html'), renderHtml(summary, run.cells));
    writeFileSync(join(dir, 'wide.html'), renderHtml(wide.summary, wide.run.cells));
    wideAddress = pathToFileURL(join(dir, 'wide.html')).href;
    address = pathToFileURL(join(dir, 'report.html')).href;
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS, timeout: SLOW_MS });
  }, SLOW_MS);

  afterAll(async () => {
    await browser?.close();
    rmSync(dir, { recursive: true, force: true });
  }, SLOW_MS);

  async function open(width: number, height: number, colorScheme: 'light' | 'dark'): Promise<{ page: Page; said: string[]; asked: string[] }> {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme });
    const [said, asked]: [string[], string[]] = [[], []];
    page.on('console', (message) => void said.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => void said.push(error.message));
    page.on('request', (request) => void (request.url().startsWith('data:') || asked.push(request.url())));
    await page.goto(address, { timeout: SLOW_MS });
    return { page, said, asked };
  }

  for (const [place, width, height] of [['phone', 360, 740], ['desk', 1280, 900]] as const) {
    it.each(['light', 'dark'] as const)(`can be read on a ${place}, %s`, async (scheme) => {
      const { page, said, asked } = await open(width, height, scheme);
      expect(said).toEqual([]);
      expect(asked).toEqual([address]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await page.evaluate(outside)).toEqual([]);
      expect(await page.evaluate(chartsWithoutMarks)).toEqual([]);
      expect(await page.evaluate(lowContrast, 4.5)).toEqual([]);
      const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      expect(dark === 'rgb(255, 255, 255)').toBe(scheme === 'light');
      const verdicts = await page.locator('#verdicts li').evaluateAll((items) => items.filter((li) => li.getBoundingClientRect().height > 0).map((li) => li.textContent));
      expect([...verdicts].sort()).toEqual([...sentences].sort());
      await page.close();
    });
  }

  const wideTables = (page: Page): Promise<number> => page.evaluate(() => [...document.querySelectorAll('.scroll')].filter((e) => e.scrollWidth > e.clientWidth + 1).length);

  it('has tables that scroll inside themselves on a phone, however wide', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
    await page.goto(wideAddress, { timeout: SLOW_MS });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360);
    expect(await page.evaluate(outside)).toEqual([]);
    expect(await wideTables(page)).toBeGreaterThan(3);
    const stuck = await page.evaluate(() =>
      [...document.querySelectorAll('.scroll')].filter((e) => {
        e.scrollLeft = 1e6;
        const name = e.querySelector('tbody th')?.getBoundingClientRect();
        const last = e.querySelector('tbody td:last-child')?.getBoundingClientRect();
        return last === undefined || name === undefined || name.left < 0 || last.right > innerWidth || last.left < name.right - 1;
      }).map((e) => e.getAttribute('aria-label')),
    );
    expect(stuck).toEqual([]);
    await page.close();
  });

  it('prints tables of eleven scenarios and 22 counters whole', async () => {
    const page = await browser.newPage({ viewport: { width: PAPER_PX, height: 1009 } });
    await page.goto(wideAddress, { timeout: SLOW_MS });
    await page.emulateMedia({ media: 'print' });
    expect(await wideTables(page)).toBe(0);
    expect(await page.evaluate(cutOff)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(PAPER_PX);
    await page.close();
  });

  it('is looked at by eyes that see', async () => {
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
    await page.setContent('<p style="width: 500px">wide</p><p style="color: #aaa">pale</p><div class="scroll"><table><tr><td style="min-width: 400px">far</td></tr></table></div><svg class="chart" aria-label="empty" width="200" height="50"><g aria-label="x-axis tick"><path d="M0,0H10" stroke="red"/></g></svg>');
    expect(await page.evaluate(outside)).toEqual(['P wide: 508']);
    expect((await page.evaluate(cutOff)).map((found) => found.split(':')[0])).toEqual(['TD far']);
    expect(await page.evaluate(chartsWithoutMarks)).toEqual(['empty']);
    expect(await page.evaluate(lowContrast, 4.5)).toEqual(['P "pale" 2.32']);
    await page.close();
  });

  it.each(['light', 'dark'] as const)('prints on white paper, from %s', async (scheme) => {
    const { page, said } = await open(PAPER_PX, 1009, scheme);
    await page.emulateMedia({ media: 'print', colorScheme: scheme });
    expect(await page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--page').trim())).toBe('#ffffff');
    expect(await page.evaluate(lowContrast, 4.5)).toEqual([]);
    expect(await page.evaluate(chartsWithoutMarks)).toEqual([]);
    expect(await wideTables(page)).toBe(0);
    expect(await page.evaluate(cutOff)).toEqual([]);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect((pdf.toString('latin1').match(/\/Type\s*\/Page\b/g) ?? []).length).toBeGreaterThan(3);
    expect(said).toEqual([]);
    await page.close();
  });
});
