"""Make the Word templates of documents, `reports/templates/*.docx`; the same bytes each time.

    .venv/bin/python tools/make_word_template.py

One for each way a document is set, as there is one `.html.j2`: `report`, `official`, `letter`,
`landscape`, `form`; for paper ballots `ballot` and `ballot-large`; for promises `board`. Page and
type are those of GB/T 9704-2012. Styles are named as offices name them, headings are Word's own
标题 1 and 标题 2, and fonts have the names that an office's machine has them under; none of those
fonts is shipped. A district that wants a head of its own opens the template in Word, leaves what
stands in double braces, and saves.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import docx
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from reports.word import settled  # noqa: E402 - found through the line above
from reports.word_markup import TWIPS_PER_MM  # noqa: E402

OUT = ROOT / "reports" / "templates"
FANGSONG, XIAOBIAOSONG, KAITI = "仿宋_GB2312", "方正小标宋简体", "楷体_GB2312"
HEITI, SONGTI = "黑体", "宋体"
PITCH = 28.95
"""22 lines on 225 mm, as Word counts them."""

CHARACTER = -5
"""Twentieths of a point between characters: 28 of 3号 on a line of 156 mm."""

RED, DARK_RED = "D7000F", "7A1F12"


@dataclass(frozen=True)
class Style:
    """A paragraph style.

    Attributes:
        name: what it is called; `own` is the name of Word's own style that it is.
        font, size: of its type; `colour` in hex, empty for black.
        pitch: from line to line in points, exactly; None for as tall as what stands there.
        align: "both", "left", "center" or "right".
        indent: of the first line, in characters; `left` of all of them.
        level: in the outline; None for text.
        stays: on the page of what follows.
        above, below: room in points.
        is_whole: never parted by the end of a page.
        rules: the lines around it, as WordprocessingML.
    """

    name: str
    font: str
    size: float
    pitch: float | None = PITCH
    align: str = "both"
    indent: float = 0
    left: float = 0
    level: int | None = None
    stays: bool = False
    above: float = 0
    below: float = 0
    is_whole: bool = False
    is_bold: bool = False
    colour: str = ""
    own: str = ""
    rules: str = ""
    reach: float = 0
    """Millimetres that its lines reach beyond the type on both sides."""


def _rule(side: str, kind: str, width: int, colour: str = "000000", room: int = 0) -> str:
    """Return a line at one side of a paragraph, `width` eighths of a point, `room` points away."""
    line = f'w:val="{kind}" w:sz="{width}" w:space="{room}" w:color="{colour}"'
    return f"<w:pBdr><w:{side} {line}/></w:pBdr>"


NORMAL = Style("正文", FANGSONG, 16, indent=2, own="Normal")
STYLES = (
    NORMAL,
    Style("标识", HEITI, 16, 20, "left"),
    Style("文武线", SONGTI, 4, 6, "left", rules=_rule("top", "thickThinSmallGap", 24)),
    Style("发文机关标志", XIAOBIAOSONG, 42, 46, "center", above=99.2, colour=RED, is_bold=True),
    Style("发文字号", FANGSONG, 16, PITCH, "center", above=2 * PITCH, below=4.5),
    Style("红线", SONGTI, 16, 17, "center", colour=RED, rules=_rule("top", "single", 12, RED)),
    Style("公文标题", XIAOBIAOSONG, 22, 31, "center", stays=True, above=6, own="Title"),
    Style("题下说明", KAITI, 16, 24, "center", below=6),
    Style("一级标题", HEITI, 16, PITCH, "both", 2, level=0, stays=True, own="heading 1"),
    Style("二级标题", KAITI, 16, PITCH, "both", 2, level=1, stays=True, own="heading 2"),
    Style("三级标题", FANGSONG, 16, PITCH, "both", 2),
    Style("摘要", FANGSONG, 16, PITCH, "both", 2),
    Style("主送机关", FANGSONG, 16, PITCH, "left"),
    Style("附件说明", FANGSONG, 16, PITCH, "left", -3, left=5),
    Style("落款", FANGSONG, 16, PITCH, "right"),
    Style("公文附注", FANGSONG, 16, PITCH, "left", 2),
    Style("附件标识", HEITI, 16, PITCH, "left", level=0, stays=True),
    Style("版记", FANGSONG, 14, 20, "left", left=1),
    Style("表题", HEITI, 10.5, 16, "center", stays=True, above=6, below=3),
    Style("图", FANGSONG, 10.5, None, "center", stays=True, above=4),
    Style("图题", HEITI, 10.5, 16, "center", above=2, below=4),
    Style("表头", HEITI, 10.5, 14.5, "left"),
    Style("表格文字", SONGTI, 10.5, 14.5, "left"),
    Style("表格小字", SONGTI, 10.5, 13, "left"),
    Style("表头小字", HEITI, 10.5, 13, "left"),
    Style("表间", SONGTI, 4, 6, "left"),
    Style("附注", SONGTI, 10.5, 15, "left", above=3, below=4),
    Style("说明", SONGTI, 10.5, 14.5, "both", 2),
    Style("样本不足", HEITI, 14, 24, "center"),
    Style("附件标题", HEITI, 14, 20, "left", level=0, stays=True, above=6),
    Style("摘要项目", HEITI, 12, 17, "left"),
    Style("摘要数值", SONGTI, 15, 17, "right", is_bold=True),
    Style("摘要说明", SONGTI, 12, 17, "left", left=0.5),
    Style("证书编号", FANGSONG, 12, 16, "right"),
    Style("证书标题", XIAOBIAOSONG, 36, 50, "center", above=34, below=40, is_bold=True,
          colour=DARK_RED),
    Style("证书称谓", FANGSONG, 18, 30, "left", is_bold=True),
    Style("证书正文", FANGSONG, 18, 34, "both", 2, above=11),
    Style("荣誉名称", XIAOBIAOSONG, 24, 36, "center", above=28, below=62, is_bold=True),
    Style("证书落款", FANGSONG, 16, 28, "right"),
    Style("页码", SONGTI, 14, 16, "left"),
    Style("核对", SONGTI, 8, 10, "center", above=8),
)  # fmt: skip

Changes = dict[str, dict[str, Any]]

OFFICIAL: Changes = {
    "公文标题": {"pitch": PITCH, "above": 2 * PITCH, "below": PITCH},
    "标识": {"pitch": PITCH},
    "附件标题": {"font": XIAOBIAOSONG, "size": 22, "pitch": PITCH, "align": "center",
                 "above": PITCH, "below": PITCH, "level": None, "is_bold": True},
}  # fmt: skip
LETTER: Changes = OFFICIAL | {
    "发文机关标志": {"above": 0, "below": 11.3},
    "发文字号": {"align": "right", "above": 4, "below": 0},
    "红线": {"size": 4, "pitch": 6, "reach": 7,
             "rules": _rule("top", "thickThinSmallGap", 24, RED)},
    "公文标题": {"pitch": PITCH, "above": PITCH, "below": PITCH},
}  # fmt: skip
SMALL: dict[str, Any] = {"font": SONGTI, "size": 10.5, "pitch": 18}
LANDSCAPE: Changes = {
    "正文": {**SMALL, "indent": 0},
    "摘要": {**SMALL, "indent": 0},
    "三级标题": {**SMALL, "indent": 0},
    "标识": {"size": 10.5, "pitch": 18},
    "题下说明": {**SMALL, "align": "left", "below": 2},
    "一级标题": {"size": 12, "pitch": 18, "indent": 0, "above": 8},
    "二级标题": {"size": 12, "pitch": 18, "indent": 0},
    "附件标题": {"size": 12, "pitch": 18, "above": 8},
    "公文标题": {"above": 0},
    "表头": {"size": 9, "pitch": 11.5},
    "表格文字": {"size": 9, "pitch": 11.5},
    "附注": {"size": 9, "pitch": 13},
    "说明": {"size": 9, "pitch": 13, "indent": 0},
    "落款": {"font": SONGTI, "size": 12, "pitch": 20, "above": 12},
}
FORM: Changes = {
    "正文": {"font": SONGTI, "size": 12, "pitch": 18, "above": 2, "below": 3},
    "标识": {"size": 12, "pitch": 18},
    "公文标题": {"above": 0, "below": 4},
    "题下说明": {"font": SONGTI, "size": 12, "pitch": 18, "align": "left", "below": 3},
    "表头": {"size": 12, "pitch": 16},
    "表格文字": {"size": 12, "pitch": 16},
    "表题": {"size": 12, "pitch": 18, "above": 3},
    "图题": {"font": SONGTI, "stays": True, "size": 10.5, "pitch": 14, "above": 14, "below": 4,
             "rules": _rule("top", "dashed", 6, room=5)},
    "说明": {"indent": 0, "above": 4, "pitch": 15},
    "落款": {"font": SONGTI, "size": 12, "pitch": 22, "above": 8, "align": "left"},
    "核对": {"above": 0},
}  # fmt: skip

LARGE = 10 / 7
"""How much larger the type of a ballot in large type is: 15 points where others have 10.5."""

BALLOT_STYLES = (
    Style("评议对象", SONGTI, 12, 18, "center"),
    Style("填票须知", SONGTI, 10.5, 15.5, "left"),
    Style("题目", SONGTI, 10.5, 15.5, "left", stays=True, above=3),
    Style("选项", SONGTI, 10.5, 15.5, "left", left=1.5, below=3, is_whole=True),
    Style("填写线", SONGTI, 10.5, 21.5, "left", left=1.5, rules=(
        '<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="0" w:color="555555"/>'
        '<w:between w:val="single" w:sz="4" w:space="0" w:color="555555"/></w:pBdr>')),
    Style("裁切线", SONGTI, 9, 13, "center", stays=True, above=14,
          rules=_rule("top", "dashed", 8, room=3)),
)  # fmt: skip
BOARD_STYLES = (
    Style("公示单位", XIAOBIAOSONG, 24, 34, "center", below=6, is_bold=True),
    Style("承诺（大）", SONGTI, 16, 23, "left"),
    Style("承诺（中）", SONGTI, 13, 18, "left"),
    Style("承诺（小）", SONGTI, 10.5, 14, "left"),
    Style("扫码提示", XIAOBIAOSONG, 26, 38, "left", is_bold=True),
    Style("扫码说明", HEITI, 16, 24, "left"),
)
BOARD: Changes = {
    "公文标题": {"size": 44, "pitch": 58, "above": 6, "is_bold": True},
    "表头": {"size": 16, "pitch": 24},
}
BALLOT: Changes = {
    "正文": {"font": SONGTI, "size": 10.5, "pitch": 15.5, "indent": 0, "above": 3, "below": 3},
    "公文标题": {"size": 20, "pitch": 28, "above": 2},
    "题下说明": {"font": SONGTI, "size": 10, "pitch": 15, "below": 5},
    "一级标题": {"size": 12, "pitch": 17, "indent": 0, "above": 8, "below": 3},
    "表头": {"size": 9.5, "pitch": 12},
}

FOOT = "核对码{{ code }}{% if rules %}　规则{{ rules }}{% endif %}　摘要{{ digest }}"
STAMP = "数据截止：{{ as_of }}　核对码：{{ code }}{% if verify %}　核对：{{ verify }}{% endif %}"
MARK = (("标识", "{%p if mark %}"), ("标识", "{{ mark }}"), ("标识", "{%p endif %}"))
NUMBER = (
    ("发文字号", "{%p if number %}"),
    ("发文字号", "{{ number }}"),
    ("发文字号", "{%p endif %}"),
)
OCCASION = (
    ("题下说明", "{%p if occasion %}"),
    ("题下说明", "{{ occasion }}"),
    ("题下说明", "{%p endif %}"),
)
BESIDE = (
    ("题下说明", "{%p if occasion or number %}"),
    ("题下说明", "{{ occasion }}\t{{ number }}"),
    ("题下说明", "{%p endif %}"),
)
WHOSE = (
    ("题下说明", "{{ organiser }}{% if mark %}　{{ mark }}{% endif %}"
     "{% if number %}　{{ number }}{% endif %}\t{{ occasion }}"),
)  # fmt: skip
TITLE, HEAD = ((None, "{{p title }}"),), ((None, "{{p head }}"),)
BODY = ((None, "{{p body }}"),)

FRAME = tuple((side, 12) for side in ("top", "left", "bottom", "right"))
GRID = (*FRAME, ("insideH", 6), ("insideV", 6))
LINES = (("top", 12), ("bottom", 12))
BALLOT_COVER = (
    ("文武线", ""),
    ("Title", "{{ title }}"),
    ("评议对象", "评议对象：{{ org_name }}"),
    ("题下说明", "{{ round_title }}{% if organiser %}　组织评议：{{ organiser }}{% endif %}"),
    ("填票须知", "本票不记名。请不要写姓名，也不要做记号；填好折起来，投进票箱。"),
    ("填票须知", "用黑色笔在方框□里打√；除了写明可以多选的，每题只打一个，打了两个这题不算。"
     "打错了把方框涂满■，再打另一个。"),
    *BODY,
)  # fmt: skip
TABLES = (
    ("Table3Lines", "表格", LINES, (35, 50)),
    ("TableForm", "表格（填写）", GRID, (20, 80)),
    ("TableDense", "表格（密）", GRID, (10, 60)),
    ("TableFacts", "表格（摘要）", (*LINES, ("insideH", 4)), (20, 40)),
    ("TableLedger", "表格（台账）", (*LINES, ("insideH", 2), ("insideV", 2)), (35, 35)),
    ("TableBoard", "表格（公示牌）", (("top", 16), ("bottom", 12), ("insideH", 4)), (50, 120)),
    ("TableBare", "表格（无线）", (), (0, 80)),
    ("TableBallot", "表格（评议票）", (*LINES, ("insideH", 2)), (45, 0)),
    ("TableImprint", "表格（版记）", (("top", 8), ("bottom", 8), ("insideH", 6)), (60, 0)),
    ("TableCertificate", "表格（证书）",
     tuple((side, 6) for side in ("top", "left", "bottom", "right")), (0, 900)),
)  # fmt: skip


@dataclass(frozen=True)
class Sheet:
    """A template: its page, and what differs in its styles.

    Attributes:
        cover: what stands above the body, each with its style.
        margins: top, right, bottom, left of an odd page in millimetres.
        changes: what its styles have else, by their names.
        is_numbered: has page numbers.
        scale: of its type; 0 for what is no ballot.
        extra: styles that only it has.
        is_poster: A3, without a foot.
    """

    name: str
    cover: Sequence[tuple[str | None, str]]
    margins: tuple[float, float, float, float] = (37, 26, 35, 28)
    changes: Changes | None = None
    is_wide: bool = False
    is_numbered: bool = True
    is_letter: bool = False
    scale: float = 0
    extra: Sequence[Style] = ()
    is_poster: bool = False


SHEETS = (
    Sheet(
        "report",
        (
            *MARK,
            ("文武线", ""),
            *NUMBER,
            *TITLE,
            *OCCASION,
            (None, "{{p cover }}"),
            ("附注", STAMP),
            *BODY,
        ),
        changes={"发文字号": {"above": 0}},
    ),
    Sheet("official", (*MARK, *HEAD, *TITLE, *BODY), changes=OFFICIAL),
    Sheet("letter", (*HEAD, *MARK, *NUMBER, *TITLE, *BODY), (30, 26, 35, 28), LETTER,
          is_letter=True),
    Sheet("landscape", (*TITLE, *WHOSE, (None, "{{p cover }}"), *BODY), (28, 37, 26, 35),
          LANDSCAPE, is_wide=True),
    Sheet("form", (*MARK, *TITLE, *BESIDE, *BODY), (20, 22, 18, 26), FORM, is_numbered=False),
    Sheet("ballot", BALLOT_COVER, (16, 18, 27, 18), BALLOT, is_numbered=False, scale=1,
          extra=BALLOT_STYLES),
    Sheet("ballot-large", BALLOT_COVER, (16, 18, 27, 18), BALLOT, is_numbered=False, scale=LARGE,
          extra=BALLOT_STYLES),
    Sheet("board", BODY, (16, 20, 8, 20), BOARD, is_wide=True, is_numbered=False,
          extra=BOARD_STYLES, is_poster=True),
)  # fmt: skip


def main() -> None:
    """Write the templates."""
    for sheet in SHEETS:
        document = docx.Document()
        _bare(document)
        _styles(document, sheet)
        _page(document, sheet)
        for name, text in sheet.cover:
            document.add_paragraph(text, style=document.styles[name] if name else None)
        stream = io.BytesIO()
        document.save(stream)
        (OUT / f"{sheet.name}.docx").write_bytes(settled(stream.getvalue()))


def _bare(document: Any) -> None:
    """Take out what python-docx's own template brings along: some 160 styles, a preview."""
    for part in (document.part, document.part.package):
        for key, relation in list(part.rels.items()):
            unwanted = ("stylesWithEffects", "customXml", "numbering", "thumbnail", "webSettings")
            if relation.reltype.rpartition("/")[2] in unwanted:
                part.rels.pop(key)
    root = document.styles.element
    for style in root.findall(qn("w:style")):
        if style.get(qn("w:styleId")) not in ("DefaultParagraphFont", "TableNormal", "NoList"):
            root.remove(style)
    root.remove(root.find(qn("w:latentStyles")))
    settings = document.settings.element
    for child in list(settings):
        settings.remove(child)
    for text in (
        "<w:zoom %s w:percent='100'/>",
        "<w:mirrorMargins %s/>",
        "<w:defaultTabStop %s w:val='420'/>",
        "<w:characterSpacingControl %s w:val='compressPunctuation'/>",
        "<w:compat %s><w:useFELayout/><w:compatSetting w:name='compatibilityMode'"
        " w:uri='http://schemas.microsoft.com/office/word' w:val='15'/></w:compat>",
        "<w:themeFontLang %s w:val='en-US' w:eastAsia='zh-CN'/>",
    ):
        settings.append(parse_xml(text % nsdecls("w")))


