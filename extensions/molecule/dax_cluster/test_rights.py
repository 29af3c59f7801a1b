# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules run with docs/permissions_cluster.json alone, and nothing in it is there for nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import permission_table
import pytest
from scenario.accounts import new_account
from scenario.emulator import settings
from scenario.owner import make_owner, trust
from scenario.playbook import Run, run_playbook
from scenario.users import User

PLAY = Path(__file__).with_name("lifecycle.yml")


def live(role: str = "DaxServiceRole", lacking: str = "") -> tuple[User, Run]:
    account = new_account()
    owner = make_owner(account)
    user = User(account, "cluster")
    if lacking:
        user.lacks(lacking)
    roles = {item["RoleName"] for item in account.iam.list_roles()["Roles"]}
    if role not in roles:
        account.iam.create_role(RoleName=role, AssumeRolePolicyDocument=trust("dax.amazonaws.com"))
    variables: dict[str, Any] = {
        "dax_account_a_connection": user.connection,
        "subnet_ids": owner.subnet_ids,
        "iam_role_arn": account.iam.get_role(RoleName=role)["Role"]["Arn"],
    }
    with settings(enforce_iam=True):
        return user, run_playbook(PLAY, account, new_account(), variables=variables)


def test_every_call_is_allowed_and_every_action_is_called() -> None:
    user, run = live()
    assert run.rc == 0, run.failures
    assert user.called(run.calls) == permission_table.actions("cluster") - permission_table.UNSEEN["cluster"].keys()


@pytest.mark.parametrize("action", ["dax:CreateCluster", "dax:ListTags", "dax:UpdateSubnetGroup"])
def test_a_missing_action_is_named(action: str) -> None:
    _user, run = live(lacking=action)
    assert run.rc != 0
    assert [action in line for line in run.failures] == [True], run.failures


def test_another_role_cannot_be_given_to_a_cluster() -> None:
    _user, run = live(role="Administrator")
    assert run.rc != 0
    assert ["iam:PassRole" in line for line in run.failures] == [True], run.failures
