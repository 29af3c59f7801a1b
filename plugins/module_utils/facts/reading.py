# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readings that may fail without ending the run: what AWS refuses is told, and the rest is read all the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import error_code, error_message
from ..common.patience import Unsettled
from ..common.quotas import QUOTAS, Quota
from ..common.shapes import Reading
from .rights import NotSimulated
from .session import missing_action

with suppress(ImportError):  # AnsibleAWSModule reports a missing SDK.
    from botocore.exceptions import BotoCoreError, ClientError


def reading(read: Callable[[], Any], *others: type[Exception]) -> Reading:
    """Return what a call returns, or why AWS refused it.

    :param others: further errors that say why.
    """
    try:
        return {"value": read(), "problem": None}
    except ClientError as error:
        return {"value": None, "problem": _words(error)}
    except AnsibleAWSError as error:
        cause = getattr(error, "exception", None)
        words = _words(cause) if isinstance(cause, ClientError) else " ".join(str(error).split())
        return {"value": None, "problem": words}
    except (BotoCoreError, NotSimulated, Unsettled, *others) as error:
        return {"value": None, "problem": " ".join(str(error).split())}


def list_of(on: Reading, read: Callable[[Any], Any]) -> Reading:
    """Return a reading, of a list, that needs another one's value.

    Of nothing there is nothing, and of what could not be read there is the same problem.
    """
    if on["problem"] is not None:
        return on
    if not on["value"]:
        return {"value": [], "problem": None}
    return reading(lambda: read(on["value"]))


def one_of(on: Reading, read: Callable[[Any], Any]) -> Reading:
    """Return the same for what there is at most one of."""
    return on if on["problem"] is not None or not on["value"] else reading(lambda: read(on["value"]))


def _words(error: Exception) -> str:
    # The first sentence says what is wrong; AWS's advice and addresses come after it.
    words = f"{error_code(error)}: {error_message(error).partition('. ')[0]}"
    return " ".join(f"{words}{missing_action(error)}".split())


def read_quota(client: Any, service: str, code: str) -> float:
    """Return an account's own quota; AWS's default, where the account has none of its own.

    Source: https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    try:
        return float(client.get_service_quota(ServiceCode=service, QuotaCode=code)["Quota"]["Value"])
    except ClientError as error:
        default = next((item.default for item in QUOTAS.values() if item.code == code), None)
        if error_code(error) != "NoSuchResourceException" or default is None:
            raise
        return float(default)


def quota_reading(client: Any, quota: Quota) -> Reading:
    return reading(lambda: read_quota(client, quota.service, quota.code))
