# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts of the emulator, where a 12-digit access key is the account, and their boto3 clients."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from .emulator import URL

REGION = "us-east-1"


@dataclass(frozen=True)
class Account:
    """One account. Nothing isolates better than an account that nobody has used before, see ``new_account``."""

    id: str
    region: str = REGION

    def __getattr__(self, service: str) -> Any:
        """Return a client: ``account.ec2``."""
        if service.startswith("_"):
            raise AttributeError(service)
        return _client(service, self.id, self.region)

    def session(self, credentials: dict[str, str]) -> Any:
        """Return an STS client with the credentials that the emulator's metadata service tells of an instance."""
        return boto3.session.Session().client(
            "sts",
            endpoint_url=URL,
            region_name=self.region,
            aws_access_key_id=credentials["access_key_id"],
            aws_secret_access_key=credentials["secret"],
            aws_session_token=credentials["token"],
        )

    def connection(self, **options: str) -> dict[str, str]:
        """Return the connection options of the roles for this account."""
        own = {"access_key": self.id, "secret_key": "molecule", "region": self.region, "endpoint_url": URL}
        return {**own, **options}


@cache
def _client(service: str, account: str, region: str) -> Any:
    return boto3.session.Session().client(
        service,
        endpoint_url=URL,
        region_name=region,
        aws_access_key_id=account,
        aws_secret_access_key="molecule",
        aws_session_token="",
    )


def new_account() -> Account:
    return Account(str(random.randint(10**11, 10**12 - 1)))


def scenario_accounts() -> tuple[Account, Account]:
    """Return the accounts A and B that the scenario's molecule.yml names."""
    return Account(os.environ["DAX_ACCOUNT_A"]), Account(os.environ["DAX_ACCOUNT_B"])
