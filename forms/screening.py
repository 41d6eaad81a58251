"""Telephone and identity numbers in open text, so that the phone can ask once before sending."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date

PHONE = "phone"
IDENTITY_CARD = "identity_card"

CHINESE_DIGITS = str.maketrans(
    "零〇○一壹幺二贰三叁四肆五伍六陆七柒八捌九玖", "0001112233445566778899"
)
# A run is digits with at most two separators between two of them; what repeats cannot be read in
# two ways, so that scanning is linear in the length of the text.
RUN = re.compile(r"[0-9](?:[ \-.()—–·]{0,2}[0-9])*[Xx]?")
PIECE = re.compile(r"[0-9]+[Xx]?")
MOBILE = re.compile(r"(?:(?:00)?86)?1[3-9][0-9]{9}")
LANDLINE = re.compile(r"(?:(?:00)?86)?0(?:10|2[0-9]|[3-9][0-9]{2})[2-9][0-9]{6,7}")
LOCAL_NUMBER = re.compile(
    r"(?:电话|座机|手机|号码|[Tt]el|[Pp]hone|[Cc]all)[^0-9]{0,6}[2-9][0-9]{6,7}(?![0-9])"
)
MAX_DIGITS = 18

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_CHARACTERS = "10X98765432"


def personal_data(text: str) -> frozenset[str]:
    """Return which of `phone` and `identity_card` stand in `text`.

    Full-width and Chinese digits count, and so do numbers written in blocks. A number that only
    looks like an identity number, its check character being wrong, does not.
    """
    plain = unicodedata.normalize("NFKC", text).translate(CHINESE_DIGITS)
    found = {PHONE} if LOCAL_NUMBER.search(plain) else set()
    for number in _numbers(plain):
        if MOBILE.fullmatch(number) or LANDLINE.fullmatch(number):
            found.add(PHONE)
        elif is_identity_number(number):
            found.add(IDENTITY_CARD)
    return frozenset(found)


def is_identity_number(number: str) -> bool:
    """Whether `number` is an 18-character citizen identity number (GB 11643)."""
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9Xx]", number):
        return False
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, number[:17], strict=True))
    return CHECK_CHARACTERS[total % 11] == number[17].upper()


def _numbers(text: str) -> Iterator[str]:
    """Yield every number that neighbouring blocks of digits can be read as."""
    for run in RUN.finditer(text):
        blocks = PIECE.findall(run[0])
        for start in range(len(blocks)):
            number = ""
            for block in blocks[start : start + MAX_DIGITS]:
                number += block
                if len(number) > MAX_DIGITS:
                    break
                yield number
