"""The engines that reports could be set with, on the same content: each makes PDF bytes.

`plain` is WeasyPrint as it comes, in a process of its own; `chromium` is the system's, kept open;
`typst` sets the same words, tables and charts from a template of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typst
from markupsafe import Markup

from bench.browser import chromium
from reports.documents import chart
from reports.parts import EvaluationReport, Note, Paragraph, Priorities, Subheading, Table
from reports.typefaces import FONTS

Render = Callable[[str], bytes]
PROJECT = Path(__file__).resolve().parent.parent

_PLAIN = """
import os, struct, sys
os.environ["FONTCONFIG_FILE"] = sys.argv[1]
import logging, weasyprint
logging.getLogger("weasyprint").setLevel(logging.ERROR)
take, give = sys.stdin.buffer, sys.stdout.buffer
while head := take.read(4):
    made = weasyprint.HTML(string=take.read(*struct.unpack(">I", head)).decode()).write_pdf(
        pdf_variant="pdf/a-3u", pdf_tags=True)
    give.write(struct.pack(">I", len(made)) + made)
    give.flush()
"""
_HEAD = """#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm),
  numbering: "— 1 —")
#set text(font: ("PY Song", "PY Hei"), size: 16pt, lang: "zh")
#set par(justify: true, leading: 13pt, first-line-indent: (amount: 2em, all: true))
#show heading: set text(font: ("PY Hei", "PY Song"), size: 16pt)
#show table: set text(size: 10.5pt)
"""


@contextmanager
def plain() -> Iterator[Render]:
    """Yield WeasyPrint without any measure of ours."""
    command = [sys.executable, "-c", _PLAIN, str(FONTS / "fonts.conf")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        take, give = process.stdout, process.stdin
        assert take is not None
        assert give is not None

        def render(html: str) -> bytes:
            data = html.encode()
            give.write(len(data).to_bytes(4, "big") + data)
            give.flush()
            return take.read(int.from_bytes(take.read(4), "big"))

        yield render
        give.close()


@contextmanager
def browser() -> Iterator[Render]:
    """Yield Chromium kept open, with tags; it has the fonts of this machine."""
    with chromium() as opened:
        page = opened.new_page()

        def render(html: str) -> bytes:
            page.set_content(html)
            return page.pdf(prefer_css_page_size=True, tagged=True)

        yield render


@contextmanager
def typst_engine() -> Iterator[Callable[[EvaluationReport], bytes]]:
    """Yield Typst; charts are SVG files beside the source."""
    with tempfile.TemporaryDirectory() as folder:
        fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FONTS)])

        def render(report: EvaluationReport) -> bytes:
            source = Path(folder) / "report.typ"
            source.write_text(_typst(report, Path(folder)), encoding="utf-8")
            compiler = typst.Compiler(str(source), root=folder, font_paths=fonts)
            made = compiler.compile(format="pdf", pdf_standards=["a-3u"])
            assert isinstance(made, bytes)
            return made

        yield render


def _typst(report: EvaluationReport, folder: Path) -> str:
    """Return a report as Typst's source; its charts go into `folder`."""
    lines = [_HEAD, f"#align(center)[#text(22pt, weight: 700)[{_said(''.join(report.title))}]]"]
    facts = [(fact.label, fact.value, fact.note) for fact in report.facts]
    lines += [_table(facts, 3)] if facts else []
    lines += [_said(sentence) + "\n" for sentence in report.summary]
    number = 0
    for section in (*report.sections, *report.annex):
        lines.append(f"= {_said(section.title)}\n" if section.title else "")
        for block in section.blocks:
            if isinstance(block, Paragraph | Note):
                lines.append(_said(block.text) + "\n")
            elif isinstance(block, Subheading):
                lines.append(f"== {_said(block.text)}\n")
            elif isinstance(block, Priorities):
                lines += [_said(f"{each.title}。{each.text}") + "\n" for each in block.entries]
            elif isinstance(block, Table):
                heads = tuple(column.head for column in block.columns)
                lines.append(_table([heads, *block.rows], len(heads)))
            elif block.kind != "certificate":
                number += 1
                picture: Markup = chart(block, f"c{number}")
                (folder / f"{number}.svg").write_text(picture, encoding="utf-8")
                lines.append(f'#image("{number}.svg", width: 156mm, alt: "图{number}")\n')
    return "\n".join(lines)


def _table(rows: list[tuple[str, ...]], columns: int) -> str:
    cells = ", ".join(f"[{_said(cell)}]" for row in rows for cell in row)
    return f"#table(columns: {columns}, stroke: 0.5pt, {cells})\n"


def _said(text: str) -> str:
    """Return text that Typst prints as it is."""
    return "".join(f"\\{each}" if each in "\\#$*_`<>@[]=-+/~'\"" else each for each in text)


def busy_seconds(pid: int | None = None) -> float:
    """Return processor seconds of a process and all below it, living and gone."""
    ticks = os.sysconf("SC_CLK_TCK")
    spent: dict[int, tuple[int, float]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                after = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            spent[int(entry.name)] = int(after[1]), sum(map(int, after[11:15])) / ticks
    top = os.getpid() if pid is None else pid

    def below(number: int) -> bool:
        while number in spent and number != top:
            number = spent[number][0]
        return number == top

    return sum(seconds for number, (_, seconds) in spent.items() if below(number))
