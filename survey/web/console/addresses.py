"""Addresses of the page that is being shown, with something in them changed."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from flask import request


def this_page(without: str, **added: object) -> str:
    """Return the address of this page without its argument `without`, and with those `added`.

    Written out rather than built by `url_for`, which would take arguments of a visitor such as
    `_method` for its own.
    """
    kept = [pair for pair in request.args.items(multi=True) if pair[0] != without]
    query = urlencode([*kept, *added.items()])
    return quote(request.path) + (f"?{query}" if query else "")
