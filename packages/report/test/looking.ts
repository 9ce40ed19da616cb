// SPDX-License-Identifier: MIT
/** Functions that run in the page; each is sent there by itself, so it holds all it needs. */

/** What stands beyond the page's right edge, but for what scrolls inside itself. */
export function outside(): string[] {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll('body *')]
    .filter((e) => e.closest('.scroll, pre') === null && e.getBoundingClientRect().right > width + 1)
    .map((e) => `${e.tagName} ${(e.textContent ?? '').trim().slice(0, 40)}: ${Math.round(e.getBoundingClientRect().right)}`);
}

/** Cells of tables that stand beyond the page's right edge, where nothing can be scrolled. */
export function cutOff(): string[] {
  const width = document.documentElement.clientWidth;
  return [...document.querySelectorAll('th, td')]
    .filter((e) => e.getBoundingClientRect().right > width + 1)
    .map((e) => `${e.tagName} ${(e.textContent ?? '').trim().slice(0, 40)}: ${Math.round(e.getBoundingClientRect().right)}`);
}

/** Charts in which nothing is drawn that can be seen, axes aside. */
export function chartsWithoutMarks(): string[] {
  const charts = [...document.querySelectorAll('svg.chart')];
  if (charts.length === 0) return ['no charts at all'];
  return charts
    .filter((chart) => {
      const box = chart.getBoundingClientRect();
      const marks = [...chart.querySelectorAll('path, rect, circle, line')].filter((mark) => mark.closest('[aria-label*="axis"], [aria-label*="grid"]') === null);
      const seen = marks.filter((mark) => {
        const r = mark.getBoundingClientRect();
        const style = getComputedStyle(mark);
        const inside = r.right > box.left && r.left < box.right && r.bottom > box.top - 1 && r.top < box.bottom + 1;
        return inside && r.width + r.height > 1 && (style.fill !== 'none' || style.stroke !== 'none') && style.visibility === 'visible';
      });
      return box.width < 100 || box.height < 10 || seen.length === 0;
    })
    .map((chart) => chart.getAttribute('aria-label') ?? 'a chart without a name');
}

/** Texts that stand out from what is behind them by less than `least`, as WCAG counts it. */
export function lowContrast(least: number): string[] {
  const parse = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r = 0, g = 0, b = 0]: number[]): number => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element: Element): number[] => {
    for (let e: Element | null = element; e !== null; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || (colour[3] ?? 0) === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = new Set<string>();
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].filter((n) => n.nodeType === Node.TEXT_NODE).map((n) => n.textContent?.trim() ?? '').join('');
    if (own === '' || element.getBoundingClientRect().width === 0) continue;
    const style = getComputedStyle(element);
    const [front, back] = [light(parse(element instanceof SVGElement ? style.fill : style.color)), light(behind(element))];
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < least) found.add(`${element.tagName} "${own.slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return [...found];
}
