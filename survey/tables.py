"""Tables that people hand in, CSV or Excel, read as text with every fault named."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from survey.errors import Fault, ImportRefused

MAX_BYTES = 5 * 2**20
MAX_ROWS = 50_000
MAX_COLUMNS = 100
MAX_UNPACKED_BYTES = 50 * 2**20
MAX_RATIO = 100
MAX_ENTRIES = 200
MAX_LINES = MAX_ROWS + 100
"""Rows read of a file: titles and notes around a table take some."""
MAX_MERGED = 10_000
# More of them than a person mends one by one.
MAX_NAMED = 1_000
READER_SECONDS = 20
READER = Path(__file__).with_name("sheet_reader.py")

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0"

# Invisible characters that come along with copied text, harmless at the ends of a cell.
_INVISIBLE = "".join(
    map(
        chr,
        [0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), 0x2060, *range(0x2066, 0x206A), 0xFEFF],
    )
)
_EDGES = _INVISIBLE + "".join(c for c in map(chr, range(0x3001)) if c.isspace())
# In the middle of a text they reverse or hide what stands beside them; line feeds may stay.
_BANNED = re.compile(rf"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffd{_INVISIBLE}]")
_FORMULA_ERRORS = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!"}
)
# Text saved by Chinese Excel is almost all in this set; other encodings read by mistake are not.
_PLAUSIBLE_SHARE = 0.95
_SHOWN_CHARS = 40


@dataclass(frozen=True)
class Row:
    """One row of a table: its number in the file (the header is 1) and its cells by header."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """A header and the rows under it that are not blank; `sheet` is empty for CSV.

    `others` are sheets of the workbook that have something in them and were not read, `skipped`
    the rows below the header that a layout did not take for rows, with what stands in them.
    """

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    sheet: str = ""
    header_row: int = 1
    others: tuple[str, ...] = ()
    skipped: tuple[tuple[int, str], ...] = ()


Merged = tuple[int, int, int, int]
"""First row, first column, last row and last column of cells made one."""


@dataclass(frozen=True)
class Sheet:
    """What stands in a file: the rows that are not blank, with their numbers; see `Table`."""

    lines: tuple[tuple[int, list[str]], ...]
    name: str = ""
    merged: tuple[Merged, ...] = ()
    others: tuple[str, ...] = ()
    skipped: tuple[tuple[int, str], ...] = ()


Layout = Callable[[Sheet], Sheet]


def read_table(data: bytes, file_name: str, layout: Layout | None = None) -> Table:
    """Return the table in a CSV or XLSX file; of a workbook, its first visible sheet.

    Every cell is text without spaces at its ends; numbers and days are as a person sees them.
    `layout` may put a sheet in order before: its first row becomes the header.

    Raises:
        ImportRefused: the file cannot be read, or breaks a rule of form.
    """
    if not data.strip():
        raise _refused("文件是空的，请重新导出一份", "the file is empty; export it again")
    if len(data) > MAX_BYTES:
        raise _refused("文件超过5 MB，请分成几份", "the file is over 5 MB; split it")
    if _kind(data, file_name) == ".xlsx":
        sheet = _read_workbook(data)
    else:
        lines = _csv_lines(_decode(data), has_titles=layout is not None)
        sheet = Sheet(tuple(islice(lines, MAX_LINES)))
    if len(sheet.lines) == MAX_LINES:
        raise _too_long()
    if layout is not None:
        sheet = layout(sheet)
    if sheet.merged:
        raise ImportRefused(
            [
                _at(row, column, "请取消合并单元格，每格都填上", "unmerge the cells", sheet.name)
                for row, column, *_ in sheet.merged[:MAX_NAMED]
            ]
        )
    table = _assemble(sheet.lines, sheet.name)
    return replace(table, others=sheet.others, skipped=sheet.skipped)


def check_header(
    table: Table, *, required: Collection[str], optional: Collection[str] = ()
) -> list[Fault]:
    """Return a fault for every column that is missing or unknown."""
    known = [*required, *optional]
    faults = []
    for name in table.header:
        if name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.7)
            zh = f"没有这一列，是不是“{near[0]}”" if near else "没有这一列，请删去或改名"
            en = (
                f'no such column; did you mean "{near[0]}"' if near else "no such column; remove it"
            )
            faults.append(Fault(table.header_row, name, "", zh, en, table.sheet))
    faults += [
        Fault(
            table.header_row, name, "", "缺少这一列，请补上", "this column is missing", table.sheet
        )
        for name in required
        if name not in table.header
    ]
    return faults


def shown(value: str) -> str:
    """Return a cell's text fit for a message: short, and with nothing invisible in it."""
    text = _BANNED.sub(lambda found: f"[U+{ord(found[0]):04X}]", value).replace("\n", " ")
    return text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + "…"


