"""Proof of work at open posters: a minute of thought for a phone, an hour for a flood of answers.

The puzzle is one of ALTCHA's, made from the point and the page's key instead of being handed
out. So a phone that makes its own key can solve it offline, nothing has to be remembered of
challenges given or solved, and a replay is refused by the inbox, which takes a key once.

    seed    = SHA-256 of "pingyi-pow:CODE:IK"; nonce = its first, salt = its last 16 bytes
    key     = SHA-256(salt | nonce | counter as 4 bytes, big-endian), hashed once more (cost 2)
    counter counts when the hex of its key begins with "000"
    pow     = the first 16 such counters from 0 upwards, in decimals, joined by "."

Sixteen short puzzles instead of a long one: the time they take together varies by a quarter,
not by its own length. About 131,000 hashes, all of one block: 2 to 5 s on a phone of 2014.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from itertools import pairwise

from altcha import ChallengeParameters, derive_key_sha

from survey.collection import receipts
from survey.errors import SurveyError

PIECES = 16
COST = 2
PREFIX = "000"
PUZZLE = f"{PIECES}.{COST}.{PREFIX}"
"""What a page says of the work it asks for: pieces, cost, prefix."""

PATIENCE = timedelta(seconds=20)
"""Age from which a key made here is accepted without proof: time is the price then."""

NO_PROOF = "nopow"
"""Flag of an answer that came without proof of work, by its age alone."""

_SIZE = 16
_COUNTERS = re.compile(rf"(?:0|[1-9][0-9]{{0,8}})(?:\.[1-9][0-9]{{0,8}}){{{PIECES - 1}}}")


class ProofNeeded(SurveyError):
    """The answer came without proof of work, and its page is too young to do without."""

    code = "PROOF_NEEDED"
    status = 422

    def __init__(self) -> None:
        super().__init__(
            "请再看一遍，过20秒再提交一次",
            "The page came back too soon; wait 20 seconds and send it again",
        )


def judge(point_code: str, key: str, proof: str, *, secret: bytes, now: datetime) -> frozenset[str]:
    """Return the flags that an answer gets for its proof of work, or for doing without.

    Args:
        point_code: where the answer was given.
        key: the page's idempotency key.
        proof: the field `pow`; empty where the phone solved nothing.
        secret: made the keys of our own pages.
        now: aware.

    Raises:
        ProofNeeded: no valid proof, and the key is a phone's own or younger than `PATIENCE`.
    """
    if is_solved(point_code, key, proof):
        return frozenset()
    age = receipts.key_age(secret, key, now)
    if age is None or age < PATIENCE:
        raise ProofNeeded
    return frozenset({NO_PROOF})


def is_solved(point_code: str, key: str, proof: str) -> bool:
    """Whether `proof` solves the puzzle of this point and page key; takes some 0.1 ms at most."""
    if not _COUNTERS.fullmatch(proof):
        return False
    counters = [int(counter) for counter in proof.split(".")]
    if any(later <= earlier for earlier, later in pairwise(counters)):
        return False
    salt, nonce = _seed(point_code, key)
    puzzle = ChallengeParameters(
        algorithm="SHA-256", nonce=nonce.hex(), salt=salt.hex(), cost=COST, key_prefix=PREFIX
    )
    return all(
        derive_key_sha(puzzle, salt, nonce + counter.to_bytes(4, "big")).hex().startswith(PREFIX)
        for counter in counters
    )


def solve(point_code: str, key: str) -> str:
    """Return the proof for this point and page key; some 0.1 s of work."""
    head = b"".join(_seed(point_code, key))
    found: list[str] = []
    counter = 0
    while len(found) < PIECES:
        # What `derive_key_sha` computes at cost 2, without its housekeeping for every attempt.
        derived = hashlib.sha256(hashlib.sha256(head + counter.to_bytes(4, "big")).digest())
        if derived.hexdigest().startswith(PREFIX):
            found.append(str(counter))
        counter += 1
    return ".".join(found)


def _seed(point_code: str, key: str) -> tuple[bytes, bytes]:
    """Return salt and nonce of a puzzle, in the order in which they are hashed."""
    seed = hashlib.sha256(f"pingyi-pow:{point_code}:{key}".encode()).digest()
    return seed[_SIZE:], seed[:_SIZE]
