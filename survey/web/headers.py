"""Headers of every answer, and what is refused before any page is asked."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, abort, request

from survey.config import Config

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
MAX_URL_BYTES = 2048
LOOPBACK = ("127.0.0.1", "localhost")


def trusted_hosts(config: Config) -> list[str]:
    """Return the host names that requests may name: the printed one, and this machine's own.

    Behind TLS only the printed one is left, because there the platform has a name.
    """
    host = urlsplit(config.base_url).hostname or ""
    return [host] if config.is_secure else sorted({host, *LOOPBACK})


def every_answer(config: Config) -> tuple[tuple[str, str], ...]:
    """Return the headers that stand in every answer, to a phone as to a desk."""
    headers = (
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
    )
    if config.is_secure:
        return (*headers, ("Strict-Transport-Security", "max-age=31536000"))
    return headers


def register(app: Flask, config: Config) -> None:
    """Make `app` refuse overlong addresses and bodies in chunks, and send the security headers.

    A page that sets a header itself keeps it: forms of residents carry their own policy.
    """
    common = every_answer(config)

    @app.before_request
    def refuse_long_address() -> None:
        if len(request.full_path) > MAX_URL_BYTES:
            abort(414)

    @app.before_request
    def refuse_body_of_unknown_length() -> None:
        # No browser sends one, and the server finds it broken only while a page reads it.
        if "Transfer-Encoding" in request.headers:
            abort(411)

    @app.after_request
    def add_headers(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        if request.path.startswith("/console"):
            headers.setdefault("Referrer-Policy", "same-origin")
        if request.endpoint == "static" and response.status_code < 400:
            headers["Cache-Control"] = "public, max-age=3600"
        else:
            headers.setdefault("Cache-Control", "no-store")
        for name, value in common:
            headers.setdefault(name, value)
        return response
