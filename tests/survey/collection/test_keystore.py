"""Keys: durable, private, tested before they are trusted, gone when destroyed."""

import stat
from pathlib import Path

import pytest

from survey.collection.keystore import Keystore, KeyUnavailable


@pytest.fixture
def store(tmp_path: Path) -> Keystore:
    return Keystore(tmp_path / "keys")


def test_nobody_else_reads_the_keys(store: Keystore) -> None:
    store.create("R1")
    store.pepper()

    assert stat.S_IMODE(store.path.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in store.path.iterdir()} == {0o600}


def test_a_made_key_passes_its_self_test(store: Keystore) -> None:
    store.self_test(store.create("R1"))


def test_a_lost_key_fails_the_self_test(store: Keystore) -> None:
    public_key = store.create("R1")
    store.file_of(public_key).unlink()

    with pytest.raises(KeyUnavailable, match="KEY_UNAVAILABLE"):
        store.self_test(public_key)


@pytest.mark.parametrize("content", ["", "not hex", "00" * 31, "00" * 33, "11" * 32, "\0" * 70])
def test_a_damaged_key_fails_the_self_test(store: Keystore, content: str) -> None:
    public_key = store.create("R1")
    store.file_of(public_key).write_text(content)

    with pytest.raises(KeyUnavailable):
        store.self_test(public_key)


def test_the_key_of_another_box_fails_the_self_test(store: Keystore) -> None:
    one, other = store.create("R1"), store.create("R2")
    store.file_of(one).write_bytes(store.file_of(other).read_bytes())

    with pytest.raises(KeyUnavailable):
        store.self_test(one)


def test_a_destroyed_key_is_overwritten_and_gone(store: Keystore, tmp_path: Path) -> None:
    public_key = store.create("R1")
    private_key = store.private(public_key)
    kept = tmp_path / "same-file"
    kept.hardlink_to(store.file_of(public_key))

    store.destroy(public_key)
    store.destroy(public_key)

    assert not store.has(public_key)
    assert private_key.hex().encode() not in kept.read_bytes()


def test_the_pepper_is_made_once(store: Keystore) -> None:
    assert store.pepper() == store.pepper() == Keystore(store.path).pepper()
    assert len(store.pepper()) == 32


def test_a_cut_pepper_is_refused(store: Keystore) -> None:
    store.path.mkdir()
    (store.path / "pepper").write_bytes(b"short")

    with pytest.raises(KeyUnavailable):
        store.pepper()
