"""Signatures: over the whole file, by the key of the file named, refused in plain words."""

import builtins
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pikepdf
import pytest

from reports.pdf import render_pdf
from reports.signing import SigningNotPossible, load, sign

pytest.importorskip("pyhanko", reason="pyHanko is optional: requirements-signing.txt")
NOW = datetime(2026, 9, 30, 9, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def key_file(tmp_path_factory):
    """Return a PKCS #12 file with a certificate that was made here, and its passphrase's."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import pkcs12

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "示范区委办公室")])
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
         "encipher_only", "decipher_only"), False,
    )  # fmt: skip
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=3650))
        .not_valid_after(NOW + timedelta(days=3650))
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    folder = tmp_path_factory.mktemp("key")
    sealed = serialization.BestAvailableEncryption(b"secret")
    data = pkcs12.serialize_key_and_certificates(b"k", key, certificate, None, sealed)
    (folder / "key.p12").write_bytes(data)
    (folder / "phrase").write_bytes(b"secret\n")
    return folder / "key.p12", folder / "phrase"


@pytest.fixture(scope="module")
def issued():
    return render_pdf("<!doctype html><html lang='zh-CN'><title>报告</title><p>满意率86.0%")


def apart(work, *given, **named):
    """Return what `work` returns in a thread of its own: here a browser's loop may be running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given, **named).result()


def test_a_signature_covers_the_file_and_keeps_its_bytes(key_file, issued):
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    signer = load(*key_file)
    signed = sign(issued, signer, reason="印发")

    assert signed.startswith(issued)
    assert "示范区委办公室" in signer.subject
    (found,) = PdfFileReader(io.BytesIO(signed)).embedded_signatures
    roots = ValidationContext(trust_roots=[signer.held.signing_cert])
    status = apart(validate_pdf_signature, found, signer_validation_context=roots)
    assert status.intact
    assert status.valid
    assert status.trusted
    assert status.coverage.name == "ENTIRE_FILE"
    with pikepdf.open(io.BytesIO(signed)) as pdf:
        assert pdf.open_metadata().pdfa_status == "3U"


def test_a_changed_byte_is_seen(key_file, issued):
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    signed = bytearray(sign(issued, load(*key_file)))
    at = signed.index(b"stream\n") + 40
    signed[at] ^= 1

    (found,) = PdfFileReader(io.BytesIO(bytes(signed))).embedded_signatures
    nobody = ValidationContext(trust_roots=[])
    assert not apart(validate_pdf_signature, found, signer_validation_context=nobody).intact


def test_what_is_missing_is_said(key_file, tmp_path, monkeypatch):
    with pytest.raises(SigningNotPossible, match="cannot be read"):
        load(tmp_path / "none.p12", None)
    with pytest.raises(SigningNotPossible, match="passphrase"):
        load(key_file[0], None)

    original = builtins.__import__

    def without(name, *rest):
        if name.startswith("pyhanko"):
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SigningNotPossible, match=r"requirements-signing\.txt"):
        load(*key_file)