def _styles(document: Any, sheet: Sheet) -> None:
    root = document.styles.element
    defaults = root.find(qn("w:docDefaults"))
    root.replace(
        defaults,
        parse_xml(
            f"<w:docDefaults {nsdecls('w')}><w:rPrDefault><w:rPr>{_fonts(FANGSONG)}"
            '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
            "<w:pPrDefault/></w:docDefaults>"
        ),
    )
    changes = sheet.changes or {}
    for style in (*STYLES, *sheet.extra):
        made = replace(style, **changes.get(style.name, {}))
        is_larger = sheet.scale > 1 and made.name not in ("页码", "核对", "文武线", "表间")
        root.append(parse_xml(_style(_larger(made, sheet.scale) if is_larger else made, sheet)))
    if sheet.scale:
        root.append(parse_xml(_small(round(8.5 * sheet.scale * 2))))
    for identity, name, edges, padding in TABLES:
        root.append(parse_xml(_table_style(identity, name, edges, padding)))


def _small(half_points: int) -> str:
    """Return the style of what is set smaller within a line."""
    return (
        f'<w:style {nsdecls("w")} w:type="character" w:customStyle="1" w:styleId="小字">'
        f'<w:name w:val="小字"/><w:qFormat/><w:rPr><w:sz w:val="{half_points}"/>'
        f'<w:szCs w:val="{half_points}"/></w:rPr></w:style>'
    )


