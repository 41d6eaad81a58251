"""Passwords of staff: how they are hashed, which are refused, and how new ones are made."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from survey.errors import SurveyError

MIN_CHARS = 10
# Hashing takes time with the length, so nobody may choose the length without limit.
MAX_CHARS = 256
MIN_DIFFERENT_CHARS = 5

_GROUPS, _GROUP_CHARS = 4, 4
# No letter or digit that is taken for another one when read aloud or copied by hand.
_READABLE = "23456789abcdefghjkmnpqrstuvwxyz"

# The commonest passwords in China and elsewhere that are long enough to pass by length.
_COMMON = frozenset(
    """
    0123456789 1234567890 12345678910 123456789a a123456789 1234567890a 123456789q q123456789
    123456789abc abc123456789 abc1234567 a1234567890 aa123456789 123456789aa woaini1314520
    woaini5201314 5201314520 1314520520 1q2w3e4r5t 1q2w3e4r5t6y 1qaz2wsx3edc qwertyuiop
    qwerty123456 qwerty12345 qwer123456 asdfghjkl1 asdfghjkl123 zxcvbnm123 password123
    password1234 password12345 passw0rd123 p@ssw0rd123 p@ssword123 admin12345 admin123456
    administrator admin@123456 admin888888 root123456 welcome123 welcome1234 letmein123
    iloveyou123 1234qwerasdf qazwsxedcrfv 147258369a 9876543210 0987654321 123qweasdzxc
    zhongguo123 woaizhongguo beijing2008 changeme123 test123456 china123456 pingyi123456
    """.split()  # noqa: SIM905 - as a list it would fill two pages
)

_hasher = PasswordHasher()


class PasswordRefused(SurveyError):
    """This password is not taken; the sentence says why."""

    code = "PASSWORD_REFUSED"
    status = 422


def check(password: str, name: str) -> None:
    """Refuse a password that is short, long, common, or hardly more than the account's name.

    Raises:
        PasswordRefused: says what to do.
    """
    plain = password.casefold()
    beside_name = plain.replace(name.casefold(), "")
    if len(password) < MIN_CHARS:
        raise PasswordRefused(
            f"密码至少{MIN_CHARS}个字符，请加长一点", f"Use at least {MIN_CHARS} characters"
        )
    if len(password) > MAX_CHARS:
        raise PasswordRefused(
            f"密码最多{MAX_CHARS}个字符，请改短一点", f"Use at most {MAX_CHARS} characters"
        )
    if plain in _COMMON or len(set(beside_name)) < MIN_DIFFERENT_CHARS:
        raise PasswordRefused(
            "这个密码太容易猜到，请换一个", "This password is easily guessed; take another"
        )


def generate() -> str:
    """Return a new password of 79 random bits in groups that can be read aloud."""
    groups = (
        "".join(secrets.choice(_READABLE) for _ in range(_GROUP_CHARS)) for _ in range(_GROUPS)
    )
    return "-".join(groups)


def hashed(password: str) -> str:
    """Return what is stored of a password: argon2id with its own salt."""
    return _hasher.hash(_octets(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` is the one whose hash is `stored`; just as slow when there is none."""
    usable = len(password) <= MAX_CHARS
    try:
        _hasher.verify(stored or _dummy(), _octets(password[:MAX_CHARS]))
    except (VerificationError, InvalidHashError):
        return False
    return usable and stored is not None


@cache
def _dummy() -> str:
    return _hasher.hash(secrets.token_bytes(16))


def is_outdated(stored: str) -> bool:
    """Whether `stored` was made with weaker parameters than new hashes are."""
    return _hasher.check_needs_rehash(stored)


def _octets(password: str) -> bytes:
    # Exactly what was typed; a lone surrogate has no UTF-8 and shall only be wrong, not an error.
    return password.encode("utf-8", "surrogatepass")
