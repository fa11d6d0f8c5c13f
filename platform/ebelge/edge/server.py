"""How gunicorn serves the application: `gunicorn --config python:ebelge.edge.server wsgi:app`.

The application is loaded once, before the processes are forked, so they start at once and share its memory. GİB's rules
are not: neither Saxon nor an open connection survives a fork, so each process loads the rules when it begins.
"""

import gc

from ebelge.ubl.validate import warm_up

preload_app = True
timeout = 120
graceful_timeout = 30
# Heads of requests are bounded, cookies with them; who a client is, is said by edge.proxies alone.
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
forwarded_allow_ips = ""
# A process keeps what its largest bulk took; a new one now and then costs a second and starts small.
max_requests = 50_000
max_requests_jitter = 5_000


def when_ready(server: object) -> None:
    """What the application keeps for life is not looked through by each process, and so stays shared by all."""
    gc.freeze()


def post_worker_init(worker: object) -> None:
    """A new process loads GİB's rules before its first request."""
    warm_up()
