"""`python -m ebelge.devstack.fake_tsa --state DIR`: run the time-stamping authority until it is told to stop."""

import sys

from ebelge.devstack.fake_http.process import serve
from ebelge.devstack.fake_tsa.application import FakeTsa

if __name__ == "__main__":
    sys.exit(serve("ebelge.devstack.fake_tsa", FakeTsa))
