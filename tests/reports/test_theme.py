"""The page of GB/T 9704-2012, measured in the PDF: where text and rules stand, in millimetres."""

import ctypes
from collections import defaultdict
from datetime import datetime
from functools import cache
from itertools import pairwise
from statistics import median

import pypdfium2
import pypdfium2.raw
import pytest

from reports.district_report import compile_district
from reports.documents import report_html
from reports.evaluation import compile_report
from reports.figures import Audience
from reports.ledger import LedgerRow, ledger_html
from reports.official import Imprint, Official, signature_place, title_lines
from reports.parts import EvaluationReport, Paragraph, Section
from reports.pdf import render_pdf
from reports.pdf_variants import Variant
from reports.unit_report import compile_unit

AS_OF = datetime.fromisoformat("2026-09-30T09:05:00+08:00")
MM = 25.4 / 72
PITCH = 225 / 22
SENTENCE = "把群众满意作为根本标准认真做好整改工作"
IMPRINT = Imprint("区委办公室，区政府办公室", "区创先争优活动办公室", "2026年9月30日")
AGENCY = "中共示范区委创先争优活动领导小组文件"


def near(millimetres):
    return pytest.approx(millimetres, abs=0.5)


@cache
def printed(paragraphs=3, layout="official", **around):
    words = {"addressee": "各镇党委", "signed": "区委组织部", "day": "2026年9月30日", **around}
    report = EvaluationReport(
        "notice", "", ("关于群众评议结果的公示",), "", (), (),
        (Section("一、评议情况", (Paragraph(SENTENCE * 12 + "。"),) * paragraphs),),
        (), (), "示范区", AS_OF, number="示创组发〔2026〕5号",
        layout=layout, official=Official(**words),
    )  # fmt: skip
    return pages(render_pdf(report_html(report)))


class Page:
    """Characters and rules of a page: left, top, right, bottom, from the paper's upper left."""

    def __init__(self, page):
        text, self.height = page.get_textpage(), page.get_height()
        self.signs, self.baselines = [], []
        for place in range(text.count_chars()):
            sign = text.get_text_range(place, 1)
            if sign.strip():
                ink, box = (
                    self.turned(text.get_charbox(place, loose=way)) for way in (False, True)
                )
                self.signs.append((sign, ink, box))
                self.baselines.append((self._points(text, place), self._baseline(text, place), ink))
        paths = [each for each in page.get_objects() if each.type == PATH]
        self.rules = [self.turned(each.get_bounds()) for each in paths]

    def turned(self, bounds):
        left, bottom, right, top = bounds
        return (left * MM, (self.height - top) * MM, right * MM, (self.height - bottom) * MM)

    def _points(self, text, place):
        """Return the size of a character: WeasyPrint writes it in CSS pixels."""
        return round(pypdfium2.raw.FPDFText_GetFontSize(text.raw, place) * 0.75, 1)

    def _baseline(self, text, place):
        x, y = ctypes.c_double(), ctypes.c_double()
        pypdfium2.raw.FPDFText_GetCharOrigin(text.raw, place, x, y)
        return (self.height - y.value) * MM

    def body(self, below=0.0):
        """Return baseline → ink of each line of 3号 type that lies below `below`."""
        found = defaultdict(list)
        for points, baseline, ink in self.baselines:
            if points == 16 and max(below, 37) < baseline < 262:
                found[round(baseline, 1)].append(ink)
        return dict(sorted(found.items()))

    def lines(self, top=37, bottom=262):
        """Return the boxes of each line, by where it ends; marks that hang low belong to it."""
        found = defaultdict(list)
        for sign, _, box in self.signs:
            if top <= (box[1] + box[3]) / 2 <= bottom and sign not in "，。、":
                found[round(box[3])].append(box)
        return dict(sorted(found.items()))

    def top_of(self, word):
        """Return where the ink of `word` begins."""
        whole = "".join(sign for sign, _, _ in self.signs)
        at = whole.index(word)
        return min(ink[1] for _, ink, _ in self.signs[at : at + len(word)])

    def find(self, word):
        """Return ink and box of the first character and of the last one of `word`."""
        whole = "".join(sign for sign, _, _ in self.signs)
        at = whole.index(word)
        return self.signs[at], self.signs[at + len(word) - 1]


PATH = pypdfium2.raw.FPDF_PAGEOBJ_PATH


def pages(pdf):
    with pypdfium2.PdfDocument(pdf) as document:
        return [Page(page) for page in document]


