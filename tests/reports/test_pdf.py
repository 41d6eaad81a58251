"""PDFs: bundled fonts and files only, the same bytes every time, hostile text inert."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from reports import pdf
from reports.documents import prose
from reports.pdf import PdfNotPossible, check_engine, is_bundled, render_pdf

PAGE = (
    '<html lang="zh-CN"><head><meta name="dcterms.created" content="2026-09-16T09:05:00+08:00">'
    "<style>@page {{ size: A4; margin: 30mm }} html {{ font: 16pt/29pt 'PY Song', 'PY Hei' }}"
    "p {{ margin: 0; text-align: justify }} b {{ font-family: 'PY Hei' }}"
    "i {{ font: 16pt 'PY Kai', 'PY Song' }}</style></head><body>{body}</body></html>"
)
POLYGLOTS = (
    "<script>alert(1)</script>",
    '"><svg/onload=alert(1)>',
    "{{7*7}}",
    "${7*7}",
    "</style><style>@import url(http://169.254.169.254/a.css)",
    '<img src="http://169.254.169.254/x.png">',
    '<img src="file:///etc/passwd">',
    '<link rel="attachment" href="file:///etc/passwd">',
    '<object data="http://169.254.169.254/"></object>',
    "=HYPERLINK(1)",
    "%s%n",
    "\ufeff\u2028",
    "\u202e颠倒\u2066",
    "𠀀𪜀𫝀𫠠𬺰𰀀",
    "👨\u200d👩\u200d👧",
    "Z" + "\u0335" * 500,
    "a" * 1000,
)


def render(body, **options):
    return render_pdf(PAGE.format(body=body), **options)


def text_of(data):
    with pypdfium2.PdfDocument(data) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


def fonts_of(data):
    names, embedded = set(), []
    with pikepdf.open(io.BytesIO(data)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
                names.add(str(item["/FontName"]).split("+")[-1])
                embedded.append("/FontFile2" in item or "/FontFile3" in item)
    return names, embedded


def test_this_machine_can_make_documents():
    check_engine()


def test_a_missing_font_is_named(monkeypatch, tmp_path):
    monkeypatch.setattr(pdf, "FONTS", tmp_path)

    with pytest.raises(PdfNotPossible, match="PYSong-Regular"):
        check_engine()


def test_only_the_bundled_fonts_are_embedded():
    data = render(
        "<p>宋 <b>黑</b> <i>楷㙍 1</i> <s style='font-family:Arial,SimSun'></s>䶮𠮷👨Z\u0335</p>"
    )

    names, embedded = fonts_of(data)

    assert names <= {"PY-Song", "PY-Song-Bold", "PY-Hei", "PY-Hei-Bold", "PY-Kai", "PY-Mono"}
    assert embedded
    assert all(embedded)


def test_text_can_be_copied_out_as_it_was_put_in():
    assert "喆堃赟䶮㼆昇旻祎犇羴㙍“满意率”86.0%" in text_of(
        render(f"<p>{prose('喆堃赟䶮㼆昇旻祎犇羴㙍“满意率”86.0%')}</p>")
    )


def test_the_same_document_gives_the_same_bytes_in_another_process():
    body = "<p>" + "满意率86.0%（74/86），" * 20 + "</p>"
    script = (
        "import sys; from reports.pdf import render_pdf;"
        f"sys.stdout.buffer.write(render_pdf({PAGE.format(body=body)!r}))"
    )

    other = subprocess.run(
        [sys.executable, "-c", script],
        cwd=Path(pdf.__file__).parents[1],
        env={**os.environ, "PYTHONHASHSEED": "7"},
        capture_output=True,
        check=True,
    )

    assert other.stdout == render(body) == render(body)


def test_lines_of_chinese_fill_the_measure():
    body = f"<p>{prose('收到评议票96张，有效票90张；满意率（满意以上）86.0%（74/86），' * 6)}</p>"
    with pypdfium2.PdfDocument(render(body)) as document:
        page = document[0].get_textpage()
        ends = {}
        for index in range(page.count_chars()):
            _, bottom, right, _ = page.get_charbox(index)
            ends[round(bottom / 29)] = max(right, ends.get(round(bottom / 29), 0))
    right_edge = (210 - 30) / 25.4 * 72

    full = sorted(ends.values())[1:]
    assert sum(right_edge - end < 9 for end in full) >= len(full) - 1
    assert max(ends.values()) < right_edge + 1


@pytest.mark.parametrize("text", POLYGLOTS)
def test_hostile_text_is_printed_and_nothing_is_fetched(text, monkeypatch):
    asked = []
    monkeypatch.setattr(pdf, "is_bundled", lambda url: asked.append(url))

    data = render(f"<p>{prose(text)}</p>")

    assert asked == []
    with pikepdf.open(io.BytesIO(data)) as document:
        assert len(document.pages) <= 2
        assert "/Names" not in document.Root
    for word in ("alert(1)", "passwd"):
        assert (word in text_of(data).replace("\r\n", "")) == (word in text)


@pytest.mark.parametrize(
    "tag",
    [
        '<img src="http://169.254.169.254/latest">',
        '<img src="file:///etc/hostname">',
        '<img src="../pyproject.toml">',
        '<img src="fonts/../../README.md">',
        '<img src="data:image/png;base64,AAAA">',
        '<link rel="stylesheet" href="https://example.org/a.css">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<p style="background:url(ftp://example.org/a)">',
    ],
)
def test_even_markup_reaches_nothing_outside_the_bundle(tag):
    data = render(f"{tag}<p>后面的字</p>")

    assert "后面的字" in text_of(data)
    with pikepdf.open(io.BytesIO(data)) as document:
        assert not document.attachments


def test_addresses_are_judged_after_every_step_up_and_link(tmp_path):
    root = Path(pdf.__file__).parent

    assert is_bundled((root / "styles" / "report.css").as_uri())
    assert not is_bundled(f"{root.as_uri()}/../pyproject.toml")
    assert not is_bundled(f"{root.as_uri()}/%2e%2e/pyproject.toml")
    assert not is_bundled(f"file://host{root}/styles/report.css")
    assert not is_bundled("https://example.org/reports/styles/report.css")


def test_fonts_hold_the_characters_that_names_and_forms_need():
    from fontTools.ttLib import TTFont

    names = "喆堃赟䶮㼆昇旻祎犇羴㙍"
    pairs = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    han = set("".join(pair.decode("gb2312", "ignore") for pair in pairs)) | set(names)
    marks = set("〔〕（）“”—…～·●○◆◇■□▲★①②③→")

    for name in pdf.FONT_FILES[:5]:
        held = {chr(code) for code in TTFont(pdf.FONTS / name).getBestCmap()}
        assert han <= held, name
    held = {chr(code) for code in TTFont(pdf.FONTS / pdf.FONT_FILES[0]).getBestCmap()}
    assert marks <= held
    assert len([c for c in held if "\u3400" <= c <= "\u9fff" or c > "\U00020000"]) > 8105
