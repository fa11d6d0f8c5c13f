"""`python -m ebelge.devstack.fake_ca --state DIR`: answer about certificates until told to stop."""

import sys

from ebelge.devstack.fake_ca.application import FakeCa
from ebelge.devstack.fake_http.process import serve

if __name__ == "__main__":
    sys.exit(serve("ebelge.devstack.fake_ca", FakeCa))
