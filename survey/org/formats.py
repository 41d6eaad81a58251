"""The three files of the organisation tree: their columns, in the order of the samples."""

from __future__ import annotations

from datetime import date

from survey.org import columns as read
from survey.org.columns import Column

LONG_AGO = 1900
# Read by nobody: it marks the invented district of the samples.
IGNORED = Column("synthetic", "", read.line(20))


def organisation_columns(today: date) -> tuple[Column, ...]:
    """Return the columns of `organisations.csv`."""
    count = read.whole(0, 100_000_000)
    levels = "、".join(f"{code}（{word}）" for code, word in read.LEVEL_NAMES.items())
    return (
        Column("org_id", "id", read.identifier, is_expected=True, is_filled=True),
        Column("parent_id", "parent_id", read.identifier, is_expected=True),
        Column("level", "level", read.one_of(read.LEVELS, levels), True, True),
        Column("name_zh", "name", read.name(120), is_expected=True, is_filled=True),
        Column("short_name", "short_name", read.name(80), is_expected=True, is_filled=True),
        Column("unit_type", "unit_type", read.one_of(read.UNIT_TYPES), empty=""),
        Column("sector", "sector", read.one_of(read.SECTORS), is_expected=True, empty=""),
        # Follows from level and sector; taken so that the office's own file fits.
        Column("is_window", "", read.flag),
        Column("linked_branch_id", "linked_branch_id", read.identifier),
        Column("secretary_name", "secretary_name", read.person(80), empty=""),
        Column("member_count", "member_count", count),
        Column("eligible_mass", "eligible_mass", count),
        Column("annual_cases", "annual_cases", count),
        Column("star_prev", "star_prev", read.whole(1, 5)),
        Column("score_prev", "score_prev", read.decimal(0, 100)),
        Column("established", "established", read.whole(LONG_AGO, today.year)),
        Column("sort_no", "sort_no", read.whole(0, 1_000_000), empty=0),
        Column(
            "status",
            "is_active",
            read.one_of({"active": True, "inactive": False}, "active（在用）或 inactive（停用）"),
            empty=True,
        ),
        IGNORED,
    )


def member_columns(today: date) -> tuple[Column, ...]:
    """Return the columns of `members.csv`."""
    return (
        Column("member_id", "id", read.identifier, is_expected=True, is_filled=True),
        Column("branch_id", "branch_id", read.identifier, is_expected=True, is_filled=True),
        Column("seq", "seq", read.whole(1, 100_000), is_expected=True, is_filled=True),
        Column("name", "name", read.person(80), is_expected=True, is_filled=True),
        Column("gender", "gender", read.one_of(read.GENDERS), empty=""),
        Column("birth_year", "birth_year", read.whole(LONG_AGO, today.year - read.ADULT_YEARS)),
        Column("join_year", "join_year", read.whole(LONG_AGO, today.year)),
        Column("category", "category", read.one_of(read.MEMBER_CATEGORIES), True, True),
        Column("role", "role", read.line(40), empty=""),
        Column("education", "education", read.line(40), empty=""),
        Column("status", "status", read.line(20), empty=""),
        Column("evaluated", "is_evaluated", read.flag, is_expected=True, is_filled=True),
        IGNORED,
    )


def commitment_columns() -> tuple[Column, ...]:
    """Return the columns of `commitments.csv`."""
    return (
        Column("commitment_id", "id", read.identifier, is_expected=True, is_filled=True),
        Column("org_id", "org_id", read.identifier, is_expected=True, is_filled=True),
        Column("org_level", "", read.one_of(read.LEVELS)),
        Column("year", "year", read.whole(2000, 2100), is_expected=True, is_filled=True),
        Column("seq", "seq", read.whole(1, 100_000), is_expected=True, is_filled=True),
        Column("category", "category", read.line(20), empty=""),
        Column("content", "content", read.paragraph(500), is_expected=True, is_filled=True),
        Column("measure", "measure", read.paragraph(500), empty=""),
        Column("owner", "owner", read.line(80), empty=""),
        Column("due_date", "due_on", read.day, is_expected=True, is_filled=True),
        Column("publish_date", "published_on", read.day),
        Column("approved_by", "approved_by", read.identifier, empty=""),
        Column("status", "status", read.one_of(read.COMMITMENT_STATES), empty=""),
        Column("self_report", "self_report", read.paragraph(2000), empty=""),
        Column("public", "is_public", read.flag, empty=True),
        IGNORED,
    )
