"""Every command of the platform, added to Flask's own."""

from flask import Flask

from survey.cli import (
    accounts,
    collection,
    database,
    demo,
    org,
    questionnaires,
    rectification,
    results,
    rounds,
)

GROUPS = (
    database.group,
    org.org,
    org.members,
    org.commitments,
    questionnaires.group,
    rounds.group,
    rounds.points,
    collection.responses,
    results.group,
    results.reports,
    rectification.group,
    accounts.group,
    demo.group,
)
SINGLE = (collection.posters, collection.verify)


def register(app: Flask) -> None:
    """Add the commands to `flask`."""
    for added in (*GROUPS, *SINGLE):
        app.cli.add_command(added)
