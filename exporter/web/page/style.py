"""The style sheet of the pages. All colours are in the palettes."""

from collections.abc import Mapping

# `bar` is a background of text; the colours after it are for text on `back` or `card`.
LIGHT: Mapping[str, str] = {
    "back": "#f4f6f8",
    "card": "#ffffff",
    "line": "#dde3e9",
    "bar": "#d9e8f5",
    "text": "#16202a",
    "soft": "#4d5964",
    "link": "#0b5c94",
    "good": "#146c37",
    "warn": "#8a4b00",
    "bad": "#b3241c",
}
DARK: Mapping[str, str] = {
    "back": "#0e1318",
    "card": "#161d24",
    "line": "#2a343e",
    "bar": "#22405a",
    "text": "#e4e9ee",
    "soft": "#a8b5c1",
    "link": "#7fbdf0",
    "good": "#5fcb8b",
    "warn": "#eeb25a",
    "bad": "#ff9189",
}
BACKGROUNDS = ("back", "card", "bar")

_RULES = """\
*{box-sizing:border-box}
html{background:var(--back);color:var(--text);-webkit-text-size-adjust:100%;text-size-adjust:100%;\
font:14px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
body{margin:0 auto;padding:16px 20px 28px;max-width:1720px;font-variant-numeric:tabular-nums}
a{color:var(--link);text-underline-offset:2px}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
header{display:flex;flex-wrap:wrap;align-items:baseline;gap:2px 18px;margin-bottom:12px}
h1{font-size:18px;margin:0;letter-spacing:-.01em}
h2{font-size:13px;margin:0;font-weight:600}
h2+p,header p{margin:0}
nav{margin-left:auto;display:flex;flex-wrap:wrap;gap:2px 16px}
p,.soft,.fine{overflow-wrap:anywhere}
.soft,.fine,dt,th{color:var(--soft)}
.fine{font-size:.8em;font-weight:400}
.good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}
.about{margin:0 0 12px;color:var(--soft)}
.banner{margin:0 0 12px;padding:8px 12px;border:1px solid;border-radius:8px;background:var(--card)}
.tiles,.cards{display:grid;gap:12px;margin-bottom:12px}
.tiles{grid-template-columns:repeat(auto-fit,minmax(190px,1fr))}
.cards{grid-template-columns:repeat(auto-fit,minmax(min(100%,370px),1fr))}
.tile,.card{background:var(--card);border:1px solid var(--line);border-radius:10px;\
padding:10px 14px 12px;min-width:0}
.tile b{display:block;font-size:20px;line-height:1.3;font-weight:650;letter-spacing:-.02em;\
overflow-wrap:anywhere}
.tile b .fine{font-size:11px;letter-spacing:0;display:inline-block}
.wide,.two{grid-column:1/-1}
.tile p{margin:2px 0 0}
.head{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;\
gap:0 12px;margin-bottom:6px}
.head .soft,.tile .soft{font-size:12px}
.bars{list-style:none;margin:0;padding:0;display:grid;gap:3px}
.bars li{position:relative;display:flex;justify-content:space-between;align-items:baseline;\
gap:12px;padding:1px 8px;min-height:23px;font-size:13px}
.bars svg{position:absolute;inset:0;width:100%;height:100%;border-radius:4px;fill:var(--bar)}
.bars span{position:relative;min-width:0;overflow-wrap:anywhere}
.bars .value{flex:none;text-align:right;max-width:68%}
.bars .more .name{color:var(--soft)}
.none{margin:4px 0;color:var(--soft)}
.scroll{overflow-x:auto;margin:0 -14px;padding:0 14px}
table{border-collapse:collapse;width:100%}
th,td{padding:3px 12px 3px 0;text-align:left;vertical-align:top;font-size:13px}
th:last-child,td:last-child{padding-right:0}
th{font-weight:500;font-size:12px;padding-top:0;white-space:nowrap;\
border-bottom:1px solid var(--line)}
tbody tr+tr td{border-top:1px solid var(--line)}
.num{text-align:right;white-space:nowrap}
.text{overflow-wrap:break-word}
ul.sources{list-style:none;margin:0;padding:0;display:grid;gap:8px}
.sources p{margin:0}.sources ul{margin:2px 0 0}
.time{white-space:nowrap}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 16px;margin:0}
dd{margin:0;overflow-wrap:anywhere}
ul.plain{margin:0;padding-left:18px}
summary{cursor:pointer;color:var(--soft);margin-top:8px}
footer{color:var(--soft);display:flex;flex-wrap:wrap;gap:2px 18px}
footer p{margin:0}
code{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
pre{margin:6px 0 0;white-space:pre-wrap;overflow-wrap:anywhere}
@media (max-width:640px){body{padding:12px 12px 24px}nav{margin-left:0}\
.tiles{grid-template-columns:repeat(2,minmax(0,1fr))}.tile b{font-size:18px}\
dl{grid-template-columns:minmax(0,1fr)}dd{margin-bottom:6px}}
@media (min-width:1200px){.two{grid-column:1/-2}}
@media print{.card,.tile{break-inside:avoid}}
"""


def _variables(palette: Mapping[str, str]) -> str:
    return ":root{" + "".join(f"--{name}:{value};" for name, value in palette.items()) + "}"


STYLE = f"{_variables(LIGHT)}\n@media (prefers-color-scheme:dark){{{_variables(DARK)}}}\n{_RULES}"