def _refused(zh: str, en: str, *, row: int = 0) -> ImportRefused:
    return ImportRefused([Fault(row, "", "", zh, en)])


def _too_long() -> ImportRefused:
    return _refused(f"超过{MAX_ROWS}行，请分成几份", f"over {MAX_ROWS} rows; split the file")


def _kind(data: bytes, file_name: str) -> str:
    """Return ".csv" or ".xlsx", when name and first bytes agree."""
    suffix = Path(file_name.replace("\\", "/")).suffix.lower()
    if suffix not in (".csv", ".xlsx"):
        raise _refused(
            "只读 .csv 和 .xlsx；旧格式请在 Excel 里另存为 .xlsx",
            "only .csv and .xlsx are read; save other formats as .xlsx",
        )
    if data.startswith(OLE_MAGIC):
        raise _refused(
            "文件加了密码，或是旧版 .xls 改了名；请去掉密码，另存为 .xlsx",
            "the file has a password or is an old .xls renamed; save it as .xlsx without password",
        )
    is_zip = data.startswith(ZIP_MAGIC)
    if is_zip != (suffix == ".xlsx"):
        content = "是 Excel 工作簿" if is_zip else "不是 Excel 工作簿"
        raise _refused(
            f"文件名以 {suffix} 结尾，内容却{content}；请重新导出",
            f"the name ends in {suffix} and the content does not fit; export it again",
        )
    return suffix


