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

    @around("ec2")
    def every_call(context, request, proceed):
        …

stands around each call of a service that comes from outside, overridden or not. `ask()` calls an operation on behalf of
the caller, with its override but without what stands around it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from localstack.aws.api import RequestContext
from localstack.aws.forwarder import create_aws_request_context
from localstack.aws.skeleton import Skeleton
from localstack.services.moto import call_moto_with_request
from werkzeug.datastructures import Headers

Request = dict[str, Any]
Response = dict[str, Any]
Proceed = Callable[..., Response]
Override = Callable[[RequestContext, Request, Proceed], Response | None]
Handler = Callable[[RequestContext, Any], Any]

_overrides: dict[tuple[str, str], Override] = {}
_arounds: list[tuple[tuple[str, ...], Override]] = []  # with their services, the outermost first
_tables: dict[str, dict[str, Handler]] = {}  # what answers the operations of a service, without what stands around


def override(service: str, *operations: str) -> Callable[[Override], Override]:
    """Register a function for these operations of a service."""

    def register(function: Override) -> Override:
        for operation in operations:
            if (service, operation) in _overrides:
                raise RuntimeError(f"{service} {operation} is overridden twice")
            _overrides[service, operation] = function
        return function

    return register


def around(*services: str) -> Callable[[Override], Override]:
    """Register a function that stands around every call of these services; the first one is the outermost."""

    def register(function: Override) -> Override:
        _arounds.append((services, function))
        return function

    return register


def ask(context: RequestContext, operation: str, request: Request) -> Response:
    """The answer of another operation of the service that `context` is about, to the same caller.

    Raises what the operation raises.
    """
    assert context.service is not None
    service = context.service.service_name
    asked = create_aws_request_context(service, operation, request, region=context.region)
    asked.request.headers = Headers({**dict(context.request.headers), **dict(asked.request.headers)})
    asked.account_id, asked.partition = context.account_id, context.partition
    return dict(_tables[service][operation](asked, request) or {})


def install() -> None:
    """Wrap the dispatch table of every service as it is built (services load lazily, so this comes first)."""
    original_init = Skeleton.__init__

    def init(self: Skeleton, service: Any, implementation: Any) -> None:
        original_init(self, service, implementation)
        service_name = self.service.service_name
        for (name, operation), function in _overrides.items():
            if name == service_name:
                self.dispatch_table[operation] = _wrap(function, self.dispatch_table[operation])
        _tables[service_name] = dict(self.dispatch_table)
        for services, function in reversed(_arounds):
            if service_name in services:
                for operation, handler in self.dispatch_table.items():
                    self.dispatch_table[operation] = _surround(function, handler)

    Skeleton.__init__ = init  # type: ignore[method-assign]


def _surround(function: Override, original: Handler) -> Handler:
    def handler(context: RequestContext, request: Any) -> Any:
        if context.is_internal_call:
            return original(context, request)
        return function(context, dict(request or {}), lambda: dict(original(context, request) or {}))

    return handler


def _wrap(function: Override, original: Handler) -> Handler:
    def handler(context: RequestContext, request: Any) -> Any:
        parsed: Request = dict(request or {})

        def proceed(changed: Request | None = None) -> Response:
            if changed is None:
                return dict(original(context, request) or {})
            return dict(call_moto_with_request(context, changed) or {})

        return function(context, parsed, proceed)

    return handler
