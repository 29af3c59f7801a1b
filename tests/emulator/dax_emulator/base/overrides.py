# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations that the emulator answers itself, or checks before or after LocalStack does.

    @override("ec2", "CreateRoute")
    def create_route(context, request, proceed):
        …check request…
        return proceed()

`request` is the parsed request, `proceed()` runs LocalStack's own implementation and returns its response as a
dictionary; `proceed(changed_request)` does so with another request.

A layer is around every operation of a service, overridden or not; the first that was registered is the outermost:

    @layer("iam")
    def checked(context, answer):
        …look at context.service_request…
        return answer()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.skeleton import Skeleton
from localstack.services.moto import call_moto_with_request

Request = dict[str, Any]
Response = dict[str, Any]
Proceed = Callable[..., Response]
Override = Callable[[RequestContext, Request, Proceed], Response | None]
Layer = Callable[[RequestContext, Callable[[], Response]], Response]
Handler = Callable[[RequestContext, Any], Any]

_overrides: dict[tuple[str, str], Override] = {}
_layers: list[tuple[tuple[str, ...], Layer]] = []


def override(service: str, *operations: str) -> Callable[[Override], Override]:
    """Register a function for these operations of a service."""

    def register(function: Override) -> Override:
        for operation in operations:
            if (service, operation) in _overrides:
                raise RuntimeError(f"{service} {operation} is overridden twice")
            _overrides[service, operation] = function
        return function

    return register


def layer(*services: str) -> Callable[[Layer], Layer]:
    """Register a function that is around every operation of these services."""

    def register(function: Layer) -> Layer:
        _layers.append((services, function))
        return function

    return register


def install() -> None:
    """Wrap the dispatch table of every service as it is built (services load lazily, so this comes first)."""
    original_init = Skeleton.__init__

    def init(self: Skeleton, service: Any, implementation: Any) -> None:
        original_init(self, service, implementation)
        for (name, operation), function in _overrides.items():
            if name == self.service.service_name:
                self.dispatch_table[operation] = _wrap(function, self.dispatch_table[operation])
        for services, around in reversed(_layers):
            if self.service.service_name in services:
                for operation, handler in self.dispatch_table.items():
                    self.dispatch_table[operation] = _surround(around, handler)

    Skeleton.__init__ = init  # type: ignore[method-assign]


def _surround(around: Layer, inner: Handler) -> Handler:
    return lambda context, request: around(context, lambda: inner(context, request))


def _wrap(function: Override, original: Callable[..., Any]) -> Handler:
    def handler(context: RequestContext, request: Any) -> Any:
        parsed: Request = dict(request or {})

        def proceed(changed: Request | None = None) -> Response:
            if changed is None:
                return dict(original(context, request) or {})
            return dict(call_moto_with_request(context, changed) or {})

        return function(context, parsed, proceed)

    return handler
