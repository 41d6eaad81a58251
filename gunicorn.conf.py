"""How gunicorn serves `wsgi:app`: no access log, since a visitor's address is nobody's business."""

import ctypes
import gc
import os
import signal
from typing import Any

from sqlalchemy.orm import configure_mappers

import survey.sqlite  # must come before anything that opens a database

# isort: split
# Before the fork, though no application is made: workers share the memory of the code, and the
# counters of bursts. Whoever brings new code therefore starts the service anew.
import survey.app
import survey.worker  # noqa: F401

configure_mappers()
# What is never collected is never written to, and so stays shared.
gc.collect()
gc.freeze()

host = os.environ.get("PINGYI_BIND", os.environ.get("HOST", "127.0.0.1"))
bind = f"{host}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("PINGYI_WORKERS", "3"))
threads = int(os.environ.get("PINGYI_THREADS", "4"))
worker_class = "survey.serving.Worker"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108 - gunicorn's heartbeat files
preload_app = False
accesslog = None
errorlog = "-"
# Of a request that it cannot read gunicorn tells, as a warning, the sender's address and the text.
loglevel = "error"
timeout = 60
graceful_timeout = 30
keepalive = 15
limit_request_line = 2048
limit_request_field_size = 8190
limit_request_fields = 60
forwarded_allow_ips = ""
# A socket in the home folder through which anybody of this user could stop or change the server.
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Refuse a schema of another release, test the keys, and open the short way to forms."""
    from survey.readiness import require_fit
    from survey.web.platform import EXTENSION
    from survey.web.public.front import Front

    if EXTENSION in getattr(worker.wsgi, "extensions", ()):
        require_fit(worker.wsgi.extensions[EXTENSION])
        front = worker.wsgi.wsgi_app
        worker.front = front if isinstance(front, Front) else None


def post_fork(_server: object, worker: Any) -> None:
    """Have a worker end with its master, however that ends.

    Orphans would keep the port, and go on answering phones, for as long as those stay connected;
    told to stop, they finish what they have begun and leave.
    """
    set_parent_death_signal = 1
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(set_parent_death_signal, signal.SIGTERM)
    if os.getppid() != worker.ppid:
        raise SystemExit("the master has gone already")
