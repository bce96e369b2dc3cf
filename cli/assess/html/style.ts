/** The page's style: the console's colours, light and dark, and A4 for print. */
export const style = `
:root{color-scheme:light dark;--canvas:#f4f6f8;--surface:#fff;--raised:#f7f9fa;--line:#dde3e8;--line-strong:#84919d;
--ink:#14202b;--ink-soft:#44525f;--ink-faint:#5d6b78;--accent:#0a6b57;--live:#0c8a6c;
--grade-a:#0a6b57;--grade-b:#4a6f13;--grade-c:#8a6100;--grade-d:#b4460d;--grade-e:#a3173f;--grade-unknown:#5d6b78;--on-grade:#fff;
--info:#2a5a8a;--info-wash:#e8f0f8;--warning:#7d5200;--warning-wash:#fdf3dc;--warning-bar:#c98a1b;--blocking:#a3173f;--blocking-wash:#fcebf0;
--train:#5b3fa8;--serve:#0b7a5e;--rent:#2878b8;--batch:#58a5a0;--mine:#c77d0a;--sleep:#8a96a1;--sell:#b2477f;--repair:#c2451e;--recycle:#7b5b3a;--withheld:#b9c2ca}
@media screen and (prefers-color-scheme:dark){:root{--canvas:#0c1116;--surface:#131a21;--raised:#182129;--line:#25303a;--line-strong:#5f7080;
--ink:#e8eef3;--ink-soft:#b3c0cb;--ink-faint:#8d9ba8;--accent:#4fd0ac;--live:#3ccf9f;
--grade-a:#3fbf9a;--grade-b:#93b84a;--grade-c:#d8ac3c;--grade-d:#e58a4e;--grade-e:#e8718f;--grade-unknown:#8d9ba8;--on-grade:#0c1116;
--info:#8fbce8;--info-wash:#16283a;--warning:#e6bd63;--warning-wash:#2d2411;--warning-bar:#d8a338;--blocking:#f08ba5;--blocking-wash:#371722;
--train:#a78bea;--serve:#3fbf9a;--rent:#6fb2e6;--batch:#7fcac4;--mine:#e8aa4c;--sleep:#7d8a96;--sell:#e07fb2;--repair:#ec7d58;--recycle:#b6926a;--withheld:#47535e}}
*{box-sizing:border-box}
html{background:var(--canvas);color:var(--ink);font-variant-numeric:tabular-nums;-webkit-text-size-adjust:100%}
body{margin:0;font:14px/1.5 Inter,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif}
main{max-width:1080px;margin:0 auto;padding:28px 24px 8px}
footer{max-width:1080px;margin:0 auto;padding:0 24px 40px;color:var(--ink-soft);font-size:13px}
.wordmark{height:26px;width:auto;display:block;margin-bottom:18px}
h1{font-size:28px;line-height:1.2;margin:0 0 6px;letter-spacing:-.01em}
h2{font-size:19px;line-height:1.3;margin:0 0 12px}
h3{font-size:15px;margin:18px 0 8px}
h4{font-size:13px;margin:16px 0 4px}
p{margin:0 0 10px;max-width:76ch}
.lead{font-size:17px}
.soft{color:var(--ink-soft)}
.loss{color:var(--blocking)}
.mend{color:var(--accent)}
section{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:20px 22px;margin:0 0 18px}
header{margin-bottom:18px}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(200px,1fr));gap:1px;background:var(--line);border:1px solid var(--line);border-radius:8px;overflow:hidden;margin-bottom:16px}
.tile{background:var(--raised);padding:14px 16px}
.tile h2{font-size:12px;font-weight:500;color:var(--ink-soft);margin:0}
.tile .figure{font-size:26px;font-weight:650;line-height:1.25;margin:2px 0}
.tile .soft{font-size:12px;line-height:1.4;margin:0}
.bar{display:flex;gap:2px;height:12px;border-radius:6px;overflow:hidden;margin:0 0 14px}
.bar span{min-width:3px}
nav{display:flex;flex-wrap:wrap;gap:4px 18px;margin:0 2px 18px;font-size:13px}
a{color:var(--accent);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.scroll{overflow-x:auto;margin:0 0 16px}
table{border-collapse:collapse;width:100%;font-size:13px}
caption{text-align:left;color:var(--ink-soft);padding:0 0 6px}
th,td{padding:6px 18px 6px 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
thead th{font-weight:500;font-size:12px;color:var(--ink-soft);vertical-align:bottom;border-bottom-color:var(--line-strong)}
tbody th{font-weight:600}
th:last-child,td:last-child{padding-right:0}
table.fixed{table-layout:fixed;min-width:860px}
.fixed th,.fixed td{overflow-wrap:break-word;padding-right:12px}
.nowrap,tbody th[scope=row] a{white-space:nowrap}
section>:last-child{margin-bottom:0}
.n{text-align:right;white-space:nowrap}
.grade{display:inline-block;min-width:20px;padding:0 5px;margin-right:3px;border-radius:4px;color:var(--on-grade);font-size:12px;line-height:20px;text-align:center}
.verdict{white-space:nowrap}
.verdict i,.key i{display:inline-block;width:10px;height:10px;border-radius:3px;margin-right:6px}
.key{white-space:nowrap;margin-right:14px;color:var(--ink)}
abbr{text-decoration:none;color:var(--ink-faint)}
.finding{display:inline-block;padding:0 7px;border-radius:4px;font-size:12px;line-height:20px;white-space:nowrap;background:var(--info-wash);color:var(--info)}
.finding.warning{background:var(--warning-wash);color:var(--warning)}
.finding.blocking{background:var(--blocking-wash);color:var(--blocking)}
figure{margin:0}
figcaption{color:var(--ink-soft);font-size:13px;margin-top:8px;max-width:none}
.plot{overflow-x:auto}
.plot svg{display:block;width:100%;min-width:560px;height:auto}
.beside{display:grid;grid-template-columns:minmax(0,400px) 1fr;gap:28px;align-items:center}
.beside .plot svg{min-width:280px}
dl{margin:0;display:grid;gap:6px 12px}
.grades{grid-template-columns:auto 1fr;color:var(--ink)}
.facts{grid-template-columns:90px 1fr;font-size:13px}
dt{color:var(--ink-soft)}
dd{margin:0;overflow-wrap:anywhere}
ul{margin:0 0 10px;padding-left:20px}
li{margin:0 0 5px;max-width:90ch}
details{border-top:1px solid var(--line);padding:4px 0}
details[open]{padding-bottom:14px}
summary{cursor:pointer;padding:6px 0}
summary h3{display:inline;margin:0 8px 0 0}
@media screen and (max-width:720px){.scroll table{min-width:660px}main{padding:16px 12px}section{padding:16px 14px}.beside{grid-template-columns:1fr}h1{font-size:23px}}
@media print{@page{size:A4;margin:14mm 12mm}
:root{--canvas:#fff}
body{font-size:10pt}main,footer{max-width:none;padding:0}
section{border:0;border-radius:0;padding:0;margin:0 0 16pt}
h2{break-after:avoid;font-size:14pt}h3,h4,caption{break-after:avoid}
figure,tr,.tiles{break-inside:avoid}
thead{display:table-header-group}
nav{display:none}a{color:inherit;text-decoration:none}
h1{font-size:20pt}.lead{font-size:12pt}footer,figcaption,.facts{font-size:8.5pt}.tile .figure{font-size:16pt}.tile .soft{font-size:8pt}
table{font-size:8pt}thead th{font-size:7.5pt}th,td{padding:3pt 8pt 3pt 0}
table.fixed{font-size:7.5pt}.fixed th,.fixed td{padding-right:5pt}
.finding{font-size:7pt;line-height:1.5;padding:0 4px;white-space:normal}.grade{font-size:7.5pt;line-height:1.6;min-width:16px}
.scroll,.plot{overflow:visible}table.fixed{min-width:0}.plot svg{min-width:0}
.tiles{grid-template-columns:repeat(4,1fr)}
details::details-content{content-visibility:visible;block-size:auto}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
`;
