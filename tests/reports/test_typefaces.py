"""Fonts: an office's own first, ours for every character, what nobody has is named."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from reports.typefaces import FONTS, missing_characters, office_place

ROOT = Path(__file__).parents[2]
PRINT = """
import sys
from reports.pdf import Variant, check_engine, render_pdf
check_engine()
html = "".join(f"<p style=\\"font: {style}\\">满意率䶮" for style in (
    "bold 16pt 'PY Song', 'PY Hei'", "16pt 'PY Song', 'PY Hei'", "16pt 'PY Kai', 'PY Song'"))
sys.stdout.buffer.write(render_pdf(html, variant=Variant.PLAIN, packed=False))
"""


def renamed(source, family, path, letters="满意率"):
    """Write a font of a few letters under another name, as an office might have it."""
    from fontTools import subset

    with TTFont(FONTS / source) as font:
        cutter = subset.Subsetter(subset.Options(name_IDs=["*"], notdef_outline=True))
        cutter.populate(text=letters)
        cutter.subset(font)
        for record in font["name"].names:
            if record.nameID in (1, 3, 4, 16):
                record.string = family
            elif record.nameID == 6:
                record.string = family.replace(" ", "")
        font.save(path)


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Return a document made where an office has put three fonts of its own."""
    home = tmp_path_factory.mktemp("home")
    (home / "fonts").mkdir()
    renamed("PYSong-Bold.ttf", "FZXiaoBiaoSong-B05S", home / "fonts" / "title.ttf")
    renamed("PYHei-Regular.ttf", "FangSong_GB2312", home / "fonts" / "text.ttf")
    renamed("PYKai-Regular.ttf", "KaiTi_GB2312", home / "fonts" / "kai.ttf")
    made = subprocess.run(
        [sys.executable, "-c", PRINT],
        cwd=ROOT,
        env={**os.environ, "XDG_DATA_HOME": office_place(home)},
        capture_output=True,
        check=True,
    )
    return made.stdout


@pytest.mark.parametrize("family", ["FZXiaoBiaoSong", "FangSong", "KaiTi"])
def test_an_office_s_own_fonts_come_first(printed, family):
    assert family.encode() in printed


def test_ours_stand_in_for_what_an_office_s_fonts_lack(printed):
    import pypdfium2

    assert b"PY-Song" in printed
    with pypdfium2.PdfDocument(io.BytesIO(printed)) as document:
        assert document[0].get_textpage().get_text_range().count("满意率䶮") == 3


def test_every_character_of_the_table_of_names_is_there():
    pairs = (bytes((high, low)) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    common = "".join(pair.decode("gb2312", "ignore") for pair in pairs)

    assert missing_characters(common + "喆堃赟䶮㼆昇旻祎犇羴㙍") == ""
    assert missing_characters("，。“”（）〔〕—…～·ABC abc 0123%\n\u200b\u3000") == ""


def test_what_no_font_has_is_named_once():
    assert missing_characters("张\U00030000和\U0002a700、\U00030000😀") == "\U00030000\U0002a700😀"
