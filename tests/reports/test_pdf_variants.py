"""What an issued PDF promises: ISO 14289-1 for screen readers, ISO 19005-3 for archives."""

import io
import json
import subprocess
from datetime import UTC, datetime

import pikepdf
import pytest

from reports.pdf import render_pdf
from reports.pdf_variants import Attached, Variant
from tests.reports.test_speed import document

FIGURES = Attached(
    "数据.json",
    json.dumps({"满意率": "86.0%"}, ensure_ascii=False).encode(),
    "报告的数据",
    datetime(2026, 9, 16, tzinfo=UTC),
)


@pytest.fixture(scope="module")
def issued():
    return render_pdf(document(), attachments=[FIGURES])


@pytest.fixture(scope="module")
def opened(issued):
    with pikepdf.open(io.BytesIO(issued)) as pdf:
        yield pdf


def elements(pdf, kind):
    return [
        each
        for each in pdf.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/S") == kind and "/P" in each
    ]


def test_both_promises_are_said(opened):
    metadata = opened.open_metadata()

    assert metadata.pdfa_status == "3U"
    assert metadata["pdfuaid:part"] == "1"
    assert metadata["dc:title"] == "报告"
    assert "pdfaExtension" in opened.Root.Metadata.read_bytes().decode()
    assert "/GTS_PDFA1" in [str(each.S) for each in opened.Root.OutputIntents]
    assert opened.trailer.get("/ID") is not None


def test_structure_title_and_language_are_there(opened):
    assert opened.Root.MarkInfo.Marked
    assert str(opened.Root.Lang) == "zh-CN"
    assert opened.Root.ViewerPreferences.DisplayDocTitle
    assert str(opened.docinfo.Title) == "报告"
    assert "/ParentTree" in opened.Root.StructTreeRoot
    assert all("/StructParents" in page and page.Tabs == "/S" for page in opened.pages)
    with opened.open_outline() as outline:
        assert [item.title for item in outline.root] == ["报告"]
        assert outline.root[0].children[0].title == "一、情况"


def test_everything_on_a_page_is_tagged_or_an_artifact(opened):
    """Paint and text stand inside marked content (ISO 14289-1, 7.1)."""
    paints = {"TJ", "Tj", "S", "s", "f", "f*", "B", "B*", "b", "b*", "Do", "sh"}
    for page in opened.pages:
        depth = 0
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            if name in ("BDC", "BMC"):
                depth += 1
                assert depth == 1, operands
            elif name == "EMC":
                depth -= 1
            elif name in paints:
                assert depth == 1, (name, operands)
        assert depth == 0


def test_pictures_say_what_they_show_and_tables_have_heads(opened):
    figures = elements(opened, "/Figure")
    assert len(figures) == 4
    assert all(len(str(each.Alt)) > 10 for each in figures)
    heads = elements(opened, "/TH")
    assert len(heads) >= 2
    named = {str(each.ID) for each in heads}
    cells = elements(opened, "/TD")
    assert cells
    assert all(str(head) in named for cell in cells for head in cell.A.Headers)
    assert all(each.A.Scope == "/Column" for each in heads)
    for kind in ("/H1", "/H2", "/P", "/Table", "/TR"):
        assert elements(opened, kind), kind


def test_fonts_are_inside_and_say_their_characters(opened):
    fonts = [
        each
        for each in opened.objects
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/Font"
    ]
    outer = [font for font in fonts if font.Subtype == "/Type0"]
    assert outer
    assert all("/ToUnicode" in font for font in outer)
    inner = [font for font in fonts if font.Subtype == "/CIDFontType2"]
    assert len(inner) == len(outer) == len(fonts) / 2
    assert all("/FontFile2" in font.FontDescriptor for font in inner)
    assert all(font.CIDToGIDMap == "/Identity" for font in inner)


def test_the_figures_are_inside_once_as_data(opened):
    (file,) = opened.Root.AF

    assert file.AFRelationship == "/Data"
    assert str(file.UF) == FIGURES.name
    assert str(file.Desc) == FIGURES.described
    assert opened.attachments[FIGURES.name].get_file().read_bytes() == FIGURES.content
    assert "20260916" in str(file.EF.F.Params.ModDate)


def test_qpdf_has_nothing_to_say(issued, tmp_path):
    path = tmp_path / "issued.pdf"
    path.write_bytes(issued)

    said = subprocess.run(["qpdf", "--check", path], capture_output=True, text=True, check=False)

    assert said.returncode == 0, said.stdout + said.stderr


def test_the_same_data_gives_the_same_bytes(issued):
    assert render_pdf(document(), attachments=[FIGURES]) == issued


@pytest.mark.parametrize("variant", Variant)
def test_every_variant_keeps_its_own_promise_and_no_other(variant):
    made = render_pdf("<!doctype html><html lang='zh-CN'><title>一</title><p>一", variant=variant)

    with pikepdf.open(io.BytesIO(made)) as pdf:
        metadata = pdf.open_metadata()
        assert (metadata.pdfa_status == "3U") == ("pdf/a" in variant)
        assert (metadata.get("pdfuaid:part") == "1") == ("ua-1" in variant)
        assert ("/StructTreeRoot" in pdf.Root) == variant.is_tagged
