"""Bytes and requests of the first view of every form, as a phone would receive them."""

from __future__ import annotations

import re
import urllib.request

from bench.served import served

BUDGET = 14_336
ELSEWHERE = re.compile(
    rb'<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="(?!data:)', re.IGNORECASE
)


def measure() -> None:
    """Print bytes on the wire (gzip) and requests, with the share of the budget."""
    with served() as platform:
        for questionnaire in sorted({point["questionnaire"] for point in platform.points}):
            request = urllib.request.Request(
                platform.point(questionnaire)["url"], headers={"Accept-Encoding": "gzip"}
            )
            with urllib.request.urlopen(request) as response:
                body = response.read()
                head = sum(len(f"{k}: {v}\r\n") for k, v in response.headers.items())
            with urllib.request.urlopen(platform.point(questionnaire)["url"]) as response:
                more = len(ELSEWHERE.findall(response.read()))
            print(
                f"first view {questionnaire}: {len(body) / BUDGET:.2f} of the budget, "
                f"{len(body)} bytes + {head} of headers, {1 + more} request(s)"
            )
