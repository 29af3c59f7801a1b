# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to every AWS request before and after its operation: credentials, faults, the call log."""

from __future__ import annotations

from typing import Any

from localstack.aws import handlers
from localstack.aws.api import RequestContext
from localstack.aws.chain import HandlerChain
from localstack.http import Response
from twisted.internet import endpoints, reactor

from dax_emulator.access import principals
from dax_emulator.access.permissions import authorize
from dax_emulator.base.errors import aws_error
from dax_emulator.base.settings import SETTINGS
from dax_emulator.front.calls import CALLS, is_write
from dax_emulator.front.faults import DROP, DROP_AFTER, FAULTS

_CONNECTION = "dax_emulator.connection"
_EXPIRED = {"ec2": "RequestExpired", "iam": "ExpiredToken", "sts": "ExpiredToken"}
_UNKNOWN = {"ec2": "AuthFailure", "iam": "InvalidClientTokenId", "sts": "InvalidClientTokenId"}


class Dropped(Exception):
    """The connection is closed without an answer."""


def install() -> None:
    """Hook into LocalStack's handler chain and its server."""
    handlers.serve_custom_service_request_handlers.append(_before)
    handlers.run_custom_response_handlers.append(_after)
    handlers.rewrite_region.region_rewriter_strategy = _KeepRegion()
    _listen_on_given_address_only()
    _remember_connections()


class _KeepRegion:
    """LocalStack moves regions outside of the `aws` partition to us-east-1; here they stay what they are."""

    def apply(self, context: RequestContext) -> None:
        return None


def _logged(context: RequestContext) -> bool:
    return context.service is not None and context.operation is not None and not context.is_internal_call


def _before(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    if not _logged(context):
        return
    assert context.service is not None and context.operation is not None
    service, operation = context.service.service_name, context.operation.name
    principal = _authenticate(context, service)
    context.emulator_principal = principal  # type: ignore[attr-defined]
    fault = FAULTS.take(service, operation, context.account_id, is_write(context))
    if fault is None:
        authorize(context, principal)
    elif fault.error == DROP:
        context.emulator_drop = True  # type: ignore[attr-defined]
        raise Dropped
    elif fault.error == DROP_AFTER:
        context.emulator_drop = True  # type: ignore[attr-defined]
    else:
        raise fault.exception(operation)
    if service == "ec2" and (context.service_request or {}).get("DryRun"):
        # moto's operations differ in whether they heed it
        raise aws_error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)


def _authenticate(context: RequestContext, service: str) -> principals.Principal:
    """The caller. Unknown and expired keys are refused, and so is a session's key without its token.

    A region that the caller's account has not enabled knows none of its keys.
    """
    key = principals.access_key_of(context)
    principal = principals.resolve(key, context.partition) if key else None
    if principal is not None and not SETTINGS.enabled(principal.account, context.region or ""):
        principal = None
    if principal is None:
        message = "AWS was not able to validate the provided access credentials"
        if service != "ec2":
            message = "The security token included in the request is invalid."
        raise aws_error(_UNKNOWN.get(service, "UnrecognizedClientException"), message, 401 if service == "ec2" else 403)
    session = principal.session
    if session is not None:
        token = context.request.headers.get("X-Amz-Security-Token")
        if token != session.token:
            code = _UNKNOWN.get(service, "UnrecognizedClientException")
            raise aws_error(code, "The security token included in the request is invalid.", 403)
        if session.expired:
            code = _EXPIRED.get(service, "ExpiredTokenException")
            raise aws_error(code, "The security token included in the request is expired", 403)
    context.account_id = principal.account
    context.request.headers["x-moto-account-id"] = principal.account
    return principal


def _after(chain: HandlerChain, context: RequestContext, response: Response) -> None:
    if not _logged(context):
        return
    dropped = getattr(context, "emulator_drop", False)
    principal = getattr(context, "emulator_principal", None)
    error = getattr(context.service_exception, "code", None) if context.service_exception else None
    if error is None and response.status_code >= 400:
        error = "InternalError"
    CALLS.add(
        context,
        status=0 if dropped else response.status_code,
        error=DROP if dropped else error,
        principal=principal.arn if principal else None,
    )
    if dropped:
        connection = context.request.environ.get(_CONNECTION)
        if connection is not None:
            reactor.callFromThread(connection.transport.abortConnection)  # type: ignore[attr-defined]


def _remember_connections() -> None:
    """Put the server's own request object into the WSGI environment, so that a connection can be closed."""
    from rolo.serving import twisted as server

    original = server.update_wsgi_environment

    def update(environ: dict[str, Any], request: Any) -> None:
        original(environ, request)
        environ[_CONNECTION] = request

    server.update_wsgi_environment = update  # type: ignore[assignment]


def _listen_on_given_address_only() -> None:
    """LocalStack's server ignores the address in GATEWAY_LISTEN and listens on all of them."""
    from localstack import config
    from localstack.runtime.server import twisted as server

    class LocalEndpoint(endpoints.TCP4ServerEndpoint):
        def __init__(self, reactor: Any, port: int) -> None:
            hosts = [listen.host for listen in config.GATEWAY_LISTEN if listen.port == port]
            super().__init__(reactor, port, interface=hosts[0] if hosts else "127.0.0.1")

    class Endpoints:
        TCP4ServerEndpoint = LocalEndpoint
        TCP6ServerEndpoint = endpoints.TCP6ServerEndpoint

    server.endpoints = Endpoints  # type: ignore[assignment]
