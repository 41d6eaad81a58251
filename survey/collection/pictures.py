"""Pictures that residents send: made anew in memory, so that nothing hides in them."""

from __future__ import annotations

import io

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from survey.errors import SurveyError

MAX_SIDE = 1_280
MAX_BYTES = 300_000
MAX_SENT_BYTES = 12 * 1024 * 1024
MAX_PIXELS = 60_000_000
QUALITIES = (82, 70, 58, 45, 32)
FORMATS = ("JPEG", "PNG", "WEBP")
JPEG_START = b"\xff\xd8\xff"


class PictureRefused(SurveyError):
    """What was sent is no picture that can be shown."""

    code = "PICTURE_REFUSED"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "这张图片打不开，请换一张照片再试（jpg、png、webp）",
            "This picture cannot be opened; try another one (jpg, png, webp)",
        )


def remade(data: bytes) -> bytes:
    """Return a JPEG of the picture in `data`: upright, ≤ 1280 px, ≤ 300 kB, without metadata.

    Place, time, device and hidden thumbnails are gone: only the colours of its points are kept.

    Raises:
        PictureRefused: it is no picture, a damaged one, or unpacks into far too many points.
    """
    # WeasyPrint, wherever it is loaded, makes Pillow fill in what is missing of a picture.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            # A JPEG is read at a fraction of its size, so that large photographs cost little.
            picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
            if picture.width * picture.height > MAX_PIXELS:
                raise PictureRefused
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail((MAX_SIDE, MAX_SIDE))
            bare = Image.new("RGB", upright.size, "white")
            points = upright.convert("RGBA")
            bare.paste(points, mask=points.getchannel("A"))
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        *(OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError),
    ):
        # Pillow's readers raise all of these on content that breaks off or contradicts itself.
        raise PictureRefused from None
    return _small_enough(bare)


def is_remade(data: bytes) -> bool:
    """Whether `data` can have come from `remade`; what a box holds is not believed blindly."""
    return data.startswith(JPEG_START) and len(data) <= MAX_BYTES


def _small_enough(picture: Image.Image) -> bytes:
    while True:
        for quality in QUALITIES:
            out = io.BytesIO()
            picture.save(out, "JPEG", quality=quality, optimize=True)
            if out.tell() <= MAX_BYTES:
                return out.getvalue()
        # Noise does not compress: fewer points then.
        picture = picture.resize((max(1, picture.width // 2), max(1, picture.height // 2)))