@pytest.mark.parametrize("layout", ["official", "report"])
def test_a_page_of_text_has_22_lines_of_28_characters_between_the_margins(layout):
    page = printed(paragraphs=8, layout=layout)[1]
    lines = page.lines()
    ends = list(lines)

    assert len(lines) == 22
    left = min(b[0] for line in lines.values() for b in line)
    for box, wanted in ((left, 26), (ends[0], 44.9)):
        assert box == near(wanted)
    assert (ends[-1] - ends[0]) / 21 == pytest.approx(PITCH, abs=0.05)
    full = [line for line in lines.values() if max(b[2] for b in line) > 181]
    assert len(full) > 15
    for line in full:
        assert max(b[2] for b in line) == near(182)
    assert max(len(line) for line in full) == 28


def test_pages_of_a_sheet_have_their_binding_on_opposite_sides():
    odd, even = printed(paragraphs=8)[:2]

    assert min(b[0] for line in odd.lines().values() for b in line) == near(28)
    assert max(b[2] for line in odd.lines().values() for b in line) == near(184)
    assert min(b[0] for line in even.lines().values() for b in line) == near(26)


@pytest.mark.parametrize("layout", ["official", "report"])
def test_page_numbers_lie_7_mm_below_and_a_character_from_the_edge(layout):
    odd, even = printed(paragraphs=8, layout=layout)[:2]

    for page, number in ((odd, "—1—"), (even, "—2—")):
        first, _ = page.find(number)
        assert first[1][1] == near(262 + 7)
    assert odd.find("—1—")[1][2][2] == near(184 - 14 * MM)
    assert even.find("—2—")[0][2][0] == near(26 + 14 * MM)


@pytest.fixture(scope="module")
def issued(materials, world):
    """Return kind → every report of the sample district that the office reads, as PDF."""
    mine = [m for (_, audience), m in materials.items() if audience is Audience.INTERNAL]
    made = [compile_report(each) for each in mine]
    made += [compile_unit(world[Audience.INTERNAL]), compile_district(world[Audience.INTERNAL])]
    found = defaultdict(list)
    for report in made:
        found[report.subject].append(render_pdf(report_html(report), variant=Variant.PLAIN))
    return found


@pytest.mark.parametrize("kind", ["branch", "window", "unit", "district"])
def test_text_of_reports_stands_on_the_lines_of_the_page_between_tables_and_pictures(issued, kind):
    # Where the first line of a page of nothing but text stands.
    first = min(printed(paragraphs=8, layout="report")[1].body())
    on_lines = full = 0
    for number, page in enumerate(pages(issued[kind][0]), 1):
        left, right = (28, 184) if number % 2 else (26, 182)
        head = page.find("核对码：")[0][2][3] if number == 1 else 0.0
        for baseline, boxes in page.body(below=head).items():
            away = (baseline - first + PITCH / 2) % PITCH - PITCH / 2
            assert away == near(0), f"page {number}, {baseline} mm"
            assert min(box[0] for box in boxes) > left - 0.5
            assert max(box[2] for box in boxes) < right + 0.5
            on_lines += 1
            full += max(box[2] for box in boxes) > right - 3
    assert on_lines > 30
    assert full > 10


@pytest.mark.parametrize(("kind", "least", "most"), [("branch", 3, 5), ("window", 4, 6)])
def test_reports_have_the_pages_that_the_district_asks_for(issued, kind, least, most):
    numbers = []
    for made in issued[kind]:
        with pypdfium2.PdfDocument(made) as document:
            numbers.append(len(document))

    assert len(numbers) > 5
    assert least <= min(numbers) <= max(numbers) <= most
    assert median(numbers) == 5


def test_page_numbers_of_landscape_tables_stand_where_those_of_portrait_pages_do():
    rows = [LedgerRow("整改中", (str(n),) + ("等候时间长",) * 13) for n in range(30)]
    odd, even = pages(render_pdf(ledger_html(rows, as_of=AS_OF)))[:2]
    dashes = [[box for sign, *box in page.signs if sign == "—"] for page in (odd, even)]

    for (first, last), (start, end) in zip(dashes, ((0, 179.06), (30.94, 0)), strict=True):
        # Turned back by 90°, x of the sheet is its height, and the foot lies at the left.
        assert 297 - first[0][2] == near(262 + 7)
        assert (last[1][3] == near(end)) if end else (first[1][1] == near(start))


