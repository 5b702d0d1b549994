"""How the picture looks: colours for light and dark, shapes of the marks, and the page around."""

from notifier.cli.picture.markup import plain, tag
from notifier.cli.picture.paper import CHART, CHART_END, HOUR, MARGIN, write_wall

COLOURS = """
:root{color-scheme:light dark;--back:#fff;--panel:#fafbfd;--line:#dfe4ec;--quiet:#d9dfeb;--ink:#18212f;--soft:#5b677a;
--text:#0b7a75;--critical:#4a3fcf;--late:#b85c00;--held:#66758c;--bad:#c4262e;--off:#7a8699}
@media(prefers-color-scheme:dark){:root{--back:#10141b;--panel:#1a2029;--line:#2c3542;--quiet:#0a0d12;--ink:#e8edf5;
--soft:#9aa7ba;--text:#3cc4b8;--critical:#a59bff;--late:#f5a34a;--held:#94a3b8;--bad:#ff7b80;--off:#6b7688}}
"""

PICTURE = """
.timeline{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums;print-color-adjust:exact;-webkit-print-color-adjust:exact}
.timeline text{fill:var(--ink)}
.timeline .name{font-size:20px;font-weight:650}
.timeline .day{font-size:13px;font-weight:650}
.timeline .day tspan{font-weight:400}
.timeline .day tspan,.timeline .gap{fill:var(--soft);font-size:11px}
.hour{fill:var(--soft);font-size:11px;text-anchor:middle}
.timeline .step{text-anchor:end;font-weight:600}
.timeline .step tspan{text-anchor:start;font-weight:400}
.timeline .note,.timeline .mark{font-size:11px}
.timeline .mark{paint-order:stroke;stroke:var(--panel);stroke-width:3px;stroke-linejoin:round}
.timeline .headline{fill:var(--soft)}
.timeline .end{text-anchor:end}
.timeline .mark.strong{font-weight:700}
.back{fill:var(--back)}
.panel{fill:var(--panel)}
.line{fill:none;stroke:var(--line)}
.quiet{fill:var(--quiet);fill-opacity:.75}
.jump{fill:var(--late);fill-opacity:.3}
.care{fill:var(--ink)}
.tick{stroke:var(--soft);stroke-dasharray:2 2}
.now{stroke:var(--bad);stroke-width:1.5}
.planned{color:var(--text)}.critical{color:var(--critical)}.late{color:var(--late)}.held{color:var(--held)}
.too-late,.no-window{color:var(--bad)}.off,.skipped{color:var(--off)}
.window{fill:currentColor;fill-opacity:.28}
.held .window,.too-late .window,.no-window .window,.off .window,.skipped .window{fill-opacity:.06;stroke:currentColor;
stroke-dasharray:4 3}
.lines{fill:url(#lines)}
.beyond,.delay{fill:none;stroke:currentColor;stroke-width:2}
.delay{stroke-dasharray:1 3}
.solid{fill:currentColor;stroke:var(--panel);stroke-width:1.5}
.hollow{fill:var(--panel);stroke:currentColor;stroke-width:2}
.stroke{fill:none;stroke:currentColor;stroke-width:2.5;stroke-linecap:round}
.timeline .off .step,.timeline .skipped .step{fill:var(--soft)}
"""

PAGE = """
*{box-sizing:border-box}
body{margin:0 auto;padding:28px 20px 60px;max-width:1040px;background:var(--back);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;
font-variant-numeric:tabular-nums}
h1{margin:0;font-size:26px;line-height:1.25}
body>p{margin:4px 0 18px;color:var(--soft)}
.scroll{overflow-x:auto}
.timeline{display:block;width:100%;min-width:760px;height:auto}
details{margin-top:14px;border:1px solid var(--line);border-radius:12px}
summary{padding:12px 16px;cursor:pointer;overflow-wrap:anywhere}
summary bdi{font-weight:650;font-size:17px}
summary span{margin-left:12px;color:var(--soft)}
summary b,h3 b{padding:1px 8px;border:1px solid;border-radius:9px;font-size:12px;font-weight:600;white-space:nowrap}
summary b,h3 b{margin-left:8px}
details>p{margin:0;padding:0 16px 12px;color:var(--soft)}
ol{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:18px 20px;margin:0;padding:12px 16px 20px;
list-style:none}
li{break-inside:avoid;min-width:0}
h3{margin:0;font-size:13px}
small{display:block;color:var(--soft);font-size:12px;overflow-wrap:anywhere}
li p{margin:4px 0;padding:9px 13px;border-radius:16px 16px 16px 4px;background:var(--quiet);overflow-wrap:anywhere;
white-space:pre-wrap;unicode-bidi:plaintext;color:var(--ink)}
.off p,.skipped p,.too-late p,.no-window p{background:none;border:1px dashed;color:var(--soft)}
.held p{background:none;border:1px dashed var(--held)}
@media print{body{padding:0;max-width:none}details{border:0}.timeline{min-width:0;break-inside:avoid}
details::details-content{content-visibility:visible;height:auto}li p{print-color-adjust:exact;
-webkit-print-color-adjust:exact}}
"""

_SHAPES = (
    '<circle id="dot" class="solid" r="6"/>'
    '<path id="gem" class="solid" d="M0-8 8 0 0 8-8 0z"/>'
    '<circle id="ring" class="hollow" r="5.5"/>'
    '<path id="hollow-gem" class="hollow" d="M0-7 7 0 0 7-7 0z"/>'
    '<path id="cross" class="stroke" d="M-5-5 5 5M5-5-5 5"/>'
    '<path id="barred" class="stroke" d="M-4-4 4 4M6 0A6 6 0 1 1-6 0 6 6 0 1 1 6 0"/>'
    '<path id="dash" class="stroke" d="M-5 0H5"/>'
    '<path id="before" class="beyond" d="M8-4 3 0 8 4"/>'
    '<path id="after" class="beyond" d="M-8-4-3 0-8 4"/>'
)


def definitions(country: str) -> str:
    """Return what all pictures of a page share: the shapes, and the hours as they are written in a country."""
    hours = range(0, 25, 3)
    names = (tag("text", plain(write_wall(hour * 60, country)), class_="hour", x=CHART + hour * HOUR) for hour in hours)
    lines = tag("path", class_="line", d="".join(f"M{CHART + hour * HOUR} 0V9" for hour in hours))
    return tag(
        "defs",
        _SHAPES,
        tag("g", *names, id="hours"),
        tag("pattern", lines, id="lines", width=CHART_END + MARGIN, height=9, patternUnits="userSpaceOnUse"),
    )
