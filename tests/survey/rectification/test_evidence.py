"""Files of evidence: what is taken, what becomes of it, who sees it."""

import io
import zipfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from sqlalchemy.orm import Session

from survey.errors import NotFound
from survey.rectification import evidence, evidence_files, refusals
from survey.rectification.evidence_files import EvidenceDamaged, read, safe_name, store
from survey.rectification.item import EvidenceKind
from survey.rectification.photographs import Taken
from survey.rectification.states import State
from tests.survey.rectification.conftest import PDF, People, Walk


def picture(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB") -> bytes:
    image = Image.new(mode, size, "red" if mode == "RGB" else (255, 0, 0, 10))
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010F] = "Phone of 张三"
    exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, kind, exif=exif)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "x")
    return out.getvalue()


WORD = archive("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_pictures_are_drawn_anew(tmp_path: Path, kind: str) -> None:
    data = picture(kind, (3000, 1000)) + b"<?php hidden after the end ?>"
    stored = store(tmp_path, data, "现场 照片.JPEG")
    content = read(tmp_path, stored.digest)
    assert stored.media_type == f"image/{kind.lower()}"
    assert stored.size == len(content)
    assert b"php" not in content
    assert "张三".encode() not in content
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == (667, 2000)  # upright, and no more than 2000 high
        assert not image.getexif()


def test_time_and_place_are_kept_for_staff_and_not_in_the_file(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2026:11:03 09:12:44"
    exif.get_ifd(0x8825).update({1: "N", 2: (32.0, 3.0, 40.5), 3: "E", 4: (121.0, 4.0, 15.6)})
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "JPEG", exif=exif)

    stored = store(tmp_path, out.getvalue(), "a.jpg")

    assert stored.taken == Taken("2026-11-03T09:12", 32.0612, 121.071)
    assert b"Exif" not in read(tmp_path, stored.digest)


def test_transparent_pictures_stay_so(tmp_path: Path) -> None:
    stored = store(tmp_path, picture("PNG", mode="RGBA"), "a.png")
    with Image.open(io.BytesIO(read(tmp_path, stored.digest))) as image:
        assert image.mode == "RGBA"


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (PDF, ".pdf"),
        (WORD, ".docx"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), ".xlsx"),
    ],
)
def test_papers_are_kept_as_they_are(tmp_path: Path, data: bytes, ending: str) -> None:
    stored = store(tmp_path, data, "../../制度.html")
    assert read(tmp_path, stored.digest) == data
    assert stored.file_name == f"制度{ending}"
    assert list(tmp_path.rglob("*.html")) == []


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "空"),
        (b"<svg onload=alert(1)>", "只收"),
        (b"GIF89a" + bytes(20), "只收"),
        (b"\xff\xd8\xff\xe0" + bytes(50), "只收"),
        (picture("JPEG", (400, 300))[:700], "打不开"),
        (picture("PNG", (400, 300))[:200], "打不开"),
        (archive("a.txt"), "只收"),
        (archive("[Content_Types].xml", "word/document.xml", "xl/workbook.xml"), "只收"),
        (archive("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "宏"),
        (WORD[:40], "打不开"),
        (bytes(evidence_files.MAX_BYTES + 1), "10 MB"),
    ],
    # Archives carry the time, and a test's name has to be the same in every process.
    ids=[str(number) for number in range(11)],
)
def test_what_is_not_taken(tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(refusals.EvidenceRefused) as found:
        store(tmp_path, data, "a.jpg")
    assert word in found.value.zh
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize("side", [7_000, 14_000])
def test_a_picture_that_would_unpack_into_too_much(tmp_path: Path, side: int) -> None:
    out = io.BytesIO()
    Image.new("1", (side, side)).save(out, "PNG")
    with pytest.raises(refusals.EvidenceRefused, match="pixels"):
        store(tmp_path, out.getvalue(), "a.png")


@given(st.binary(max_size=300), st.sampled_from([b"", b"%PNG", b"\x89PNG\r\n\x1a\n", b"RIFF", PDF]))
def test_any_bytes_are_taken_or_refused(data: bytes, head: bytes) -> None:
    with suppress(refusals.EvidenceRefused):
        evidence_files._inspected(head + data)


@given(st.text(max_size=300))
def test_any_name_becomes_a_harmless_one(name: str) -> None:
    made = safe_name(name, ".pdf")
    assert made.endswith(".pdf")
    assert len(made) <= 84
    assert not set(made) & set('/\\<>:"|?*%\r\n\0')
    assert made[0] not in ". "


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("C:\\fake\\照片1.jpeg", "照片1.jpg"),
        ("CON.jpg", "佐证材料.jpg"),
        ("..", "佐证材料.jpg"),
        ('a"\r\nSet-Cookie: x.jpg', "aSet-Cookie x.jpg"),
        ("\u202egpj.exe", "gpj.jpg"),
        ("x" * 255, "x" * 80 + ".jpg"),
    ],
)
def test_names(name: str, expected: str) -> None:
    assert safe_name(name, ".jpg") == expected


def test_the_same_content_is_stored_once(tmp_path: Path) -> None:
    first, second = store(tmp_path, PDF, "a.pdf"), store(tmp_path, PDF, "b.pdf")
    assert first.digest == second.digest
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_file_that_was_changed_or_lost_is_told(tmp_path: Path) -> None:
    stored = store(tmp_path, PDF, "a.pdf")
    path = tmp_path / stored.digest[:2] / stored.digest
    path.write_bytes(b"other")
    with pytest.raises(EvidenceDamaged):
        read(tmp_path, stored.digest)
    path.unlink()
    with pytest.raises(EvidenceDamaged):
        read(tmp_path, stored.digest)
    with pytest.raises(NotFound):
        read(tmp_path, "../../etc/passwd")


def test_a_file_of_an_item(tree: Session, walk: Walk, now: datetime, tmp_path: Path) -> None:
    number = walk(State.IN_PROGRESS).number
    for _ in range(2):
        file = evidence.add_evidence(
            tree,
            People.secretary,
            number,
            picture("JPEG"),
            "大厅.jpg",
            folder=tmp_path,
            now=now,
            kind=EvidenceKind.AFTER,
            caption="大厅东侧，9月10日",
        )
    [stored] = walk(State.IN_PROGRESS).evidence
    assert (stored.id, stored.kind, stored.uploaded_by) == (file.id, "after", "secretary")
    got = evidence.open_evidence(tree, People.district, number, file.id, folder=tmp_path)
    assert (got.media_type, got.file_name) == ("image/jpeg", "大厅.jpg")
    for actor, wanted in ((People.foreign, file.id), (People.district, file.id + 1)):
        with pytest.raises(NotFound):
            evidence.open_evidence(tree, actor, number, wanted, folder=tmp_path)


def test_adding_makes_a_new_revision(
    tree: Session, walk: Walk, now: datetime, tmp_path: Path
) -> None:
    item = walk(State.IN_PROGRESS)
    seen = item.revision
    evidence.add_evidence(tree, People.unit, item.number, PDF, "a", folder=tmp_path, now=now)
    assert item.revision == seen + 1
