"""Excel workbooks as a scheduling system writes them: phones are numbers, and dates are days since 1900."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from xml.sax.saxutils import escape

Value = str | float | bool | date | datetime | time | None

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel's clock has no zone
_DAY, _CLOCK, _BOTH = 1, 2, 3  # places in the list of styles
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4">'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="20"/><xf numFmtId="22"/></cellXfs></styleSheet>'
)


def a_workbook(sheets: Mapping[str, Sequence[Sequence[Value]]]) -> bytes:
    """Return a workbook with these sheets; None is a cell that is not there."""
    names = list(sheets)
    rels = [f'<Relationship Id="r{at}" Type="{_OFFICE}/worksheet" Target="s{at}.xml"/>' for at in range(len(names))]
    rels.append(f'<Relationship Id="styles" Type="{_OFFICE}/styles" Target="styles.xml"/>')
    listed = [f'<sheet name="{escape(name)}" sheetId="{at + 1}" r:id="r{at}"/>' for at, name in enumerate(names)]
    kinds = "".join(
        f'<Override PartName="/xl/{part}.xml" ContentType="{_EXCEL}.{kind}+xml"/>'
        for part, kind in [("workbook", "sheet.main"), *((f"s{at}", "worksheet") for at in range(len(names)))]
    )
    book = f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_TYPES}"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">{book}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{''.join(listed)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{"".join(rels)}</Relationships>',
        "xl/styles.xml": _STYLES,
    }
    parts |= {f"xl/s{at}.xml": _sheet(sheets[name]) for at, name in enumerate(names)}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def _sheet(rows: Sequence[Sequence[Value]]) -> str:
    lines = [
        f'<row r="{number}">'
        + "".join(_cell(f"{chr(ord('A') + at)}{number}", value) for at, value in enumerate(row) if value is not None)
        + "</row>"
        for number, row in enumerate(rows, start=1)
    ]
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def _cell(place: str, value: Value) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime):
        return f'<c r="{place}" s="{_BOTH}"><v>{(value - _EPOCH).total_seconds() / 86400}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="{_DAY}"><v>{(value - _EPOCH.date()).days}</v></c>'
    if isinstance(value, time):
        return f'<c r="{place}" s="{_CLOCK}"><v>{(value.hour * 60 + value.minute) / 1440}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'
