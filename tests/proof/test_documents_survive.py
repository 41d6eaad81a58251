"""F34: workers killed by force while they make documents; `make proof` does it at length."""

import pytest

from tests.proof.campaign import POSTGRESQL, SQLITE
from tests.proof.documents import prove_documents


@pytest.mark.parametrize("database", [SQLITE, POSTGRESQL])
def test_every_document_is_made_once_and_whole(database: str) -> None:
    proof = prove_documents(database, branches=8, kills=2, seed=6)

    assert proof.faults == []
    assert (proof.files, proof.kills) == (37, 2)
