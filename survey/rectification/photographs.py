"""When and where a photograph was taken, as the camera wrote it down."""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image

PLACES = 4
"""Decimals of a degree that are kept: some ten metres."""
EARTH_METRES = 6_371_000.0


@dataclass(frozen=True)
class Taken:
    """What a photograph says of itself.

    Attributes:
        at: by the camera's clock, which has no zone: 2026-11-03T09:12.
        latitude, longitude: in degrees, both or neither.
    """

    at: str = ""
    latitude: float | None = None
    longitude: float | None = None


def taken(picture: Image.Image) -> Taken:
    """Return when and where `picture` was taken, as far as it says so in a way that can be true."""
    try:
        exif = picture.getexif()
        latitude, longitude = _place(exif.get_ifd(ExifTags.IFD.GPSInfo))
        return Taken(_time(exif.get_ifd(ExifTags.IFD.Exif)), latitude, longitude)
    except (OSError, ValueError, SyntaxError, TypeError, KeyError, IndexError, struct.error):
        # Pillow's reader raises all of these on what contradicts itself; the picture may be whole.
        return Taken()


def metres_between(one: Taken, other: Taken) -> float | None:
    """Return how far apart two photographs were taken (haversine); None where one does not say."""
    known = (one.latitude, one.longitude, other.latitude, other.longitude)
    if any(value is None for value in known):
        return None
    here, x, there, y = (math.radians(value or 0.0) for value in known)
    half = (
        math.sin((there - here) / 2) ** 2
        + math.cos(here) * math.cos(there) * math.sin((y - x) / 2) ** 2
    )
    return 2 * EARTH_METRES * math.asin(math.sqrt(half))


def _time(tags: Mapping[int, Any]) -> str:
    written = tags.get(ExifTags.Base.DateTimeOriginal)
    with suppress(ValueError, TypeError):
        moment = datetime.strptime(str(written).strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - cameras know no zone
        return moment.isoformat(timespec="minutes")
    return ""


def _place(tags: Mapping[int, Any]) -> tuple[float | None, float | None]:
    latitude = _degrees(tags, ExifTags.GPS.GPSLatitude, ExifTags.GPS.GPSLatitudeRef, "S", 90)
    longitude = _degrees(tags, ExifTags.GPS.GPSLongitude, ExifTags.GPS.GPSLongitudeRef, "W", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None, None
    return latitude, longitude


def _degrees(
    tags: Mapping[int, Any], value: int, side: int, negative: str, most: float
) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in tags[value])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    found = degrees + minutes / 60 + seconds / 3600
    if not math.isfinite(found) or not 0 <= found <= most:
        return None
    return round(-found if str(tags.get(side, "")).startswith(negative) else found, PLACES)
