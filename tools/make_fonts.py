"""Cut the fonts that `reports/fonts` ships out of the full ones; run by hand, never in CI.

    python tools/make_fonts.py --sans-regular NotoSansSC_400Regular.ttf \
        --sans-bold NotoSansSC_600SemiBold.ttf --serif-regular NotoSerifSC_400Regular.ttf \
        --serif-bold NotoSerifSC_700Bold.ttf --kai LXGWWenKai-Regular.ttf \
        --mono JetBrainsMono_500Medium.ttf --unihan Unihan_OtherMappings.txt

The sources are static TrueType files under the SIL Open Font License: the npm packages
`@expo-google-fonts/noto-sans-sc`, `…/noto-serif-sc` and `…/jetbrains-mono`, and Debian's
`fonts-lxgw-wenkai`.
`--unihan` is the file of the Unicode Han database that holds kTGH (通用规范汉字表, 8,105
characters). Families get names of our own, since the licence reserves the original ones and a
font of the same name on the machine must never be taken instead.
"""

from __future__ import annotations

import argparse
import re
import zipfile
from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "reports" / "fonts"

RANGES = (
    (0x20, 0x7F),  # ASCII
    (0xA0, 0x180),  # Latin-1, Latin Extended-A
    (0x370, 0x400),  # Greek
    (0x2010, 0x2070),  # dashes, quotes, …
    (0x20A0, 0x20C0),  # currency
    (0x2100, 0x2200),  # ℃ № Ⅰ ← →
    (0x2200, 0x2270),  # ≈ ≥ ≤
    (0x2460, 0x2500),  # ① ⑴ ⒈
    (0x2500, 0x2580),  # lines
    (0x25A0, 0x2600),  # ■ ▲ ● ◆
    (0x2605, 0x2607),  # ★ ☆
    (0x2713, 0x2718),  # ✓ ✗
    (0x3000, 0x3020),  # 。〔〕～
    (0x3220, 0x3230),  # ㈠
    (0xFF00, 0xFFF0),  # full-width forms
)

# Characters of personal and place names that neither GB 2312 nor the table of 8,105 has.
RARE_NAMES = (
    "喆堃赟䶮㼆昇旻祎犇羴淼垚鑫㙍翀玥瑄珺晞晗彧翾旸㛃頔囍璟甯邨峯崑崙堦暘煒瑋璿琍珮瑉甡燊焱"
    "煊燚驫麤赑鱻濬喒祢仝榮國華龍張陳劉黃趙吳孫馬葉鄭馮鄧許蕭謝韓蘇盧賈閻陸銘鋒鈞鑑鎏釗鏵錕"
    "穎瀅瀠瓏琬珅珵琞喦嵒嶽巖淩淛湉溍滎濚灝炘炜烜焮煥燁爔牁玘珒珣琀琎琰璠璥璩瑀瑢瓅畯皛睎硚"
    "禛禕秾稑竑竫筼簃纁罍翂翙艿苧苾茀荦莜菡菼蓂蔺蕺虓蜎袆訚諲讱谖豳赪跱輋迓邕邡邳郃郄郇"
)

FEATURES = ["kern", "palt", "halt", "chws"]


