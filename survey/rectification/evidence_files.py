"""Files of evidence on disk: taken in after inspection, named by their digest, read back."""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from forms.cleaning import clean
from survey.errors import NotFound, SurveyError
from survey.rectification.photographs import Taken, taken
from survey.rectification.refusals import EvidenceRefused

MAX_BYTES = 10 * 2**20
MAX_SIDE = 2000
MAX_PIXELS = 40_000_000
MAX_ENTRIES = 2_000
MAX_NAME_CHARS = 80
QUALITY = 85
NOWHERE = Taken()
ZIP_MAGIC = b"PK\x03\x04"
PDF_MAGIC = b"%PDF-"

SUFFIXES: dict[str, str] = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}
"""The media types that are taken, with the ending that their files get."""
_OFFICE = {"word/document.xml": ".docx", "xl/workbook.xml": ".xlsx"}
_IMAGES = ("JPEG", "PNG", "WEBP")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_FORBIDDEN = re.compile(r'[\x00-\x1f<>:"/\\|?*%]')
# Names that Windows keeps for devices, whatever their ending.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)


class EvidenceDamaged(SurveyError):
    """A stored file is gone, or no longer what was stored."""

    code = "EVIDENCE_DAMAGED"
    status = 500


@dataclass(frozen=True)
class StoredFile:
    """A file in the store.

    `size` is in bytes, after images were made smaller. `taken` is what a photograph said of
    itself; the stored picture no longer says it.
    """

    digest: str
    file_name: str
    media_type: str
    size: int
    taken: Taken = NOWHERE


def store(folder: Path, data: bytes, file_name: str) -> StoredFile:
    """Put a file into `folder` under the SHA-256 of its content, on the disk when this returns.

    Images are drawn anew, at most 2000 pixels wide or high, so that place, time, device and
    whatever else hides in them is gone. The name gets the ending of what the content is.

    Raises:
        EvidenceRefused: too large, damaged, or of a kind that is not taken.
    """
    if not data:
        raise EvidenceRefused("文件是空的，请重新选择", "The file is empty")
    if len(data) > MAX_BYTES:
        raise EvidenceRefused("文件超过10 MB，请压缩后再传", "The file is over 10 MB")
    content, media_type, when_and_where = _inspected(data)
    digest = hashlib.sha256(content).hexdigest()
    _write(folder / digest[:2], digest, content)
    name = safe_name(file_name, SUFFIXES[media_type])
    return StoredFile(digest, name, media_type, len(content), when_and_where)


def read(folder: Path, digest: str) -> bytes:
    """Return the content stored under `digest`.

    Raises:
        NotFound: this is no digest.
        EvidenceDamaged: the file is missing or was changed.
    """
    if not _DIGEST.fullmatch(digest):
        raise NotFound("没有找到这份材料", "There is no such file")
    try:
        content = (folder / digest[:2] / digest).read_bytes()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != digest:
        raise EvidenceDamaged(
            "这份材料的文件缺失或已损坏，请联系管理员从备份恢复",
            f"The evidence file {digest[:12]} is missing or damaged; restore it from a backup",
        )
    return content


def safe_name(file_name: str, suffix: str) -> str:
    """Return a name that is harmless on every system and in every header, ending in `suffix`."""
    stem = clean(file_name).replace("\\", "/").rpartition("/")[2].rpartition(".")
    plain = _FORBIDDEN.sub("", stem[0] or stem[2]).strip(" .\u3000")[:MAX_NAME_CHARS]
    if not plain or _DEVICES.fullmatch(plain):
        plain = "佐证材料"
    return plain + suffix


def _inspected(data: bytes) -> tuple[bytes, str, Taken]:
    if data.startswith(PDF_MAGIC):
        return data, "application/pdf", NOWHERE
    if data.startswith(ZIP_MAGIC):
        return data, _office_type(data), NOWHERE
    return _redrawn(data)


def _office_type(data: bytes) -> str:
    """Return the media type of a Word or Excel file; archives and files with macros are refused."""
    try:
        names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise _damaged() from None
    if len(names) > MAX_ENTRIES or "[Content_Types].xml" not in names:
        raise _unknown_kind()
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise EvidenceRefused(
            "文件里有宏，请另存为不含宏的文件", "The file holds macros; save it without"
        )
    endings = {ending for part, ending in _OFFICE.items() if part in names}
    found = [media_type for media_type, ending in SUFFIXES.items() if ending in endings]
    if len(found) != 1:
        raise _unknown_kind()
    return found[0]


def _redrawn(data: bytes) -> tuple[bytes, str, Taken]:
    """Return the picture upright, small enough and bare, its media type, and what it said."""
    # WeasyPrint, wherever it is loaded, makes Pillow fill in what is missing of a picture.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(data), formats=_IMAGES) as picture:
            kind = picture.format or ""
            # A JPEG is read at a fraction of its size, so that large photographs cost little.
            picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
            if picture.width * picture.height > MAX_PIXELS:
                raise _too_many_pixels()
            when_and_where = taken(picture)
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((MAX_SIDE, MAX_SIDE))
            has_alpha = kind != "JPEG" and upright.has_transparency_data
            bare = Image.new("RGBA" if has_alpha else "RGB", upright.size)
            bare.paste(upright.convert(bare.mode))
    except UnidentifiedImageError:
        raise _unknown_kind() from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError):
        # Pillow's readers raise all of these on content that breaks off or contradicts itself.
        raise _damaged() from None
    out = io.BytesIO()
    bare.save(out, kind, quality=QUALITY)
    return out.getvalue(), f"image/{kind.lower()}", when_and_where


def _write(folder: Path, name: str, content: bytes) -> None:
    """Write under a name of its own, then rename: a file is there whole or not at all."""
    if (folder / name).exists():
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, temporary = tempfile.mkstemp(dir=folder, prefix=".new-")
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(folder / name)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    for changed in (folder, folder.parent):
        _sync_folder(changed)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _too_many_pixels() -> EvidenceRefused:
    return EvidenceRefused("照片太大，请用普通清晰度再拍", "The picture has too many pixels")


def _damaged() -> EvidenceRefused:
    return EvidenceRefused(
        "文件打不开，可能没有传完，请重新上传", "The file is damaged; send it again"
    )


def _unknown_kind() -> EvidenceRefused:
    return EvidenceRefused(
        "只收照片（jpg、png、webp）和 pdf、docx、xlsx 文件",
        "Only jpg, png, webp, pdf, docx and xlsx are taken",
    )
