/**
 * The style sheet of the page.
 *
 * The colours of the series are those of Okabe and Ito, which people with any kind of colour blindness can tell apart,
 * made darker or lighter until each has a contrast of 3 to its background (WCAG 2.2, 1.4.11); text has 4.5 or more.
 *
 * @module
 */

/** The text of the element `style`. It is the same for every page, so that one hash allows it. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fff;--fg:#1b1f24;--soft:#555d68;--card:#f6f7f9;--edge:#d5d9df;--grid:#e3e6ea;--good:#0b6b3a;--warn:#7a4b00;--bad:#a3161b;
--c0:#0063a6;--c1:#c04e00;--c2:#007a58;--c3:#9c3f83;--c4:#8a6400;--c5:#2b7fb5;--c6:#5a5f66}
@media (prefers-color-scheme:dark){:root{--bg:#14171b;--fg:#e8eaed;--soft:#a9b1bb;--card:#1d2126;--edge:#3a4048;--grid:#2b3037;--good:#6fd39b;--warn:#f0b65a;--bad:#ff8f8a;
--c0:#5cb8f0;--c1:#ff9a5c;--c2:#3fcf9f;--c3:#e39acb;--c4:#e6cf4a;--c5:#9fd3f5;--c6:#b4bac2}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;overflow-wrap:anywhere}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1rem}
header{padding-top:1.5rem}footer{padding-bottom:2rem;color:var(--soft);font-size:.875rem}
h1{font-size:1.75rem;line-height:1.2;margin:.2rem 0 .6rem}h2{font-size:1.35rem;margin:2rem 0 .6rem;padding-bottom:.2rem;border-bottom:1px solid var(--edge)}
h3{font-size:1.1rem;margin:1.2rem 0 .4rem}h4,h5{font-size:1rem;margin:1rem 0 .3rem}figcaption :is(h2,h3,h4,h5){margin:0;border:0;padding:0;font-size:1.05rem}
p{margin:.5rem 0}.kind{margin:0;color:var(--soft);font-size:.875rem;letter-spacing:.04em;text-transform:uppercase}
.note{margin:.2rem 0 0;color:var(--soft);font-size:.875rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,11rem),1fr));gap:.75rem;margin:1rem 0}
.tiles div{background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:.6rem .8rem}
.tiles dt{font-size:.875rem;color:var(--soft)}.tiles dd{margin:0;font-size:.875rem;color:var(--soft)}.tiles .value{font-size:1.45rem;line-height:1.3;font-weight:600;color:var(--fg);font-variant-numeric:tabular-nums}
.facts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,18rem),1fr));gap:.1rem 1.5rem;margin:.6rem 0;font-size:.9375rem}
.facts div{display:flex;gap:.6rem}.facts dt{color:var(--soft);flex:0 0 7rem}.facts dd{margin:0;min-width:0}
.message{border:1px solid var(--edge);border-left:.35rem solid var(--tone);background:var(--card);border-radius:.3rem;padding:.5rem .8rem}
.message strong{color:var(--tone)}.good{--tone:var(--good)}.warning{--tone:var(--warn)}.bad{--tone:var(--bad)}
.sentences{padding-left:1.2rem;margin:.5rem 0}.sentences li{margin:.25rem 0}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,26rem),1fr));gap:1rem;align-items:start}
figure{margin:0;max-width:46rem;min-width:0;background:var(--card);border:1px solid var(--edge);border-radius:.5rem;padding:.8rem 1rem}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;margin:.4rem 0 0;padding:0;font-size:.875rem}.legend li{display:flex;align-items:center;gap:.4rem;min-width:0}.key{flex:none}
.chart svg{display:block;width:100%;height:auto;margin:.4rem 0}
svg text{font-size:12px;fill:var(--fg);font-family:inherit}svg .tick,svg .axis{fill:var(--soft);font-size:11.5px}svg .value{font-weight:600}
.s0{--c:var(--c0)}.s1{--c:var(--c1)}.s2{--c:var(--c2)}.s3{--c:var(--c3)}.s4{--c:var(--c4)}.s5{--c:var(--c5)}.s6{--c:var(--c6)}
.grid{stroke:var(--grid);stroke-width:1}.rule{stroke:var(--soft);stroke-width:1;stroke-dasharray:2 3}
.line{fill:none;stroke:var(--c);stroke-width:1.8;stroke-linejoin:round;stroke-linecap:round}.s2 .line,.s5 .line{stroke-dasharray:7 3}.s3 .line,.s6 .line{stroke-dasharray:2 3.5}
.band{fill:var(--c);opacity:.2}.mark{fill:var(--c);stroke:var(--card);stroke-width:.7}.bar{fill:var(--c)}
.room{fill:none;stroke:var(--soft);stroke-dasharray:3 2}.ceiling{stroke:var(--fg);stroke-width:2.5}.whisker{fill:none;stroke:var(--fg);stroke-width:1.6}
.passes{fill:var(--c2)}.unknown{fill:var(--edge)}.vanishes{fill:var(--c1)}.link{stroke:var(--soft);stroke-width:1.5}.node{fill:var(--bg);stroke:var(--fg);stroke-width:1.6}.node.silent{stroke-dasharray:2 2}.node.bad{fill:var(--bad);stroke:var(--bad)}.extent{stroke:var(--c0);stroke-width:5;stroke-linecap:round;opacity:.45}
.scroll{overflow-x:auto;max-width:100%;padding-bottom:.2rem}.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--c0);outline-offset:2px}
table{border-collapse:collapse;font-size:.875rem;font-variant-numeric:tabular-nums;min-width:50%}caption{text-align:left;color:var(--soft);padding:.2rem 0}
th,td{padding:.25rem .7rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid var(--grid);overflow-wrap:normal}thead th{color:var(--soft);font-weight:600;vertical-align:bottom}tbody th{font-weight:400}.n{text-align:right;white-space:nowrap}td.t{min-width:8rem}tbody th{min-width:6rem}td.t:last-child{min-width:11rem}
details{margin:.3rem 0}summary{cursor:pointer;color:var(--soft);font-size:.875rem}
pre{font:13px/1.4 ui-monospace,"Cascadia Mono","DejaVu Sans Mono",Menlo,monospace;margin:.5rem 0;padding:.6rem .8rem;background:var(--card);border:1px solid var(--edge);border-radius:.3rem;width:max-content;min-width:100%}
@media (max-width:34rem){svg text{font-size:15px}svg .tick,svg .axis{font-size:14px}h1{font-size:1.4rem}figure{padding:.7rem .6rem}}
@media print{:root{--bg:#fff;--fg:#000;--soft:#444;--card:#fff;--edge:#bbb;--grid:#ddd;--good:#0b6b3a;--warn:#7a4b00;--bad:#a3161b;--c0:#0063a6;--c1:#c04e00;--c2:#007a58;--c3:#9c3f83;--c4:#8a6400;--c5:#2b7fb5;--c6:#5a5f66}
body{font-size:11pt}main,header,footer{max-width:none}figure,.message,.tiles div{break-inside:avoid}h2,h3,h4{break-after:avoid}.figures{grid-template-columns:1fr 1fr}details:not([open]){display:none}.scroll{overflow:visible}}
`;
