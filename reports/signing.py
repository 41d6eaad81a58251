"""Signing a PDF at issue, with pyHanko where it is installed (requirements-signing.txt).

The signature is appended: what was there keeps its bytes, so the promises of the variant and the
digest of the content hold on. It covers the whole file; a reader sees who signed and whether a
byte changed since.
"""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FIELD = "PingyiIssue"


class SigningNotPossible(RuntimeError):
    """The document cannot be signed; the message says what is missing."""


@dataclass(frozen=True)
class Signer:
    """A key and its certificate, ready to sign; made by `load`."""

    held: Any = field(repr=False)

    @property
    def subject(self) -> str:
        """Return whom the certificate names."""
        return str(self.held.signing_cert.subject.human_friendly)


def load(key_file: Path, passphrase_file: Path | None) -> Signer:
    """Return the signer that a PKCS #12 file (`.p12`, `.pfx`) holds.

    Raises:
        SigningNotPossible: pyHanko is not installed, or the file or its passphrase will not do.
    """
    try:
        from pyhanko.sign import signers
    except ImportError as error:
        raise SigningNotPossible(
            "Signing needs pyHanko: .venv/bin/pip install -r requirements-signing.txt"
        ) from error
    try:
        phrase = passphrase_file.read_bytes().rstrip(b"\r\n") if passphrase_file else None
        data = key_file.read_bytes()
    except OSError as error:
        raise SigningNotPossible(f"{error.filename} cannot be read: {error.strerror}") from error
    try:
        found = signers.SimpleSigner.load_pkcs12_data(data, other_certs=[], passphrase=phrase)
    except ValueError as error:
        raise SigningNotPossible(
            f"{key_file} is no PKCS #12 file, or its passphrase is another"
        ) from error
    return Signer(found)


def sign(pdf: bytes, signer: Signer, *, reason: str = "") -> bytes:
    """Return `pdf` with a signature of `signer` over all of it, dated by this machine's clock."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import signers
    from pyhanko.sign.fields import SigSeedSubFilter

    details = signers.PdfSignatureMetadata(
        field_name=FIELD,
        reason=reason or None,
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
    )
    made = signers.PdfSigner(details, signer=signer.held)
    # pyHanko runs a loop of its own, which a thread that has one already would refuse.
    with ThreadPoolExecutor(1) as thread:
        out = thread.submit(made.sign_pdf, IncrementalPdfFileWriter(io.BytesIO(pdf))).result()
    return bytes(out.getbuffer())