def _larger(style: Style, scale: float) -> Style:
    pitch = None if style.pitch is None else round(style.pitch * scale, 1)
    return replace(style, size=round(style.size * scale * 2) / 2, pitch=pitch)


def _style(style: Style, sheet: Sheet) -> str:
    """Return a paragraph style; its parts stand in the order that Word wants."""
    is_normal = style.own == "Normal"
    name = style.own or style.name
    alias = "" if not style.own or is_normal else f'<w:aliases w:val="{style.name}"/>'
    identity = style.own.title().replace(" ", "") if style.own else style.name
    based = "" if is_normal else '<w:basedOn w:val="Normal"/>'
    custom = "" if style.own else ' w:customStyle="1"'
    default = ' w:default="1"' if is_normal else ""
    is_text = style.size == NORMAL.size and style.pitch == PITCH
    reach = -round(style.reach * TWIPS_PER_MM)
    side = f' w:left="{reach}" w:right="{reach}"' if reach else ""
    if style.left:
        whole = round(style.left * style.size * 20)
        side = f' w:leftChars="{round(style.left * 100)}" w:left="{whole}"'
    first = "hanging" if style.indent < 0 else "firstLine"
    indent = abs(style.indent)
    ruled = "auto" if style.pitch is None else "exact"
    line = 240 if style.pitch is None else round(style.pitch * 20)
    tabs = ""
    if style.name == "题下说明" and style.align == "left":
        wide = 225 if sheet.is_wide else 162
        tabs = f'<w:tabs><w:tab w:val="right" w:pos="{round(wide * TWIPS_PER_MM)}"/></w:tabs>'
    level = "" if style.level is None else f'<w:outlineLvl w:val="{style.level}"/>'
    return (
        f'<w:style {nsdecls("w")} w:type="paragraph"{default}{custom} w:styleId="{identity}">'
        f'<w:name w:val="{name}"/>{alias}{based}<w:qFormat/><w:pPr>'
        f'<w:keepNext w:val="{int(style.stays)}"/><w:keepLines w:val="{int(style.is_whole)}"/>'
        f"<w:widowControl/>{style.rules}{tabs}"
        '<w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
        f'<w:snapToGrid w:val="{int(is_text)}"/>'
        f'<w:spacing w:before="{round(style.above * 20)}" w:after="{round(style.below * 20)}"'
        f' w:line="{line}" w:lineRule="{ruled}"/>'
        # In characters, so that the indent follows whoever changes the size.
        f'<w:ind{side} w:{first}Chars="{round(indent * 100)}"'
        f' w:{first}="{round(indent * style.size * 20)}"/>'
        f'<w:jc w:val="{style.align}"/>{level}</w:pPr><w:rPr>{_fonts(style.font)}'
        f'<w:b w:val="{int(style.is_bold)}"/>'
        f'<w:color w:val="{style.colour or "auto"}"/>'
        f'<w:spacing w:val="{CHARACTER if is_text else 0}"/>'
        f'<w:sz w:val="{round(style.size * 2)}"/><w:szCs w:val="{round(style.size * 2)}"/>'
        "</w:rPr></w:style>"
    )


