"""Opening a round in a process of its own, which may be killed at any moment."""

import multiprocessing
from contextlib import suppress
from multiprocessing.process import BaseProcess

from survey import clock
from survey.accounts.policy import OPERATOR
from survey.collection.fieldwork import RoundNotReady
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import make_engine, make_sessions
from survey.publication.closing import close_round


def start_opener(config: Config, round_code: str) -> BaseProcess:
    """Start closing a round; the process ends with 0 when the round is closed."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_close, args=(config, round_code), daemon=True)
    process.start()
    return process


def _close(config: Config, round_code: str) -> None:
    engine = make_engine(config.database_url)
    stores = (Keystore(config.keystore), open_inbox(config, engine))
    # An earlier opener may have been killed when everything had been done.
    with suppress(RoundNotReady):
        close_round(
            make_sessions(engine),
            OPERATOR,
            round_code,
            *stores,
            now=clock.now(),
            early_reason="proof",
        )