def _decode(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = _decoded(data, "utf-16")
    else:
        text = _decoded(data, "utf-8-sig")
        if text is None:
            text = _decoded(data, "gb18030")
            text = text if text is not None and _is_plausible(text) else None
    if text is None or "\0" in text:
        raise _refused(
            "认不出文字编码，请在 Excel 里另存为“CSV UTF-8”",
            "the text encoding is not known; save as CSV UTF-8",
        )
    return text


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _is_plausible(text: str) -> bool:
    """Whether text read as GB18030 looks like Chinese, not like another encoding misread."""
    foreign = [character for character in text if not character.isascii()]
    usual = len("".join(foreign).encode("gb2312", errors="ignore")) // 2
    return usual >= _PLAUSIBLE_SHARE * len(foreign)


def _csv_lines(text: str, *, has_titles: bool) -> Iterator[tuple[int, list[str]]]:
    """Yield number and cells of each row that is not blank, as a spreadsheet counts rows.

    The first line with a separator tells which it is, where titles may stand above the header.
    """
    lines = text.splitlines() if has_titles else [text.partition("\n")[0]]
    # Excel separates by tabs in "Unicode text" and by semicolons in some countries.
    first_line = next((line for line in lines if re.search("[,\t;]", line)), "")
    delimiter = max(",\t;", key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, cells in enumerate(reader, start=1):
            if any(cell.strip() for cell in cells):
                yield number, cells
    except csv.Error:
        raise _refused(
            "从这一行起引号不成对，请检查英文双引号",
            "from this row on quotation marks do not pair",
            row=number + 1,
        ) from None


def _read_workbook(data: bytes) -> Sheet:
    _check_archive(data)
    command = [sys.executable, "-I", str(READER), str(MAX_LINES), str(MAX_MERGED)]
    try:
        done = subprocess.run(  # noqa: S603 - our own script, no shell
            command, input=data, capture_output=True, timeout=READER_SECONDS, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        raise _refused(
            "这份工作簿读不了：可能已损坏，或有内容写到了很远的单元格；请复制到新工作簿再存",
            "this workbook cannot be read: damaged, or cells far outside; copy it into a new one",
        ) from None
    about, *lines = (json.loads(line) for line in done.stdout.splitlines())
    sheet = about["sheet"]
    faults = [
        _at(row, column, "公式没有结果，请改成数值", "put the value, not a formula", sheet)
        for row, column in about["unread"]
    ]
    if faults:
        raise ImportRefused(faults)
    return Sheet(
        tuple((number, cells) for number, cells in lines),
        sheet,
        tuple(tuple(each) for each in about["merged"]),
        tuple(about["others"]),
    )


def _at(row: int, column: int, zh: str, en: str, sheet: str) -> Fault:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return Fault(row, letters, "", zh, en, sheet)


def _check_archive(data: bytes) -> None:
    """Refuse, unread, an archive that is none, is locked, or would unpack into too much."""
    try:
        entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    except zipfile.BadZipFile:
        raise _refused(
            "文件不完整，请重新导出", "the file is incomplete; export it again"
        ) from None
    unpacked = sum(entry.file_size for entry in entries)
    if (
        len(entries) > MAX_ENTRIES
        or unpacked > MAX_UNPACKED_BYTES
        or unpacked > MAX_RATIO * len(data)
    ):
        raise _refused(
            "工作簿展开后太大，请只留要导入的表", "the workbook unpacks too large; keep one sheet"
        )
    names = {entry.filename for entry in entries}
    if "xl/workbook.xml" not in names or any(entry.flag_bits & 1 for entry in entries):
        raise _refused(
            "这不是没有密码的 .xlsx 工作簿，请另存为 .xlsx", "this is not an .xlsx without password"
        )


def _assemble(lines: Iterable[tuple[int, Sequence[str]]], sheet: str = "") -> Table:
    numbered = iter(lines)
    header_row, first = next(numbered, (1, ()))
    header = _trimmed(first)
    faults = _header_faults(header_row, header)
    rows: list[Row] = []
    for number, texts in numbered:
        if len(rows) == MAX_ROWS:
            raise _too_long()
        cells = _trimmed(texts)
        # A workbook has no short rows: cells at the end that are empty are simply not there.
        if not sheet and len(texts) < len(header):
            faults.append(_ragged(number, len(texts), len(header)))
        elif len(cells) > len(header):
            faults.append(_ragged(number, len(cells), len(header)))
        faults += _cell_faults(number, header, cells)
        cells += [""] * (len(header) - len(cells))
        rows.append(Row(number, dict(zip(header, cells, strict=False))))
    if not rows:
        faults.append(Fault(0, "", "", "表头下面没有内容", "there is nothing below the header"))
    if faults:
        raise ImportRefused([replace(fault, sheet=sheet) for fault in faults])
    return Table(tuple(header), tuple(rows), sheet, header_row)


def _trimmed(texts: Sequence[str]) -> list[str]:
    """Return cells without spaces at their ends, and without the empty ones at the end."""
    cells = [text.replace("\r\n", "\n").replace("\r", "\n").strip(_EDGES) for text in texts]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _header_faults(number: int, header: Sequence[str]) -> list[Fault]:
    if len(header) > MAX_COLUMNS:
        raise _refused(f"超过{MAX_COLUMNS}列，请删去多余的列", f"over {MAX_COLUMNS} columns")
    faults = [
        _at(number, position, "这一列没有表头，请补上或删去", "this column has no header", "")
        for position, name in enumerate(header, start=1)
        if not name
    ]
    faults += [
        Fault(
            number, shown(name), "", f"表头出现了{times}次，请只留一列", "this column is repeated"
        )
        for name, times in Counter(filter(None, header)).items()
        if times > 1
    ]
    return faults + [
        Fault(number, shown(name), "", "表头里有看不见的字符，请重新键入", "retype this header")
        for name in header
        if _BANNED.search(name) or "\n" in name
    ]


def _ragged(number: int, found: int, expected: int) -> Fault:
    return Fault(
        number,
        "",
        "",
        f"有{found}格，表头有{expected}列，请对齐；文字里的逗号要用英文双引号括起来",
        f"{found} cells under {expected} columns; quote texts that hold commas",
    )


def _cell_faults(number: int, header: Sequence[str], cells: Sequence[str]) -> list[Fault]:
    faults = []
    for name, text in zip(header, cells, strict=False):
        if _BANNED.search(text):
            zh, en = "里面有乱码或看不见的字符，请重新键入", "retype it; it holds hidden characters"
            faults.append(Fault(number, name, shown(text), zh, en))
        elif text in _FORMULA_ERRORS:
            zh, en = "这是出错的公式，请改成数值", "this is a failed formula; put the value"
            faults.append(Fault(number, name, text, zh, en))
    return faults