def _fonts(name: str) -> str:
    uses = " ".join(f'w:{use}="{name}"' for use in ("ascii", "hAnsi", "eastAsia", "cs"))
    return f'<w:rFonts w:hint="eastAsia" {uses}/>'


def _page(document: Any, sheet: Sheet) -> None:
    """Set the page of GB/T 9704: 156 × 225 mm of type, 22 lines of 28 characters, odd and even."""
    (section,) = document.sections
    short, long = (297, 420) if sheet.is_poster else (210, 297)
    sides = (long, short) if sheet.is_wide else (short, long)
    section.page_width, section.page_height = map(Mm, sides)
    section.orientation = int(sheet.is_wide)
    top, right, bottom, left = sheet.margins
    section.top_margin, section.right_margin = Mm(top), Mm(right)
    section.bottom_margin, section.left_margin = Mm(bottom), Mm(left)
    section.header_distance = Mm(10)
    # The number begins 7 mm below the type: 35 - 7 - (16 + 8 + 10 pt of footer).
    is_free = sheet.is_wide or not sheet.is_numbered
    section.footer_distance = Mm(5 if sheet.scale else 9) if is_free else Mm(28 - 34 * 25.4 / 72)
    for grid in section._sectPr.findall(qn("w:docGrid")):
        section._sectPr.remove(grid)
    section._sectPr.append(
        parse_xml(f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="579"/>')
    )
    if sheet.scale or sheet.is_poster:
        if sheet.scale:
            _ballot_foot(section.footer)
        return
    document.settings.odd_and_even_pages_header_footer = True
    _footer(section.footer, "right", sheet)
    _footer(section.even_page_footer, "left", sheet)
    if sheet.is_letter:
        section.different_first_page_header_footer = True
        _letter_foot(section.first_page_footer)


def _footer(footer: Any, side: str, sheet: Sheet) -> None:
    footer.is_linked_to_previous = False
    first = footer.paragraphs[0]
    if sheet.is_numbered:
        footer._element.replace(first._element, parse_xml(_number(side)))
        footer.add_paragraph(FOOT, style="核对")
    else:
        first.text, first.style = FOOT, "核对"


def _number(side: str) -> str:
    """Return the page number: — 1 — with one character of room at its side."""
    before, after = (f'<w:r><w:t xml:space="preserve">{dash}</w:t></w:r>' for dash in ("— ", " —"))
    field = f"{before}{_field('PAGE')}{after}"
    return (
        f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="页码"/><w:ind w:left="280" w:right="280"/>'
        f'<w:jc w:val="{side}"/></w:pPr>{field}</w:p>'
    )


def _field(code: str) -> str:
    """Return a number that Word fills in."""
    return "".join(
        f"<w:r>{each}</w:r>"
        for each in (
            '<w:fldChar w:fldCharType="begin"/>',
            f'<w:instrText xml:space="preserve"> {code} </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        )
    )


def _ballot_foot(footer: Any) -> None:
    """Set the mark of the version beside room for its QR code, and the page at the right."""
    footer.is_linked_to_previous = False
    mark = (
        '<w:r><w:t>版本{{ version }}　</w:t></w:r><w:r><w:rPr><w:b/><w:sz w:val="22"/></w:rPr>'
        "<w:t>{{ mark }}</w:t></w:r>"
    )
    note = "<w:r><w:t>题目、选项和次序与问卷定稿一致；改动过的票不能录入。</w:t></w:r>"
    page = "".join(
        f"<w:r><w:t>{words}</w:t></w:r>{_field(code)}"
        for words, code in (("第", "PAGE"), ("页，共", "NUMPAGES"))
    )
    cells = ((1080, ("",)), (6780, (mark, note)), (2006, (f"{page}<w:r><w:t>页</w:t></w:r>",)))
    side = ("left", "left", "right")
    row = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{wide}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        + "".join(
            f'<w:p><w:pPr><w:pStyle w:val="核对"/><w:spacing w:before="0" w:line="260"'
            f' w:lineRule="atLeast"/><w:jc w:val="{align}"/></w:pPr>{words}</w:p>'
            for words in lines
        )
        + "</w:tc>"
        for (wide, lines), align in zip(cells, side, strict=True)
    )
    grid = "".join(f'<w:gridCol w:w="{wide}"/>' for wide, _ in cells)
    last = footer.paragraphs[0]
    last.style = "表间"
    last._p.addprevious(
        parse_xml(
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="9866" w:type="dxa"/><w:tblLayout'
            f' w:type="fixed"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid><w:tr>{row}</w:tr></w:tbl>'
        )
    )


def _letter_foot(footer: Any) -> None:
    """Draw the second red double line, 20 mm from the edge; the check words stand below it."""
    footer.is_linked_to_previous = False
    line = footer.paragraphs[0]
    reach = -round(7 * TWIPS_PER_MM)
    footer._element.replace(
        line._element,
        parse_xml(
            f'<w:p {nsdecls("w")}><w:pPr><w:pStyle w:val="核对"/>'
            f"{_rule('top', 'thinThickSmallGap', 24, RED)}"
            '<w:spacing w:before="0" w:after="0" w:line="40" w:lineRule="exact"/>'
            f'<w:ind w:left="{reach}" w:right="{reach}"/></w:pPr></w:p>'
        ),
    )
    check = footer.add_paragraph(FOOT, style="核对")
    check.paragraph_format.space_before = 0


def _table_style(
    identity: str, name: str, edges: Sequence[tuple[str, int]], padding: tuple[int, int]
) -> str:
    """Return a style of tables: its lines in eighths of a point, its cells' margins in twips."""
    kind = "double" if identity == "TableCertificate" else "single"
    colour = DARK_RED if identity == "TableCertificate" else "000000"
    lines = "".join(
        f'<w:{side} w:val="{kind}" w:sz="{width}" w:space="0" w:color="{colour}"/>'
        for side, width in edges
    )
    high, wide = padding
    margins = "".join(
        f'<w:{side} w:w="{width}" w:type="dxa"/>'
        for side, width in (("top", high), ("left", wide), ("bottom", high), ("right", wide))
    )
    return (
        f'<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="{identity}">'
        f'<w:name w:val="{name}"/><w:basedOn w:val="TableNormal"/><w:qFormat/><w:tblPr>'
        f"<w:tblBorders>{lines}</w:tblBorders><w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
        "</w:style>"
    )


if __name__ == "__main__":
    main()
