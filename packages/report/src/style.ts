// SPDX-License-Identifier: MIT
/** The page's look. Colours are variables: light, dark and print differ in nothing else. */
const LIGHT = `
  --page: #ffffff; --panel: #f6f7f9; --ink: #1a1f27; --muted: #59626f; --line: #dde1e7; --link: #00599c;
  --better: #00735a; --worse: #b54708; --changed: #6547ad;
  --arm-0: #646d7a; --arm-1: #0067b1; --arm-2: #c2500a; --arm-3: #00795c; --arm-4: #a3478f; --arm-5: #8a6d00; --arm-6: #3a3f9e; --arm-7: #7d2e2e;
  --vm-0: #6a5797; --vm-1: #d8b365; --vm-2: #3f948b; --vm-3: #c98bbf; --vm-4: #85742e; --vm-5: #94b5de; --vm-6: #8c4a4a; --vm-7: #b8bf7a;`;
const DARK = `
  --page: #14171c; --panel: #1c2128; --ink: #e8ebef; --muted: #a4adba; --line: #343b45; --link: #7cc0ff;
  --better: #41cda4; --worse: #ff9a5c; --changed: #b9a2f5;
  --arm-0: #a6afbd; --arm-1: #5db2f2; --arm-2: #ff9a5c; --arm-3: #3fcaa0; --arm-4: #e59ad2; --arm-5: #e0c04a; --arm-6: #9fb0ff; --arm-7: #e29a9a;
  --vm-0: #8d79bf; --vm-1: #e0bf78; --vm-2: #5ab4ac; --vm-3: #d9a3d0; --vm-4: #b09c4c; --vm-5: #a9c5e8; --vm-6: #c07a7a; --vm-7: #c9cf92;`;

