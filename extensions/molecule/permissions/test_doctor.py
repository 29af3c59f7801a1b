# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The doctor reads all it needs with docs/permissions_doctor_*.json alone; without one of them it says which."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import permission_table
import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor import DoctorQuery
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_a import gather_doctor_a
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_b import gather_doctor_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import Diagnosis, diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pairs import pairs_of
from scenario.accounts import new_account
from scenario.emulator import URL, control
from scenario.owner import CLUSTER, make_owner
from scenario.playbook import ROOT, Run, converge, run_playbook
from scenario.users import User

DOCTOR, SITE = ROOT / "playbooks/doctor.yml", ROOT / "playbooks/site.yml"
ROLE_A, ROLE_B, PROFILE = "DaxCrossAccountRole", "AssumeDaxRole", "AssumeDaxInstanceProfile"
# Those that are used here at all.
ACTIONS = [
    (side, action)
    for side in "ab"
    for action in sorted(permission_table.actions(f"doctor_{side}") - set(permission_table.UNSEEN[f"doctor_{side}"]))
]
# A list that decides nothing is not missed: the rule that names it is not on the cluster's port. Its reading says why.
ABOUT_LISTS = ("ec2:DescribeManagedPrefixLists", "ec2:GetManagedPrefixListEntries")


@dataclass
class World:
    """A joined pair, a user on each side with the doctor's policy, and what the doctor read and said with these."""

    users: dict[str, User]
    query: dict[str, DoctorQuery]
    run: Run
    read: dict[str, dict[str, Any]]

    def look(self, side: str, **more: Any) -> tuple[dict[str, Any], Diagnosis]:
        """Read one side anew, as its user, and judge it with what was read of the other one; return both."""
        user, read = self.users[side], copy.deepcopy(self.read)
        identity = read[side]["facts"]["identity"]
        query = DoctorQuery(**{**vars(self.query[side]), **more})
        gather = gather_doctor_a if side == "a" else gather_doctor_b
        read[side]["facts"] = gather(_Clients(user), identity, user.account.region, query)
        if more:
            read[side]["wishes"] |= more
        (pair,) = pairs_of([read["a"]], [{**read["b"], "live": None}], "site.yml")  # type: ignore[list-item,typeddict-item]
        return read[side]["facts"]["readings"], diagnose(pair)


class _Clients(dict[str, Any]):
    def __init__(self, user: User) -> None:
        super().__init__()
        self._user = user

    def __missing__(self, service: str) -> Any:
        keys = {f"aws_{name}": self._user.connection[name] for name in ("access_key", "secret_key")}
        named = {"aws_access_key_id": keys["aws_access_key"], "aws_secret_access_key": keys["aws_secret_key"]}
        region = self._user.account.region
        self[service] = boto3.session.Session().client(service, region_name=region, endpoint_url=URL, **named)
        return self[service]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    a, b = new_account(), new_account()
    owner = make_owner(a)
    boundary = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
    arn = a.iam.create_policy(PolicyName="boundary", PolicyDocument=boundary)["Policy"]["Arn"]
    # Managed policies and a boundary on the way, so that these are read too.
    more = {"dax_account_a_permissions_boundary": arn, "dax_account_b_ssm_access": True}
    converge(SITE, a, b, variables=more)
    # So are prefix lists, where a rule of a group or a route names one.
    for account in (a, b):
        _name_a_list(account, owner.group_id if account is a else None)
    users = {side: User(account, f"doctor_{side}") for side, account in (("a", a), ("b", b))}
    control("PUT", "settings", {"enforce_iam": True})
    try:
        connections = {f"dax_account_{side}_connection": user.connection for side, user in users.items()}
        run = run_playbook(DOCTOR, a, b, variables=connections)
        query = {
            "a": DoctorQuery(cluster_name=CLUSTER, role_name=ROLE_A),
            "b": DoctorQuery(
                name="dax-client",
                cluster_arn=owner.cluster_arn,
                cluster_vpc_id=owner.vpc_id,
                role_name=ROLE_B,
                instance_profile_name=PROFILE,
                security_group_name="dax-client",
            ),
        }
        yield World(users, query, run, {side: _returned(run, f"dax_account_{side}_doctor") for side in users})
    finally:
        control("PUT", "settings", {"enforce_iam": False})


def _name_a_list(account: Any, group_id: str | None) -> None:
    made = account.ec2.create_managed_prefix_list(
        PrefixListName="office", MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24"}]
    )["PrefixList"]["PrefixListId"]
    if group_id is None:
        filters = [{"Name": "group-name", "Values": ["dax-client"]}]
        group_id = account.ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": made}]}
    account.ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=[rule])


def _returned(run: Run, fact: str) -> dict[str, Any]:
    found = [result["ansible_facts"][fact] for _host, _task, result in run.results if fact in _facts(result)]
    return dict(found[-1])


def _facts(result: dict[str, Any]) -> dict[str, Any]:
    return result.get("ansible_facts") or {}


def test_with_these_rights_the_doctor_reads_everything(world: World) -> None:
    assert world.run.rc == 0, world.run.text[-3000:]
    (said,) = _returned(world.run, "dax_doctor_result")["diagnoses"]
    assert [(item["check"], item["found"]) for item in said["findings"] if item["verdict"] == "unknown"] == []
    assert said["headline"] is None
    for side, read in world.read.items():
        problems = {name: item["problem"] for name, item in read["facts"]["readings"].items() if item["problem"]}
        assert (side, problems) == (side, {})


@pytest.mark.parametrize("side", ["a", "b"])
def test_no_right_is_missing_and_none_is_there_for_nothing(side: str, world: World) -> None:
    called = world.users[side].called(world.run.calls)
    unseen = set(permission_table.UNSEEN[f"doctor_{side}"])
    assert called == permission_table.actions(f"doctor_{side}") - unseen
    assert world.run.write_attempts() == []


@pytest.mark.parametrize(("side", "action"), ACTIONS)
def test_a_right_that_is_taken_away_is_named_and_nothing_else_is_called_broken(
    side: str, action: str, world: World
) -> None:
    more = {"role_per_consumer": True} if action == "iam:ListRoles" else {}
    user = world.users[side]
    user.lacks(action)
    try:
        readings, said = world.look(side, **more)
    finally:
        user.lacks("")
    if action in ABOUT_LISTS:
        assert action in json.dumps(readings["prefix_lists"])
    else:
        unknown = [item["found"] for item in said["findings"] if item["verdict"] == "unknown"]
        assert any(action in found for found in unknown), unknown
    assert [(item["check"], item["found"]) for item in said["findings"] if item["verdict"] == "broken"] == []
