# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Refusals whose cause is the region: one without DAX, one that does not exist, one that the account has not enabled.

AWS says none of this plainly, so it is found out from what it answers elsewhere. Reads only.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import error_code, error_message

with suppress(ImportError):  # AnsibleAWSModule reports a missing SDK.
    from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

# What an account gets in a region that it has not enabled, and also, but for the last two, for keys that are wrong.
# https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html
_REFUSALS = frozenset(
    {
        "AuthFailure",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "OptInRequired",
        "RegionDisabledException",
    }
)
# A region of each partition that every account has.
_ALWAYS_ENABLED = {"cn-": "cn-north-1", "us-gov-": "us-gov-west-1", "us-iso": ""}


class RegionError(AnsibleAWSError):  # type: ignore[misc]
    """A read that fails because of the region; the message is one clause that names it and the fix."""

    def __init__(self, message: str) -> None:
        super().__init__(message=message)


def stop_vain_retries(client: Any) -> Any:
    """Return a boto3 client that does not ask again for a host whose name does not exist.

    A resolver that cannot be reached is another matter: that passes, and botocore's retries go on.
    """

    def give_up(caught_exception: Exception | None = None, **_event: Any) -> None:
        if caught_exception is not None and unknown_host(caught_exception):
            raise caught_exception

    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register_first(f"needs-retry.{service}", give_up, unique_id="dax-cross-account-vain-retries")
    return client


def unknown_host(error: BaseException) -> str:
    """Return the name of the host that a call failed to find, or "" for any other error."""
    inner = getattr(error, "exception", None) or error
    if not isinstance(inner, EndpointConnectionError):
        return ""
    cause: BaseException | None = inner.kwargs.get("error")
    seen: set[int] = set()
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if isinstance(cause, socket.gaierror):
            host = urlsplit(str(inner.kwargs.get("endpoint_url"))).hostname or ""
            return "" if cause.errno == socket.EAI_AGAIN else host
        cause = cause.__cause__ or cause.__context__
    return ""


def check_dax(error: AnsibleAWSError, region: str) -> None:
    """Raise a :class:`RegionError` if a read of DAX failed for want of DAX in the region.

    Where there is no DAX, AWS has no host of that name, or refuses "API Version: DAX_V3"; so it does in accounts
    that DAX is not open to. https://github.com/turbot/steampipe-plugin-aws/issues/782 and 868
    """
    refused = error_code(error) == "InvalidParameterValueException" and "API Version" in error_message(error)
    if refused or unknown_host(error):
        words = error_message(error) or f"there is no host {unknown_host(error)}"
        raise RegionError(
            f"region {region} has no DAX, or DAX is not open to this account there ({words}); correct the region"
        ) from error


def explain(module: Any, error: BaseException, region: str) -> str:
    """Return why AWS refuses the credentials in a region, if it takes them elsewhere; "" if the cause is another.

    :param module: the AnsibleAWSModule, whose credentials are tried in a region that every account has.
    :param region: where they were refused.
    """
    host = unknown_host(error)
    if host:
        return f"there is no host {host}: region {region} does not exist, or has none; correct the region"
    home = next((name for prefix, name in _ALWAYS_ENABLED.items() if region.startswith(prefix)), "us-east-1")
    if error_code(error) not in _REFUSALS or not home or region == home:
        return ""
    try:
        account = module.client("sts", region=home).get_caller_identity()["Account"]
    except (ClientError, BotoCoreError):
        return ""
    enable = f"enable it there (aws account enable-region --region-name {region}), which takes up to some hours"
    not_enabled = f"region {region} is not enabled in account {account}; {enable}, or correct the region"
    token = (
        "a session token of the global STS endpoint is good only in regions that are enabled by default; take one "
        "of a regional endpoint (AWS_STS_REGIONAL_ENDPOINTS=regional), or keys"
    )
    status = _opt_in_status(module, region, home)
    if status == "not-opted-in":
        return not_enabled
    if status:
        return (
            f"account {account} has region {region} ({status}), which refuses what is good in {home}: it may still be "
            f"being enabled, or {token}"
        )
    return f"the credentials are good in {home}: either {not_enabled}, or {token}"


def _opt_in_status(module: Any, region: str, home: str) -> str:
    """Return AWS's word for a region in this account, or "" where the credentials may not ask."""
    try:
        found = module.client("ec2", region=home).describe_regions(RegionNames=[region], AllRegions=True)["Regions"]
    except (ClientError, BotoCoreError):
        return ""
    return str(found[0].get("OptInStatus", "")) if found else ""