export const STYLE = `
:root { color-scheme: light dark; ${LIGHT} }
@media screen and (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
header, main, footer { max-width: 1104px; margin: 0 auto; padding: 0 16px; }
header { padding-top: 36px; }
.eyebrow { margin: 0 0 4px; color: var(--muted); font-size: 14px; }
h1 { margin: 0 0 12px; font-size: clamp(25px, 4.5vw, 36px); line-height: 1.2; letter-spacing: -0.012em; text-wrap: balance; }
h2 { margin: 0 0 6px; font-size: 22px; line-height: 1.3; letter-spacing: -0.005em; }
h3 { margin: 28px 0 4px; font-size: 17px; line-height: 1.35; }
h3 small, h4 small { color: var(--muted); font-weight: 400; font-size: 14px; }
h4 { margin: 0 0 2px; font-size: 14px; color: var(--ink); }
h3 + .two { margin-top: 8px; }
section { margin-top: 44px; padding-top: 22px; border-top: 1px solid var(--line); }
p, ul { max-width: 74ch; margin: 8px 0; }
.question { font-size: 18px; color: var(--muted); }
.lead { font-size: 18px; font-weight: 600; margin-top: 18px; }
.muted, figcaption, caption, .note { color: var(--muted); }
.note, figcaption { font-size: 14px; }
.banner { border-left: 4px solid var(--changed); background: var(--panel); padding: 10px 14px; margin: 16px 0; max-width: 74ch; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; padding: 0; margin: 18px 0 0; max-width: none; font-size: 15px; }
nav a { display: inline-block; padding: 4px 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(136px, 1fr)); gap: 8px; margin: 18px 0 0; padding: 0; list-style: none; max-width: none; }
.tiles li { background: var(--panel); border-radius: 6px; padding: 10px 12px; font-size: 14px; color: var(--muted); line-height: 1.35; }
.tiles b { display: block; color: var(--ink); font-size: 24px; font-variant-numeric: tabular-nums; line-height: 1.25; }
.verdicts { list-style: none; padding: 0; max-width: none; }
.verdicts li { padding: 5px 0 5px 26px; position: relative; border-bottom: 1px solid var(--line); }
.verdicts li::before { position: absolute; left: 2px; content: "○"; color: var(--muted); }
.verdicts li.better::before { content: "●"; color: var(--better); }
.verdicts li.worse::before { content: "■"; color: var(--worse); }
.verdicts li.changed::before { content: "●"; color: var(--changed); }
.verdicts li:not(.claim) { color: var(--muted); }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 8px 32px; }
.two ul { padding-left: 20px; }
.two li { margin: 4px 0; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 10px 0 6px; padding: 0; list-style: none; font-size: 14px; max-width: none; }
.legend svg { vertical-align: -1px; margin-right: 6px; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(310px, 100%), 1fr)); gap: 18px 24px; margin-top: 10px; }
figure { margin: 0; min-width: 0; }
svg.chart { display: block; width: 100%; max-width: 400px; height: auto; overflow: visible; color: var(--ink); font-family: inherit; }
svg.chart text { white-space: pre; }
.forest .metric { margin-top: 22px; }
.forest h4 { font-size: 15px; }
.forest .scenario { margin: 8px 0 0; font-size: 14px; color: var(--muted); }
.forest .axis { max-width: 420px; margin-left: 84px; }
.forest .row { display: grid; grid-template-columns: 70px 420px minmax(170px, max-content) 1fr; column-gap: 14px; align-items: center; font-size: 15px; min-height: 24px; }
.forest svg.chart { max-width: 420px; }
.forest .numbers { font-variant-numeric: tabular-nums; }
.claimed { font-weight: 600; }
.claimed.better { color: var(--better); } .claimed.worse { color: var(--worse); } .claimed.changed { color: var(--changed); }
.scroll { overflow-x: auto; margin: 12px 0; max-width: 100%; }
.scroll:focus-visible { outline: 2px solid var(--link); }
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: 14px; padding-bottom: 6px; }
th, td { padding: 5px 14px 5px 0; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--page); }
thead th { color: var(--muted); font-weight: 600; white-space: normal; vertical-align: bottom; }
tbody th { font-weight: 500; }
.words td { text-align: left; white-space: normal; min-width: 120px; }
.words thead th { text-align: left; }
.words ul { margin: 0; padding-left: 18px; }
[scope=colgroup] { text-align: center; border-left: 12px solid var(--page); }
code, pre { font: 13px/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { background: var(--panel); border-radius: 6px; padding: 10px 14px; overflow-x: auto; }
dl { display: grid; grid-template-columns: minmax(110px, 240px) minmax(0, 1fr); gap: 4px 18px; font-size: 15px; margin: 8px 0; }
dt { color: var(--muted); } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
dd ul { margin: 0; padding-left: 18px; }
footer { margin-top: 48px; padding-top: 16px; padding-bottom: 40px; color: var(--muted); font-size: 14px; }
@media screen and (max-width: 720px) {
  section { margin-top: 32px; }
  .forest .axis { margin-left: 0; }
  .forest .row { grid-template-columns: minmax(44px, max-content) max-content 1fr; column-gap: 12px; align-items: baseline; padding: 3px 0 4px; border-bottom: 1px solid var(--line); }
  .forest .strip { grid-row: 2; grid-column: 1 / -1; }
  .forest .strip:empty { display: none; }
  .forest .says { text-align: right; }
  dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: 8px; }
  th, td { padding-right: 12px; }
  tbody th:first-child { white-space: normal; min-width: 120px; max-width: 42vw; }
}
@media print {
  :root { color-scheme: light; }
  body { font-size: 10.5pt; line-height: 1.4; }
  header, main, footer { max-width: none; padding: 0; }
  header { padding-top: 0; }
  nav { display: none; }
  section { margin-top: 18pt; padding-top: 10pt; }
  h2, h3, h4, caption { break-after: avoid; }
  figure, tr, .verdicts li, .banner, .forest .row, .forest .metric { break-inside: avoid; }
  .grid { grid-template-columns: 1fr 1fr; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; max-width: 100%; }
  th, td { padding: 3px 8px 3px 0; white-space: normal; }
  code { font-size: 7.5pt; overflow-wrap: anywhere; }
  th code { overflow-wrap: break-word; }
  .forest .row { grid-template-columns: 48px 290px 150px minmax(0, 1fr); column-gap: 10px; font-size: 9.5pt; min-height: 0; }
  .forest .axis { max-width: 290px; margin-left: 58px; }
  .tiles li { border: 1px solid var(--line); background: none; }
  a { color: inherit; text-decoration: none; }
  @page { margin: 15mm; }
}
`;
