"""`python -m ebelge.devstack.fake_stripe --state DIR`: run the fake Stripe until it is told to stop."""

import sys

from ebelge.devstack.fake_http.process import serve
from ebelge.devstack.fake_stripe.application import FakeStripe

if __name__ == "__main__":
    sys.exit(serve("ebelge.devstack.fake_stripe", FakeStripe))
