"""Long lists in pages of fifty; which page stands in the address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from survey.web.console.addresses import this_page
from survey.web.numbers import bounded

Row = TypeVar("Row")
PAGE_ROWS = 50


@dataclass(frozen=True)
class Paging:
    """Where a page stands in its list, and the addresses of its neighbours; empty for none."""

    page: int
    last: int
    total: int
    previous: str
    next: str


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list."""

    rows: Sequence[Row]
    total: int
    paging: Paging


def neighbours(page: int, last: int, total: int) -> Paging:
    """Return the paging of page `page` of `last`, counted from 1."""
    return Paging(
        page=page,
        last=last,
        total=total,
        previous=this_page(without="page", page=page - 1) if page > 1 else "",
        next=this_page(without="page", page=page + 1) if page < last else "",
    )


def page_of(rows: Sequence[Row]) -> Page[Row]:
    """Return the page of `rows` that the address asks for; a page beyond the last is the last."""
    last = max(1, -(-len(rows) // PAGE_ROWS))
    page = min(max(1, request.args.get("page", 1, type=bounded)), last)
    start = (page - 1) * PAGE_ROWS
    chosen = rows[start : start + PAGE_ROWS]
    return Page(chosen, len(rows), neighbours(page, last, len(rows)))
