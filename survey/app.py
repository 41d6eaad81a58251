"""The only wiring: settings in, a Flask application out."""

from __future__ import annotations

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel
from jinja2 import StrictUndefined

from reports.renderer import Renderer
from survey.cli import commands
from survey.collection.inbox import open_inbox
from survey.collection.keystore import Keystore
from survey.config import Config
from survey.db import make_engine, make_sessions
from survey.web import errors, formats, headers, metrics, numbers, policies, texts
from survey.web.api import resources
from survey.web.console import language
from survey.web.console.blueprint import make_console
from survey.web.platform import EXTENSION, Platform
from survey.web.public import (
    answering,
    board,
    checking,
    following,
    information,
    items,
    kiosk,
    results,
    shelf,
    ticketing,
)
from survey.web.public.front import Front


def create_app(config: Config) -> Flask:
    """Return the application for `config`, serving the audiences it names.

    Raises:
        ConfigError: the database library cannot keep what it acknowledges.
    """
    app = errors.Application("survey.web")
    app.extensions[EXTENSION] = _platform(config)
    app.config.update(
        TRUSTED_HOSTS=headers.trusted_hosts(config),
        MAX_CONTENT_LENGTH=policies.FORM_BYTES,
        MAX_FORM_PARTS=200,
        BABEL_DEFAULT_LOCALE=config.locale,
        BABEL_DEFAULT_TIMEZONE=config.timezone,
    )
    app.url_map.converters["int"] = numbers.Number
    provider = DefaultJSONProvider(app)
    provider.ensure_ascii = False
    app.json = provider
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    Babel(app, locale_selector=language.selected)
    texts.register(app)
    formats.register(app, config)
    errors.register(app)
    headers.register(app, config)
    _serve(app, config)
    commands.register(app)
    return app


def _platform(config: Config) -> Platform:
    """Return the stores and tools of a process, none of them opened or started before its use."""
    engine = make_engine(config.database_url)
    return Platform(
        config=config,
        engine=engine,
        sessions=make_sessions(engine),
        keystore=Keystore(config.keystore),
        inbox=open_inbox(config, engine),
        renderer=Renderer(home=config.home),
    )


def _serve(app: Flask, config: Config) -> None:
    """Register the pages of the audiences that this process serves."""
    app.view_functions["static"] = policies.policy.public(app.view_functions["static"])
    app.register_blueprint(metrics.bp)
    if "public" in config.audiences:
        app.register_blueprint(answering.bp)
        # QR codes hold the whole address in capitals, which makes them coarser and easier to read.
        app.register_blueprint(answering.bp, url_prefix="/Q", name="answering_capitals")
        app.register_blueprint(ticketing.bp)
        app.register_blueprint(ticketing.bp, url_prefix="/T", name="ticketing_capitals")
        app.register_blueprint(kiosk.bp)
        app.register_blueprint(information.bp)
        app.register_blueprint(following.bp)
        app.register_blueprint(board.bp)
        app.register_blueprint(results.bp)
        app.register_blueprint(items.bp)
        app.register_blueprint(items.short)
        app.register_blueprint(items.short, url_prefix="/Z", name="short_items_capitals")
        app.register_blueprint(checking.bp)
        app.register_blueprint(checking.bp, url_prefix="/V", name="checking_capitals")
        app.wsgi_app = Front(  # type: ignore[method-assign]
            app.wsgi_app, app.extensions[EXTENSION], shelf.shelf_of(app)
        )
    if "api" in config.audiences:
        app.register_blueprint(resources.bp)
    if "console" in config.audiences:
        app.register_blueprint(make_console())
