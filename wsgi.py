"""Entry point of the web server: `gunicorn --config python:ebelge.edge.server wsgi:app`."""

import gc

from ebelge.app import create_app
from ebelge.core.telemetry import configure_logging

configure_logging("web")
app = create_app()
gc.freeze()  # what a process keeps for life is not looked through again and again
