# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Readings that may fail without ending the run: what AWS refuses is told, and the rest is read all the same."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..common.aws import error_code, error_message
from ..common.quotas import QUOTAS, Quota
from ..common.shapes import Reading
from .rights import NotSimulated
from .session import missing_action

with suppress(ImportError):  # AnsibleAWSModule reports a missing SDK.
    from botocore.exceptions import BotoCoreError, ClientError


def reading(read: Callable[[], Any]) -> Reading:
    """Return what a call returns, or why AWS refused it."""
    try:
        return {"value": read(), "problem": None}
    except ClientError as error:
        # The first sentence says what is wrong; AWS's advice and addresses come after it.
        words = f"{error_code(error)}: {error_message(error).partition('. ')[0]}"
        return {"value": None, "problem": " ".join(f"{words}{missing_action(error)}".split())}
    except (BotoCoreError, NotSimulated) as error:
        return {"value": None, "problem": " ".join(str(error).split())}


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
