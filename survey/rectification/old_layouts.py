"""How ledgers of before lie on their sheets: brought into one head, and one row for one problem.

Titles above the head, heads of two rows, cells made one, sums and notes at the foot, heads that
each page repeats, days that a spreadsheet has turned into numbers. What cannot be told for certain
stays as it is, for whoever reads the rows to name it.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from survey.rectification.old_ledgers import DROPPED, HEADS
from survey.tables import MAX_MERGED, Merged, Sheet, shown

Line = tuple[int, list[str]]
SEARCHED = 12
"""How many rows from the top the head may stand."""
FEWEST = 3
"""Of how many columns at least a head is known by."""
SUMS = ("合计", "总计", "共计", "小计", "累计")
NOTES = ("注", "备注", "说明", "填", "制表", "审核", "单位", "负责人", "联系", "日期", "续", "（续")
SERIAL_ZERO = date(1899, 12, 30)
"""The day that spreadsheets count from."""
SERIALS = range(18_264, 73_051)
"""The days from 1950 to 2099."""
_ALIASES = {alias: name for name, aliases in HEADS.items() for alias in (name, *aliases)}
_YEAR = re.compile(r"(20\d\d)年")
_CLOCK = re.compile(r"\s+\d{1,2}:\d{2}(:\d{2})?$")
_EIGHT = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_BARE = re.compile(r"\d{1,2}月\d{1,2}日")


def laid_out(sheet: Sheet) -> Sheet:
    """Return `sheet` with its head as the first row and problems below; as it is where none is."""
    lines = [(number, [_text(cell) for cell in cells]) for number, cells in sheet.lines]
    at = _head_at(lines)
    if at is None or len(sheet.merged) == MAX_MERGED:
        return sheet
    head, rows_of_head = _head(lines, at)
    above, body = lines[:at], lines[at + rows_of_head :]
    _fill_down(body, sheet.merged, len(head))
    repeated = {text for _, cells in lines[: at + rows_of_head] for text in cells if text}
    kept = [line for line in body if _is_problem(line[1], head, repeated)]
    rows = {number for number, _ in kept}
    skipped = tuple(
        (number, shown(" ".join(filter(None, cells))))
        for number, cells in body
        if number not in rows
    )
    titles = "".join(text for _, cells in above for text in cells) + sheet.name
    years = set(_YEAR.findall(titles))
    _read_days(kept, head, years.pop() if len(years) == 1 else "")
    return replace(sheet, lines=((lines[at][0], head), *kept), merged=(), skipped=skipped)


def plain(head: str) -> str:
    """Return the name of a column without what makes no difference."""
    text = unicodedata.normalize("NFKC", head).replace("(", "（").replace(")", "）")
    return re.sub(r"\s", "", text)


def _text(cell: str) -> str:
    return cell.strip()


def _is_known(name: str) -> bool:
    return plain(name) in _ALIASES or plain(name) in DROPPED


def _head_at(lines: Sequence[Line]) -> int | None:
    """Return which of the first rows is the head: the one with most names of columns."""
    counts = [sum(_is_known(text) for text in cells) for _, cells in lines[:SEARCHED]]
    most = max(counts, default=0)
    if most < FEWEST:
        return None
    at = counts.index(most)
    # Of a head in two rows the lower one may have more of the names.
    upper = lines[at - 1][1] if at else []
    lower = lines[at][1]
    is_upper = any(
        _is_known(text) and not "".join(lower[place : place + 1])
        for place, text in enumerate(upper)
    )
    return at - 1 if is_upper and _head(lines, at - 1)[1] == 2 else at


def _head(lines: Sequence[Line], at: int) -> tuple[list[str], int]:
    """Return the names of the columns, and how many rows they take."""
    upper = lines[at][1]
    lower = lines[at + 1][1] if at + 1 < len(lines) else []
    parts = [
        (_spanning(upper, place), lower[place] if place < len(lower) else "")
        for place in range(max(len(upper), len(lower)))
    ]
    named = [(over, under) for over, under in parts if under]
    if not named or not all(_is_known(under) or _is_known(over + under) for over, under in named):
        return [plain(text) for text in upper], 1
    # A name below says more than the one above it, which several columns share.
    return [
        plain(over + under if under and not _is_known(under) else under or _own(upper, place))
        for place, (over, under) in enumerate(parts)
    ], 2


def _own(upper: Sequence[str], place: int) -> str:
    """Return what stands in the upper row itself."""
    return upper[place] if place < len(upper) else ""


def _spanning(upper: Sequence[str], place: int) -> str:
    """Return the name above a column; one over several columns stands above the first of them."""
    return next((text for text in reversed(upper[: place + 1]) if text), "")


def _fill_down(body: Sequence[Line], merged: Sequence[Merged], columns: int) -> None:
    """Write what stands in cells made one into each row that they reach over."""
    numbers = [number for number, _ in body]
    # Ranges never overlap in a workbook that a spreadsheet made; in others the later ones are left.
    reached: dict[int, int] = {}
    for row, column, last_row, _ in sorted(merged):
        at, end = bisect_left(numbers, row), bisect_right(numbers, last_row)
        if column > columns or row <= reached.get(column, 0) or numbers[at : at + 1] != [row]:
            continue
        reached[column] = last_row
        cells = body[at][1]
        text = cells[column - 1] if column <= len(cells) else ""
        for _, below in body[at + 1 : end]:
            below.extend([""] * (column - len(below)))
            below[column - 1] = below[column - 1] or text


def _is_problem(cells: Sequence[str], head: Sequence[str], repeated: set[str]) -> bool:
    """Whether a row tells of a problem, and is not the head once more, a title, a sum or a note."""
    texts = [text for text in cells if text]
    if sum(_is_known(text) for text in texts) * 2 > len(texts) or repeated.issuperset(texts):
        return False
    told = any(text for name, text in zip(head, cells, strict=False) if _means(name) == "problem")
    is_sum = texts[0].startswith(SUMS) and (len(texts) <= 2 or not told)
    return not (is_sum or (len(texts) <= 2 and texts[0].startswith(NOTES)))


def _means(head: str) -> str:
    return _ALIASES.get(plain(head), "")


def _read_days(lines: Sequence[Line], head: Sequence[str], year: str) -> None:
    """Write days as days; one without a year is of the year in which its problem was found."""
    places: Mapping[str, list[int]] = {
        name: [place for place, text in enumerate(head) if _means(text) == name]
        for name in ("found_date", "due_date", "closed_date")
    }
    for _, cells in lines:
        known = year
        for place in _within(places["found_date"], cells):
            cells[place] = _day(cells[place], known)
            known = cells[place][:4] if cells[place][:4].isdecimal() else known
        for place in _within((*places["due_date"], *places["closed_date"]), cells):
            cells[place] = _day(cells[place], known)


def _within(places: Sequence[int], cells: Sequence[str]) -> Iterator[int]:
    return (place for place in places if place < len(cells))


def _day(text: str, year: str) -> str:
    """Return a day as a person would write it whole; anything else as it is."""
    plain_text = _CLOCK.sub("", unicodedata.normalize("NFKC", text))
    plain_text = plain_text.replace(" ", "").replace("号", "日")
    number = plain_text.partition(".")[0]
    if plain_text.replace(".", "", 1).isdecimal() and len(number) == 5 and int(number) in SERIALS:
        return (SERIAL_ZERO + timedelta(int(number))).isoformat()
    if eight := _EIGHT.fullmatch(plain_text):
        return "-".join(eight.groups())
    if _BARE.fullmatch(plain_text) and year:
        return f"{year}年{plain_text}"
    return plain_text if re.match(r"\d{4}\D", plain_text) else text
