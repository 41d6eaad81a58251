"""`flask reports sign`: a signature on documents that are issued."""

from __future__ import annotations

from pathlib import Path

import click

from reports import signing
from survey.cli.running import EXISTING_FILE, command, json_option, show, write_file
from survey.errors import SurveyError
from survey.web.platform import platform


class SigningRefused(SurveyError):
    """Documents cannot be signed here; the message says what to set or install."""

    code = "SIGNING_NOT_POSSIBLE"


def add_to(group: click.Group) -> None:
    """Add `sign` to the commands of documents."""

    @command(group, "sign")
    @click.argument("files", type=EXISTING_FILE, nargs=-1, required=True)
    @click.option("--reason", default="", help="Why it is signed, to stand in the signature.")
    @json_option
    def run(files: tuple[Path, ...], reason: str, as_json: bool) -> None:
        """Sign PDF FILES with the key of PINGYI_SIGNING_KEY; each becomes NAME-signed.pdf."""
        config = platform().config
        if config.signing_key is None:
            raise SigningRefused(
                "没有设置签名密钥：请把PINGYI_SIGNING_KEY设为.p12文件的路径",
                "No key to sign with: set PINGYI_SIGNING_KEY to the path of a .p12 file",
            )
        try:
            signer = signing.load(config.signing_key, config.signing_passphrase)
        except signing.SigningNotPossible as error:
            raise SigningRefused(f"不能签名：{error}", str(error)) from error
        made = []
        for file in files:
            out = file.with_name(f"{file.stem}-signed.pdf")
            write_file(out, signing.sign(file.read_bytes(), signer, reason=reason))
            made.append(str(out))
        show({"signer": signer.subject, "files": made}, as_json=as_json,
             line=lambda data: "\n".join(data["files"]))  # fmt: skip