def main() -> None:
    """Write six fonts to `reports/fonts`."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    for name in (
        "sans-regular",
        "sans-bold",
        "serif-regular",
        "serif-bold",
        "kai",
        "mono",
        "unihan",
    ):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    frequent = _symbols() | _gb2312() | _sample() | set(RARE_NAMES)
    # Names of people stand in Song, so only Song carries the whole table; the other faces
    # hand a character that they lack to Song, one by one.
    whole = frequent | _general_standard(args.unihan)
    # 楷体 has narrow quotation marks and schoolbook figures; without them Song's step in.
    kai = frequent - {chr(code) for code in range(0x21, 0x2030)}
    cuts = (
        (args.sans_regular, "PY Hei", "Regular", frequent),
        (args.sans_bold, "PY Hei", "Bold", frequent),
        (args.serif_regular, "PY Song", "Regular", whole),
        (args.serif_bold, "PY Song", "Bold", whole),
        (args.kai, "PY Kai", "Regular", kai),
        (args.mono, "PY Mono", "Regular", {chr(code) for code in range(0x20, 0x7F)}),
    )
    for source, family, style, characters in cuts:
        path = OUT / f"{family.replace(' ', '')}-{style}.ttf"
        missing = cut(source, path, family, style, characters)
        lacking = "".join(sorted(c for c in missing if "一" <= c <= "鿿")) or "none"
        print(f"{path.name}: {path.stat().st_size:,} bytes; Han not in the source: {lacking}")


def cut(source: Path, path: Path, family: str, style: str, characters: set[str]) -> set[str]:
    """Write the part of `source` that draws `characters`; return those that it cannot draw."""
    options = subset.Options(
        layout_features=FEATURES,
        hinting=False,
        notdef_outline=True,
        glyph_names=False,
        name_IDs=[0, 13, 14],
        name_languages=[0x409],
        recalc_timestamp=False,
    )
    options.drop_tables += ["BASE", "STAT", "vhea", "vmtx", "gasp", "prep"]
    font = subset.load_font(str(source), options)
    _widen(font)
    present = {chr(code) for code in font.getBestCmap()}
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(characters & present)))
    subsetter.subset(font)
    _tabulate(font)
    _level(font)
    _rename(font, family, style)
    subset.save_font(font, str(path), options)
    return characters - present


def _widen(font: TTFont) -> None:
    """Give the dash and the middle dot their full-width glyphs, as Chinese setting wants them."""
    if "GSUB" not in font:
        return
    gsub = font["GSUB"].table
    wide: dict[str, str] = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "fwid":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    wide.update(getattr(getattr(table, "ExtSubTable", table), "mapping", {}))
    for table in font["cmap"].tables:
        for code in (0x2014, 0x00B7):
            if code in table.cmap:
                table.cmap[code] = wide.get(table.cmap[code], table.cmap[code])


def _tabulate(font: TTFont) -> None:
    """Give every digit one width, so that columns of numbers align without a font feature."""
    cmap = font.getBestCmap()
    names = [cmap[ord(digit)] for digit in "0123456789" if ord(digit) in cmap]
    if not names:
        return
    widths = font["hmtx"].metrics
    width = max(widths[name][0] for name in names)
    for name in names:
        shift = (width - widths[name][0]) // 2
        glyph = font["glyf"][name]
        glyph.coordinates.translate((shift, 0))
        glyph.recalcBounds(font["glyf"])
        widths[name] = (width, glyph.xMin)


def _level(font: TTFont) -> None:
    """Give every face one ascent and descent, so that mixing them never opens a line."""
    font["hhea"].ascent = font["OS/2"].sTypoAscender = font["OS/2"].usWinAscent = 880
    font["hhea"].descent = font["OS/2"].sTypoDescender = -120
    font["OS/2"].usWinDescent = 120
    font["hhea"].lineGap = font["OS/2"].sTypoLineGap = 0


def _rename(font: TTFont, family: str, style: str) -> None:
    postscript = f"{family.replace(' ', '')}-{style}"
    values = {1: family, 2: style, 3: f"{postscript};pingyi", 4: f"{family} {style}", 6: postscript}
    for name_id, value in values.items():
        font["name"].setName(value, name_id, 3, 1, 0x409)
    font["OS/2"].usWeightClass = 700 if style == "Bold" else 400
    font["OS/2"].fsSelection = (font["OS/2"].fsSelection & ~0x61) | (
        0x20 if style == "Bold" else 0x40
    )
    font["head"].macStyle = 1 if style == "Bold" else 0


def _symbols() -> set[str]:
    return {chr(code) for first, end in RANGES for code in range(first, end)}


def _gb2312() -> set[str]:
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    return set("".join(pair.decode("gb2312", "ignore") for pair in pairs))


def _general_standard(unihan: Path) -> set[str]:
    """Return the 8,105 characters of 通用规范汉字表."""
    lines = re.findall(r"^U\+([0-9A-F]+)\tkTGH\t", unihan.read_text("utf-8"), re.MULTILINE)
    if len(lines) != 8105:
        raise SystemExit(f"{unihan.name}: expected 8,105 characters with kTGH, found {len(lines)}")
    return {chr(int(code, 16)) for code in lines}


def _sample() -> set[str]:
    """Return every character of the sample district and its questionnaires."""
    return {c for text in _sample_texts() for c in text if c.isprintable()}


def _sample_texts() -> Iterable[str]:
    for path in (ROOT / "sample").glob("*.csv"):
        yield path.read_text("utf-8-sig")
    for path in (ROOT / "sample" / "xlsforms").glob("*.xlsx"):
        with zipfile.ZipFile(path) as book:
            for name in book.namelist():
                if name.endswith(".xml"):
                    yield book.read(name).decode("utf-8")


if __name__ == "__main__":
    main()
