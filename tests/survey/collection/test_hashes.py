"""Packed hashes: in order, compared, and their Merkle root."""

import hashlib
import random

import pytest

from survey.collection import hashes, processes


@pytest.mark.parametrize("size", range(9))
def test_the_merkle_root_follows_rfc_6962(size: int) -> None:
    leaves = [bytes([number]) for number in range(size)]
    assert hashes.merkle_root(leaves) == _rfc_6962(leaves).hex()


@pytest.mark.parametrize("size", [0, 1, 5, 8, 9, 23, 32, 33])
def test_packed_hashes_are_like_a_list_of_them(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "BLOCK", 8)
    chance = random.Random(size)
    # Zeros at the end and high bytes are where arrays of strings might go wrong.
    each = [chance.randbytes(31) + chance.choice([b"\0", b"\xff"]) for _ in range(size)]
    in_order = hashes.ordered(b"".join(each))

    assert hashes.listed(in_order) == sorted(each)
    assert hashes.packed_root(in_order) == hashes.merkle_root(sorted(each))
    assert hashes.among(hashes.packed(each), in_order).all()
    others = hashes.packed([hash_[:31] + b"\x01" for hash_ in each])
    assert not hashes.among(others, in_order).any()


def test_several_roots_are_found_by_processes_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "BLOCK", 8)
    monkeypatch.setattr(processes, "SPREAD_FROM", 1)
    trees = [hashes.ordered(random.Random(size).randbytes(32 * size)) for size in (0, 33, 8, 1)]

    assert hashes.packed_roots(trees) == [hashes.packed_root(tree) for tree in trees]


def _rfc_6962(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962 section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\1" + _rfc_6962(leaves[:split]) + _rfc_6962(leaves[split:])).digest()
