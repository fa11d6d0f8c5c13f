"""Entry point of the web server: `gunicorn wsgi:app`."""

import gc

from ebelge.app import create_app
from ebelge.core.telemetry import configure_logging
from ebelge.ubl.validate import warm_up

configure_logging("web")
warm_up()
app = create_app()
gc.freeze()  # what a process keeps for life is not looked through again and again
