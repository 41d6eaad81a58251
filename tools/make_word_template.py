"""Make the Word template of reports, `reports/templates/report.docx`; the same bytes each time.

    .venv/bin/python tools/make_word_template.py

Page and type are those of GB/T 9704-2012. Styles are named as offices name them, and fonts by the
names that an office's machine has them under; none of those fonts is shipped. A district that
wants a head of its own opens the template in Word, leaves what stands in double braces, and saves.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import docx
from docx.enum.section import WD_SECTION
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from reports.word import settled

OUT = Path(__file__).resolve().parent.parent / "reports" / "templates" / "report.docx"
FANGSONG, XIAOBIAOSONG, KAITI = "仿宋_GB2312", "方正小标宋简体", "楷体_GB2312"
HEITI, SONGTI = "黑体", "宋体"
PITCH = 28.95
RED = RGBColor(0xFF, 0, 0)
LEFT, CENTRE, RIGHT, BOTH = (
    WD_ALIGN_PARAGRAPH.LEFT,
    WD_ALIGN_PARAGRAPH.CENTER,
    WD_ALIGN_PARAGRAPH.RIGHT,
    WD_ALIGN_PARAGRAPH.JUSTIFY,
)

# Name, font, size, line pitch (None: as tall as what stands there), alignment, indent in
# characters, level in the outline, whether it stays with what follows.
STYLES: tuple[tuple[str, str, float, float | None, Any, int, int | None, bool], ...] = (
    ("标识", HEITI, 16, PITCH, LEFT, 0, None, False),
    ("发文字号", FANGSONG, 16, PITCH, CENTRE, 0, None, False),
    ("公文标题", XIAOBIAOSONG, 22, 32, CENTRE, 0, None, True),
    ("题下说明", KAITI, 16, 24, CENTRE, 0, None, False),
    ("一级标题", HEITI, 16, PITCH, BOTH, 2, 0, True),
    ("二级标题", KAITI, 16, PITCH, BOTH, 2, 1, True),
    ("三级标题", FANGSONG, 16, PITCH, BOTH, 2, None, False),
    ("摘要", FANGSONG, 16, PITCH, BOTH, 2, None, False),
    ("表题", HEITI, 10.5, 16, CENTRE, 0, None, True),
    ("图", FANGSONG, 10.5, None, CENTRE, 0, None, True),
    ("图题", HEITI, 10.5, 16, CENTRE, 0, None, False),
    ("表头", HEITI, 10.5, 15, LEFT, 0, None, False),
    ("表格文字", SONGTI, 10.5, 15, LEFT, 0, None, False),
    ("附注", SONGTI, 10.5, 15, LEFT, 0, None, False),
    ("说明", SONGTI, 10.5, 15, BOTH, 2, None, False),
    ("附件标题", HEITI, 14, 24, LEFT, 0, 0, True),
    ("样本不足", HEITI, 14, 24, CENTRE, 0, None, False),
    ("主送机关", FANGSONG, 16, PITCH, LEFT, 0, None, False),
    ("附件说明", FANGSONG, 16, PITCH, LEFT, 2, None, False),
    ("公文附注", FANGSONG, 16, PITCH, LEFT, 2, None, False),
    ("版记", FANGSONG, 14, 20, LEFT, 0, None, False),
    ("发文机关标志", XIAOBIAOSONG, 40, 56, CENTRE, 0, None, False),
    ("红线", FANGSONG, 4, 6, CENTRE, 0, None, False),
    ("落款", FANGSONG, 16, PITCH, RIGHT, 0, None, False),
    ("页码", SONGTI, 14, 16, LEFT, 0, None, False),
    ("核对", SONGTI, 8, 10, CENTRE, 0, None, False),
)

FOOT = "核对码{{ code }}{% if rules %}　规则{{ rules }}{% endif %}　摘要{{ digest }}"
FIELD = (("begin", ""), ("", " PAGE "), ("separate", ""), ("text", "1"), ("end", ""))
STAMP = (
    "数据截止：{{ as_of }}　　核对码：{{ code }}{% if verify %}　　核对：{{ verify }}{% endif %}"
)
FRAME = tuple((side, 12) for side in ("top", "left", "bottom", "right"))
TABLES = (
    ("Table3Lines", "表格", (("top", 12), ("bottom", 12))),
    ("TableForm", "表格（填写）", (*FRAME, ("insideH", 6), ("insideV", 6))),
    ("TableFacts", "表格（摘要）", (("top", 12), ("bottom", 12), ("insideH", 4))),
)
COVER = (
    (None, "{{p head }}"),
    ("标识", "{%p if mark %}"),
    ("标识", "{{ mark }}"),
    ("标识", "{%p endif %}"),
    ("发文字号", "{%p if number %}"),
    ("发文字号", "{{ number }}"),
    ("发文字号", "{%p endif %}"),
    ("公文标题", "{%p for line in title %}"),
    ("公文标题", "{{ line }}"),
    ("公文标题", "{%p endfor %}"),
    ("题下说明", "{%p if occasion %}"),
    ("题下说明", "{{ occasion }}"),
    ("题下说明", "{%p endif %}"),
    (None, "{{p cover }}"),
    (None, "{%p if has_stamp %}"),
    ("附注", STAMP),
    (None, "{%p endif %}"),
    (None, "{{p body }}"),
)


def main() -> None:
    """Write the template."""
    document = docx.Document()
    _styles(document)
    _page(document)
    for name, text in COVER:
        document.add_paragraph(text, style=name)
    _table_styles(document)
    stream = io.BytesIO()
    document.save(stream)
    OUT.write_bytes(settled(stream.getvalue()))


def _styles(document: Any) -> None:
    defaults = document.styles.element.find(qn("w:docDefaults"))
    fonts = defaults.find(".//" + qn("w:rFonts"))
    fonts.attrib.clear()
    _name_fonts(fonts, FANGSONG)
    language = defaults.find(".//" + qn("w:lang"))
    language.set(qn("w:val"), "zh-CN")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal = document.styles["Normal"]
    _set(normal, FANGSONG, 16, PITCH, BOTH, 2)
    for name, font, size, pitch, alignment, indent, level, stays in STYLES:
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style, style.quick_style = normal, True
        _set(style, font, size, pitch, alignment, indent)
        style.paragraph_format.keep_with_next = stays
        if level is not None:
            outline = OxmlElement("w:outlineLvl")
            outline.set(qn("w:val"), str(level))
            style.element.get_or_add_pPr().append(outline)
    spaced = document.styles
    spaced["公文标题"].paragraph_format.space_before = Pt(0)
    spaced["题下说明"].paragraph_format.space_after = Mm(3)
    spaced["表题"].paragraph_format.space_before = Pt(6)
    spaced["图"].paragraph_format.space_before = Pt(6)
    spaced["图题"].paragraph_format.space_after = Pt(6)
    spaced["附注"].paragraph_format.space_after = Pt(6)
    spaced["发文机关标志"].paragraph_format.space_before = Mm(35)
    spaced["发文机关标志"].font.color.rgb = RED
    spaced["红线"].paragraph_format.space_before = Mm(4)
    line = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:top w:val="single" w:sz="18" w:space="1" w:color="FF0000"/>'
        "</w:pBdr>"
    )
    spaced["红线"].element.pPr.insert_element_before(line, "w:shd", "w:tabs", "w:spacing")


def _set(
    style: Any, font: str, size: float, pitch: float | None, alignment: Any, indent: int
) -> None:
    run = style.element.get_or_add_rPr()
    fonts = run.get_or_add_rFonts()
    fonts.attrib.clear()
    _name_fonts(fonts, font)
    style.font.size = Pt(size)
    layout = style.paragraph_format
    layout.alignment = alignment
    layout.space_before = layout.space_after = Pt(0)
    if pitch is None:
        layout.line_spacing = 1.0
    else:
        layout.line_spacing = Pt(pitch)
    layout.widow_control = True
    layout.first_line_indent = Pt(size * indent)
    indented = style.element.pPr.find(qn("w:ind"))
    # In characters, so that the indent follows whoever changes the size.
    indented.set(qn("w:firstLineChars"), str(100 * indent))


def _name_fonts(fonts: Any, name: str) -> None:
    for use in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{use}"), name)
    fonts.set(qn("w:hint"), "eastAsia")


def _page(document: Any) -> None:
    """Set the page of GB/T 9704: 156 × 225 mm of type, 22 lines of 28 characters, odd and even."""
    (section,) = document.sections
    section.start_type = WD_SECTION.NEW_PAGE
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    # The number begins 7 mm below the type: 35 - 7 - (16 + 8 + 10 pt of footer).
    section.footer_distance = Mm(28 - 34 * 25.4 / 72)
    section.header_distance = Mm(15)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    section._sectPr.append(
        parse_xml(f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="579"/>')
    )
    settings = document.settings.element
    document.settings.odd_and_even_pages_header_footer = True
    mirrored = OxmlElement("w:mirrorMargins")
    settings.insert(0, mirrored)
    _footer(section.footer, RIGHT)
    _footer(section.even_page_footer, LEFT)


def _footer(footer: Any, alignment: Any) -> None:
    footer.is_linked_to_previous = False
    number = footer.paragraphs[0]
    number.style = "页码"
    number.alignment = alignment
    layout = number.paragraph_format
    layout.left_indent = layout.right_indent = Pt(14)
    number.add_run("— ")
    for kind, words in (
        ("begin", ""),
        ("", " PAGE "),
        ("separate", ""),
        ("text", "1"),
        ("end", ""),
    ):
        run = number.add_run()
        if kind == "text":
            run.text = words
        elif kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
            run._r.append(mark)
        else:
            code = OxmlElement("w:instrText")
            code.set(qn("xml:space"), "preserve")
            code.text = words
            run._r.append(code)
    number.add_run(" —")
    check = footer.add_paragraph(FOOT, style="核对")
    check.paragraph_format.space_before = Pt(8)


def _table_styles(document: Any) -> None:
    """Add the three-line table for figures and the ruled one for forms."""
    base = '<w:basedOn w:val="TableNormal"/><w:qFormat/>'
    sides = "".join(f'<w:{side} w:w="80" w:type="dxa"/>' for side in ("left", "right"))
    margins = f"<w:tblCellMar>{sides}</w:tblCellMar>"
    for identity, name, edges in TABLES:
        lines = "".join(
            f'<w:{side} w:val="single" w:sz="{width}" w:space="0" w:color="000000"/>'
            for side, width in edges
        )
        document.styles.element.append(
            parse_xml(
                f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="{identity}">'
                f'<w:name w:val="{name}"/>{base}<w:tblPr><w:tblBorders>{lines}</w:tblBorders>'
                f"{margins}</w:tblPr></w:style>"
            )
        )


if __name__ == "__main__":
    main()
