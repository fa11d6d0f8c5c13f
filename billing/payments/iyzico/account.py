"""A merchant account: its settings and its wire, and the difference between asking and being refused."""

from collections.abc import Callable, Mapping
from typing import Any

from billing.payments.iyzico.error_codes import failure
from billing.payments.iyzico.wire import IyzicoSettings, Wire


class Account:
    """What every iyzico module calls through."""

    def __init__(self, settings: IyzicoSettings) -> None:
        self.settings = settings
        self._wire = Wire(settings)

    def ask(self, operation: Callable[..., Any], request: Mapping[str, Any] | None) -> dict[str, Any]:
        """The answer, success or failure. :raises GatewayUnavailable: none came that can be read."""
        return self._wire.call(operation, request)

    def call(self, operation: Callable[..., Any], request: Mapping[str, Any] | None) -> dict[str, Any]:
        """The answer, if it is a success. :raises GatewayRefused, GatewayUnavailable: by iyzico's error code."""
        answer = self.ask(operation, request)
        if answer["status"] != "success":
            raise failure(answer)
        return answer
