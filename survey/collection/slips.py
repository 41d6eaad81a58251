"""Slips on paper: ten to a sheet, to be cut, shuffled and drawn; nothing on one tells its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from reports.documents import grouped, render
from reports.qr import qr_svg
from survey.collection.fitting import fitted
from survey.collection.tickets import Slip

PER_SHEET = 10
SYMBOL_MM = 37.0
"""Width of the code with its quiet zone; the code alone is 30 mm."""

NAME_ROOM = 160
ORGANISER_ROOM = 18
"""Characters of the organiser that stand in one line at full size."""

# Point size of the name and the most lines it may take at that size.
SIZES = ((12, 2), (10, 3), (8, 3))


@dataclass(frozen=True)
class SlipFace:
    """What every slip of a batch says, besides its own secret.

    `base_url` is what phones reach the platform by; `last_day` the round's last one, local time.
    """

    org_name: str
    form_title: str
    organiser: str
    base_url: str
    last_day: date
    batch: str


def slip_url(base_url: str, slip: Slip) -> str:
    """Return the address in a slip's QR code: the secret in the fragment, which nobody is sent."""
    return f"{base_url}/t#{slip.secret}"


def sheets_html(sheets: Sequence[Sequence[tuple[SlipFace, Slip]]]) -> str:
    """Return a document of A4 sheets with up to 2 × 5 slips each."""
    return render(
        "slips.html.j2",
        sheets=[[_shown(face, slip) for face, slip in sheet] for sheet in sheets],
    )


def _shown(face: SlipFace, slip: Slip) -> dict[str, object]:
    size, lines = fitted(face.org_name, NAME_ROOM, SIZES)
    day = face.last_day
    return {
        "name": lines,
        "size": f"size-{size}",
        # Host and path in capitals take fewer modules; the secret is in capitals by itself.
        "symbol": qr_svg(
            slip_url(face.base_url.upper(), slip).replace("/t#", "/T#"), size_mm=SYMBOL_MM
        ),
        "organiser": face.organiser,
        "organiser_size": "small" if len(face.organiser) > ORGANISER_ROOM else "",
        "form": face.form_title,
        "last_day": f"{day.year}年{day.month}月{day.day}日24时",
        "link": f"{urlsplit(face.base_url).netloc}/t",
        "code": grouped(slip.code),
        "batch": face.batch,
    }
