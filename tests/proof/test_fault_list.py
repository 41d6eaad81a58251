"""Which test holds which promise of the list of faults; a promise that has none says why."""

import ast
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
PROOF, BOX, PUBLIC = "proof/test_", "survey/collection/test_", "web/public/test_"
HELD = {
    "F1 worker killed": f"{PROOF}nothing_is_lost.py::"
    "test_nothing_acknowledged_is_lost_whatever_is_killed",
    "F2 master killed": f"{PROOF}nothing_is_lost.py::"
    "test_nothing_acknowledged_is_lost_whatever_is_killed",
    "F3 PostgreSQL killed": f"{PROOF}nothing_is_lost.py::"
    "test_nothing_acknowledged_is_lost_whatever_is_killed",
    "F4 no acknowledgement without a flush": f"{PROOF}storage_faults.py::"
    "test_an_answer_is_stored_whole_or_not_at_all",
    "F5 disk full": f"{PROOF}storage_faults.py::test_an_answer_is_stored_whole_or_not_at_all",
    "F5 disk full, PostgreSQL": f"{PROOF}storage_faults.py::"
    "test_a_database_that_cannot_write_acknowledges_nothing",
    "F6 disk full while opening": f"{PROOF}storage_faults.py::"
    "test_an_opening_goes_on_where_the_disk_stopped_it",
    "F7 locked": f"{PROOF}database_faults.py::test_a_locked_box_asks_phones_to_come_again",
    "F8 database away": f"{PROOF}database_faults.py::test_a_database_that_was_away_is_found_again",
    "F10 read-only": f"{PROOF}storage_faults.py::test_an_answer_is_stored_whole_or_not_at_all",
    "F11 damaged file": f"{PROOF}database_faults.py::test_a_damaged_box_is_not_opened",
    "F12 clock jumps": f"{PROOF}database_faults.py::"
    "test_a_clock_that_jumps_loses_nothing_and_opens_nothing_again",
    "F13 sessions end": "survey/accounts/test_signing_in.py::"
    "test_twelve_hours_end_a_session_however_busy",
    "F14 double tap": f"{BOX}intake.py::test_a_page_sent_twice_at_once_is_stored_once",
    "F15 one ticket, many posts": f"{BOX}issuing.py::"
    "test_the_same_ticket_sent_by_many_at_once_counts_once",
    "F16 sent again": f"{PUBLIC}answering.py::test_the_same_page_twice_is_stored_once",
    "F17 answer lost on the way": "journeys/test_sending.py::"
    "test_an_answer_whose_thanks_got_lost_counts_once",
    "F18 retry after the close": f"{BOX}intake.py::test_a_retry_after_the_close_is_recognised",
    "F19 edited copy": f"{PUBLIC}answering.py::test_an_edited_copy_of_a_sent_page_changes_nothing",
    "F20 storage blocked": "journeys/test_sending.py::"
    "test_storage_that_is_blocked_does_not_stop_anybody",
    "F22 huge body": f"{PUBLIC}posted_forms.py::test_a_huge_body_is_refused_unread",
    "F23 no form": f"{PUBLIC}posted_forms.py::test_a_body_that_is_no_form_is_never_a_blank_answer",
    "F24 broken text": "forms/test_parsing.py::test_any_bytes_are_refused_or_give_fields",
    "F25 NUL": "forms/test_parsing.py::test_nul_in_a_text_is_left_to_the_form_which_strips_it",
    "F26 endless text": "forms/test_generator.py::test_texts_that_are_too_long_say_by_how_much",
    "F27 rare characters": f"{PROOF}rare_characters.py::"
    "test_rare_characters_come_back_as_they_were_written",
    "F27 rare characters in files": f"{PROOF}rare_characters.py::"
    "test_rare_characters_go_through_every_kind_of_file",
    "F28 deceiving signs": "forms/test_cleaning.py::"
    "test_signs_that_deceive_are_taken_out_and_joiners_stay",
    "F29 formulas": "reports/test_exports.py::test_no_text_of_a_workbook_is_a_formula",
    "F30 archives that unpack into too much": "survey/test_tables.py::"
    "test_an_archive_that_unpacks_into_too_much_is_not_unpacked",
    "F31 markup": "web/console/test_inert.py::test_written_text_is_only_text",
    "F32 addresses in documents": "reports/test_renderer.py::"
    "test_network_and_programs_are_refused_in_a_worker",
    "F33 endless document": "reports/test_renderer.py::"
    "test_a_document_without_end_is_stopped_and_the_next_one_is_fine",
    "F35 reload": f"{PROOF}nothing_is_lost.py::test_a_reload_under_load_fails_nobody",
    "F35 upgrade": f"{PROOF}nothing_is_lost.py::test_an_upgrade_under_load_fails_nobody",
    "F36 a stop finishes what was begun": f"{PROOF}nothing_is_lost.py::"
    "test_a_stop_finishes_what_was_begun",
    "F37 migration killed": "migrations/test_schema.py::"
    "test_a_migration_killed_at_any_statement_is_done_again_whole",
    "F37 migration killed, PostgreSQL": "migrations/test_schema.py::"
    "test_a_killed_migration_leaves_nothing_on_postgresql_either",
    "F38 another release's schema": "survey/test_worker.py::"
    "test_a_web_process_refuses_the_schema_of_another_release",
    "F38 a later release's schema": "migrations/test_schema.py::"
    "test_a_database_of_a_later_release_is_refused",
    "F39 copy under load": f"{PROOF}restores.py::"
    "test_a_copy_taken_under_load_has_all_that_was_acknowledged_before",
    "F39 the program's own backup": "survey/backups/test_backups.py::"
    "test_a_backup_restored_over_its_own_platform_keeps_what_came_since",
    "F6 disk full during a backup": "survey/backups/test_backups.py::"
    "test_a_full_disk_leaves_the_older_backup",
    "F40 old backup, two people": "survey/backups/test_backups.py::"
    "test_an_old_backup_over_an_opened_round_takes_two_people",
    "F40 old copy over an opened round": f"{PROOF}restores.py::"
    "test_an_old_copy_over_an_opened_round_revives_nothing",
    "F41 key lost": f"{BOX}intake.py::test_a_key_lost_while_the_round_is_open_is_noticed",
    "F42 opening stopped anywhere": f"{BOX}opening*.py::"
    "test_an_opening_stopped_anywhere_is_taken_up_again",
    "F43 two openers": f"{PROOF}database_faults.py::test_openers_that_meet_open_once",
    "F43 answer racing the close": f"{BOX}inbox.py::"
    "test_an_answer_racing_the_close_is_in_the_box_or_told_so",
    "F45 record changed": "survey/audit/test_audit_chain.py::"
    "test_tampering_is_found_where_it_happened",
    "F48 fonts": "reports/test_pdf.py::test_a_missing_font_is_named",
    "F46 captive portal": "journeys/test_sending.py::"
    "test_a_portal_that_answers_in_our_place_is_not_believed",
}
ELSEWHERE = {
    "F9": "replication belongs to the operator's PostgreSQL",
    "F21": "slow senders are nginx's to hold off; docs/operations.md has its timeouts",
    "F44": "no state lives in volatile files but counts of bursts",
    "F47": "the anchor is printed; no mail is needed for it",
}
UNPROVEN = {
    "F34": "documents by the hundred as durable jobs are issue 6's (DOCUMENTS), not built yet; "
    "`reports build` of today restarts with what is missing and its worker is proven by F33",
}
"""What nobody has shown yet, and whose it is; whoever shows it moves it above."""


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file, or in all that a pattern names."""
    return frozenset(
        node.name
        for path in TESTS.glob(file)
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.FunctionDef)
    )


@pytest.mark.parametrize("fault", HELD)
def test_every_promise_has_its_test(fault: str) -> None:
    file, _, name = HELD[fault].partition("::")

    assert name in names_in(file)


def test_every_fault_is_in_the_table() -> None:
    named = {fault.partition(" ")[0] for fault in HELD} | ELSEWHERE.keys() | UNPROVEN.keys()

    assert named == {f"F{number}" for number in range(1, 49)}
    assert not {fault.partition(" ")[0] for fault in HELD} & (ELSEWHERE.keys() | UNPROVEN.keys())
