# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real client's GetItem, as far as the emulator's data plane can tell: profile, role, STS, trust, rights, nodes.

It is on loopback, so that no route, group, ACL or name stands in its way.
"""

from __future__ import annotations

from typing import Any

import botocore.session
from amazondax import AmazonDaxClient
from botocore.config import Config

from ..accounts import Account
from ..emulator import control

KEY = {"pk": {"S": "order-1"}}
TABLE = "orders"
SESSION = "dax-client"


def make_item(account: Account) -> None:
    """Make the table behind the cluster, with one item."""
    account.dynamodb.create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    account.dynamodb.put_item(TableName=TABLE, Item={**KEY, "amount": {"N": "1"}})


def get_item(b: Account, instance_id: str, role_arn: str, cluster_arn: str, **more: str) -> dict[str, Any]:
    """Return the item as the instance's role gets it, by account A's role and a node of the cluster.

    :param more: further parameters of AssumeRole.
    """
    metadata = control("GET", f"instances/{b.id}/{b.region}/{instance_id}/metadata")
    if metadata["credentials"] is None:
        raise LookupError(f"{instance_id} has no credentials")
    found = b.session(metadata["credentials"]).assume_role(RoleArn=role_arn, RoleSessionName=SESSION, **more)
    keys = found["Credentials"]
    (cluster,) = [item for item in control("GET", "dataplane")["clusters"] if item["arn"] == cluster_arn]
    where = f"dax://{cluster['discovery']['address']}:{cluster['discovery']['port']}"
    session = botocore.session.Session()
    session.set_credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    client = AmazonDaxClient(
        session,
        region_name=cluster_arn.split(":")[3],
        endpoint_url=where,
        config=Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 0}),
    )
    with client:
        item: dict[str, Any] = client.get_item(TableName=TABLE, Key=KEY)["Item"]
    return item
