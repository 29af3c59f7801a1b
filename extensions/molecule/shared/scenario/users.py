# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user for each side who has the generated policy and nothing else."""

from __future__ import annotations

import json
from typing import Any

import permission_table

from .accounts import Account
from .playbook import ROOT


class User:
    """A user in one account, with one side's policy out of docs/."""

    def __init__(self, account: Account, side: str) -> None:
        self.account, self.side = account, side
        self.document = json.loads((ROOT / f"docs/permissions_{side}.json").read_text())
        iam = account.iam
        iam.create_user(UserName="operator")
        self.policy = iam.create_policy(PolicyName="operator", PolicyDocument=json.dumps(self.document))["Policy"][
            "Arn"
        ]
        iam.attach_user_policy(UserName="operator", PolicyArn=self.policy)
        key = iam.create_access_key(UserName="operator")["AccessKey"]
        keys = {"access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
        self.connection = account.connection(**keys)

    def called(self, calls: list[dict[str, Any]]) -> set[str]:
        """Return the actions that this user called, those of other principals left out."""
        own = [
            call for call in calls if call["account"] == self.account.id and ":user/operator" in str(call["principal"])
        ]
        return {f"{call['service']}:{call['operation']}" for call in own} - permission_table.FREE.keys()

    def lacks(self, action: str) -> None:
        """Take one action out of the policy; an empty one gives all of them back."""
        kept = [
            {**statement, "Action": [name for name in statement["Action"] if name != action]}
            for statement in self.document["Statement"]
        ]
        document = {**self.document, "Statement": [statement for statement in kept if statement["Action"]]}
        iam = self.account.iam
        for version in iam.list_policy_versions(PolicyArn=self.policy)["Versions"]:
            if not version["IsDefaultVersion"]:
                iam.delete_policy_version(PolicyArn=self.policy, VersionId=version["VersionId"])
        iam.create_policy_version(PolicyArn=self.policy, PolicyDocument=json.dumps(document), SetAsDefault=True)
