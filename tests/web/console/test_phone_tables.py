"""Tables of the console on a phone: rows become cards, and each cell says what it is."""

import re
from pathlib import Path

import pytest

import survey

CONSOLE = Path(survey.__file__).parent / "web" / "templates" / "console"
TABLE = re.compile(r'<table class="([^"]*\btb\b[^"]*)">(.*?)</table>', re.DOTALL)
BODY = re.compile(r"<tbody>(.*)</tbody>", re.DOTALL)
CELL = re.compile(r"<td\b([^>]*?)>(.*?)</td>", re.DOTALL)
# Narrow tables, matrices and editors have layouts of their own; these two are lists of files and
# of faults in a file, which are read beside the file.
OTHER = {"fit", "slim", "items", "hbars", "diff", "edit-t"}
BESIDE_A_FILE = {"batch.html", "_parts.html"}


def tables():
    return [
        pytest.param(set(found[1].split()), found[2], id=f"{file.name}-{place}")
        for file in sorted(CONSOLE.glob("*.html"))
        if file.name not in BESIDE_A_FILE
        for place, found in enumerate(TABLE.finditer(file.read_text("utf-8")))
    ]


@pytest.mark.parametrize(("classes", "table"), tables())
def test_rows_become_cards_whose_cells_say_what_they_are(classes, table):
    if classes & OTHER:
        return
    assert "pile" in classes, "add the class pile, and data-t to each cell"
    body = BODY.search(table)
    for row in (body[1] if body else "").split("<tr")[1:]:
        unnamed = [
            cell
            for how, cell in CELL.findall(row)
            if "data-t=" not in how
            and not re.search(r'class="[^"]*\ball\b', how)
            and not re.search(r"\b(status|due)\(", cell)
        ]
        # A mark or a button speaks for itself; two numbers beside each other do not.
        assert len(unnamed) <= 1, "a cell needs data-t, or the class all"