def test_the_red_head_stands_where_the_standard_puts_it():
    page = printed(agency=AGENCY, has_star=True)[0]
    number, title = page.find("示创组发〔2026〕5号")[0], page.find("关于群众")[0]
    (line,) = [rule for rule in page.rules if rule[2] - rule[0] > 100]

    assert page.top_of(AGENCY) == near(37 + 35)
    assert (page.find(AGENCY)[0][2][0] + page.find(AGENCY)[1][2][2]) / 2 == near(28 + 78)
    assert number[2][0] + page.find("示创组发〔2026〕5号")[1][2][2] == near(2 * (28 + 78))
    assert (line[0], line[2]) == (near(28), near(184))
    assert line[1] - page.find("〔2026〕")[0][1][3] == near(4)
    # Two empty lines, and the room above the letters of the third.
    assert title[1][1] - line[3] == near(2 * PITCH + (PITCH - 22 * MM) / 2 + 0.6)
    assert page.find("★")[0][1][1] < line[1] < page.find("★")[0][1][3]


def test_name_and_date_leave_room_for_a_seal():
    page = printed(1)[0]
    name, day = page.find("区委组织部"), page.find("2026年9月30日")
    text_ends = max(end for end in page.lines(bottom=name[0][2][1] - 1))

    assert day[1][2][2] == near(184 - 4 * 156 / 28)
    assert name[0][2][0] + name[1][2][2] == near(day[0][2][0] + day[1][2][2])
    assert name[0][2][3] - text_ends == near(3 * PITCH)
    assert day[0][2][3] - name[0][2][3] == near(PITCH)


def test_without_a_seal_the_date_begins_two_characters_further_in_than_the_name():
    page = printed(1, is_sealed=False, signed="示范区党支部示范点创建领导小组")[0]
    name, day = page.find("示范区党支部示范点"), page.find("2026年9月30日")

    assert page.find("创建领导小组")[1][2][2] == near(184 - 2 * 156 / 28)
    assert day[0][2][0] - name[0][2][0] == near(2 * 156 / 28)


@pytest.mark.parametrize("signed", ["办", "办" * 28, "办" * 40])
@pytest.mark.parametrize("is_sealed", [True, False])
def test_a_signature_never_leaves_the_page(signed, is_sealed):
    place = signature_place(Official(signed=signed, day="2026年12月30日", is_sealed=is_sealed))

    assert place.name >= 0
    assert place.day >= 0
    assert place.name + min(len(signed), 28) <= 28.001


@pytest.mark.parametrize("paragraphs", [1, 4, 8])
def test_the_imprint_ends_the_last_page_which_is_an_even_one(paragraphs):
    found = printed(paragraphs, imprint=IMPRINT)
    last = found[-1]
    first, inner, end = sorted(last.rules)[:1], last.rules, last.find("印发")

    assert len(found) % 2 == 0
    assert "抄送：区委办公室" in "".join(sign for sign, _, _ in last.signs)
    assert max(rule[3] for rule in last.rules) == near(262)
    assert all(rule[2] - rule[0] == near(156) for rule in last.rules)
    assert end[1][2][2] == near(182 - 14 * MM)
    assert first
    assert len(inner) == 3


def test_a_page_before_the_imprint_that_stays_blank_has_no_number():
    for lines in range(4, 8):
        found = printed(3, attachments=("附",) * lines, imprint=IMPRINT)
        blank = [page for page in found if not page.lines()]
        if blank:
            assert len(found) % 2 == 0
            for page in (*blank, found[-1]):
                assert "—" not in {sign for sign, _, _ in page.signs}
            return
    raise AssertionError("no length left a page blank")


def test_a_letter_has_red_double_lines_and_no_number_on_its_first_page():
    found = printed(6, agency="示范区创建办", is_letter=True)
    first = found[0]
    doubles = [rule for rule in first.rules if rule[2] - rule[0] == near(170)]

    assert first.top_of("示范区创建办") == near(30)
    assert min(rule[1] for rule in doubles) - first.find("示范区创建办")[0][1][3] == near(4)
    assert max(rule[3] for rule in doubles) == near(297 - 20)
    assert {round(rule[0]) for rule in doubles} == {20}
    assert "—" not in {sign for sign, _, _ in first.signs}
    assert found[1].find("—2—")


@pytest.mark.parametrize(
    "parts",
    [
        ("关于示范区2026年第三季度", "党支部和窗口单位群众评议结果的公示"),
        ("关于印发《示范区群众评议与整改工作办法（试行）》的通知",),
        ("示范区" * 20,),
        ("公示",),
    ],
)
def test_title_lines_are_a_trapezoid(parts):
    lines = title_lines(parts)
    widths = [len(line) for line in lines]
    steps = [b - a for a, b in pairwise(widths)]

    assert "".join(lines) == "".join(parts)
    assert all(width <= 23 for width in widths)
    # An hourglass is wide, narrow, wide.
    assert not any(a < 0 < b and min(-a, b) > 2 for a, b in pairwise(steps))
