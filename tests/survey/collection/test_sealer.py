"""The seam for another algorithm: a second sealer, of other primitives, does all the same."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from nacl import bindings
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey
from nacl.utils import random
from sqlalchemy import Engine

from survey.accounts.policy import OPERATOR
from survey.collection import sealing
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.collection.opening import close_round
from survey.collection.sealing import Sealer, Sheet, Unreadable, seal_sheet, sheet_opener
from survey.config import Config
from survey.db import Sessions
from tests.rounds import Field, page_key

NONCE = 24


class AgreedKeySealer:
    """X25519 agreement, BLAKE2b for the key, XChaCha20-Poly1305 for the text.

    Where SM2 and SM4 are demanded they take these three places: agreement, derivation, cipher.
    """

    def generate(self) -> tuple[bytes, bytes]:
        """Return a fresh key pair."""
        key = PrivateKey.generate()
        return bytes(key), bytes(key.public_key)

    def public_of(self, private_key: bytes) -> bytes:
        """Return the public key of a private one."""
        return bytes(PrivateKey(private_key).public_key)

    def seal(self, public_key: bytes, plaintext: bytes) -> bytes:
        """Return the sender's key, a nonce and the text."""
        sender = PrivateKey.generate()
        key = self._agreed(bytes(sender), public_key, bytes(sender.public_key), public_key)
        nonce = random(NONCE)
        text = bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plaintext, None, nonce, key)
        return bytes(sender.public_key) + nonce + text

    def opener(self, private_key: bytes) -> Callable[[bytes], bytes]:
        """Return what opens envelopes sealed to this key."""
        public_key = bytes(PrivateKey(private_key).public_key)

        def unseal(ciphertext: bytes) -> bytes:
            sender, nonce, text = ciphertext[:32], ciphertext[32:56], ciphertext[56:]
            try:
                key = self._agreed(private_key, sender, sender, public_key)
                opened: bytes = bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(
                    text, None, nonce, key
                )
            except (CryptoError, ValueError, RuntimeError) as error:
                raise Unreadable from error
            return opened

        return unseal

    def _agreed(self, mine: bytes, theirs: bytes, sender: bytes, receiver: bytes) -> bytes:
        shared = bindings.crypto_scalarmult(mine, theirs)
        key: bytes = bindings.crypto_generichash_blake2b_salt_personal(
            shared + sender + receiver, digest_size=32
        )
        return key


@pytest.fixture
def second(monkeypatch: pytest.MonkeyPatch) -> Sealer:
    """The second sealer, in force."""
    sealer: Sealer = AgreedKeySealer()
    monkeypatch.setattr(sealing, "SEALER", sealer)
    return sealer


def test_it_opens_what_it_sealed_and_nothing_else(second: Sealer) -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    sheet = Sheet(7, "12345", "a" * 64, texts=(("A34", "意见"),))

    sealed = seal_sheet(bytes(key.public_key), sheet)

    assert sheet_opener(bytes(key))(sealed) == sheet
    broken = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for envelope, opener in ((sealed, other), (broken, key), (sealed[:50], key), (b"", key)):
        with pytest.raises(Unreadable):
            sheet_opener(bytes(opener))(envelope)


def test_two_sealers_do_not_read_each_other(second: Sealer) -> None:
    key = PrivateKey.generate()
    first = sealing.SealedBoxSealer()
    with pytest.raises(Unreadable):
        second.opener(bytes(key))(first.seal(bytes(key.public_key), b"text"))
    with pytest.raises(Unreadable):
        first.opener(bytes(key))(second.seal(bytes(key.public_key), b"text"))


def test_a_round_runs_on_it_from_the_first_answer_to_the_opening(
    second: Sealer,
    sessions: Sessions,
    engine: Engine,
    config: Config,
    tmp_path: Path,
    now: object,
) -> None:
    field = Field(
        sessions,
        open_inbox(config, engine),
        Keystore(tmp_path / "keys"),
        now,  # type: ignore[arg-type]
    )
    field.open()
    for number in range(3):
        field.answer("W01", page_key(number))

    closed = close_round(
        sessions, OPERATOR, "R1", field.keystore, field.inbox, now=field.now + timedelta(days=4)
    )

    assert (closed.answers, closed.unreadable) == (3, 0)
