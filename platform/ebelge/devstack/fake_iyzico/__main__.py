"""`python -m ebelge.devstack.fake_iyzico --state DIR`: run the fake iyzico until it is told to stop."""

import sys

from ebelge.devstack.fake_http.process import serve
from ebelge.devstack.fake_iyzico.application import FakeIyzico

if __name__ == "__main__":
    sys.exit(serve("ebelge.devstack.fake_iyzico", FakeIyzico))
