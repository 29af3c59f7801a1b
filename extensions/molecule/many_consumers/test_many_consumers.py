# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three consumers of one cluster, one of them in another region: nobody's run disturbs anybody else. In order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import combinations
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest
from botocore.exceptions import ClientError
from scenario.accounts import Account, new_account
from scenario.emulator import control
from scenario.owner import CLUSTER, Owner, make_owner
from scenario.playbook import SITE, TEARDOWN, Run, converge, write_inventory
from scenario.snapshot import differences, snapshot

ROLE, OWN_ROLE = "DaxCrossAccountRole", "AssumeDaxRole"
EXTERNAL_ID = "orders-42"
STRANGER = {
    "Sid": "Operators",
    "Effect": "Allow",
    "Principal": {"Service": "lambda.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}},
}


def boundary_in(account: Account) -> str:
    """Make a permissions boundary and return its ARN."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    policy = account.iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(document))
    return str(policy["Policy"]["Arn"])


@dataclass
class Fleet:
    """The owner and its consumers: host ``reports`` has the account ``accounts["reports"]``."""

    a: Account
    owner: Owner
    accounts: dict[str, Account]
    hosts: dict[str, dict[str, Any]]
    folder: Path

    def run(self, playbook: Path, *arguments: str, without: Iterable[str] = (), **variables: Any) -> Run:
        """Run a playbook for all consumers but those taken out of the inventory; it has to succeed."""
        hosts = {name: {**host, **variables} for name, host in self.hosts.items() if name not in without}
        owners = {"account_a": hosts.pop("account_a")}
        inventory = write_inventory(self.folder / "inventory.json", owners, hosts)
        return converge(playbook, self.a, self.a, *arguments, inventory=inventory)

    def snapshots(self) -> dict[str, Any]:
        return {name: snapshot(account) for name, account in {"account_a": self.a, **self.accounts}.items()}

    def key(self, name: str) -> str:
        return f"{self.accounts[name].id}/{name}"

    def external_id(self, name: str) -> str:
        """Return the external id that both sides work out for a consumer, as docs/security.md says."""
        return str(uuid5(NAMESPACE_URL, f"{EXTERNAL_ID}/{self.key(name)}"))

    def vpc(self, name: str) -> str:
        vpcs = snapshot(self.accounts[name])["vpcs"]
        (found,) = [key for key, vpc in vpcs.items() if vpc["tags"].get("dax.cross_account:consumer") == name]
        return str(found)

    def block(self, name: str) -> str:
        (found,) = snapshot(self.accounts[name])["vpcs"][self.vpc(name)]["blocks"]
        return str(found)

    def rules(self) -> list[dict[str, Any]]:
        """Return the rules of the cluster's group that are ours."""
        filters = [{"Name": "group-id", "Values": [self.owner.group_id]}]
        found = self.a.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
        return [rule for rule in found if str(rule.get("Description")).startswith("dax.cross_account: ")]

    def consumers_of_rules(self) -> list[str]:
        return sorted(str(rule["Description"]).rpartition("/")[2] for rule in self.rules())

    def session_of(self, name: str) -> Any:
        """Return an STS client with the credentials that a program on the consumer's instance finds."""
        account = self.accounts[name]
        (instance,) = snapshot(account)["instances"]
        found = control("GET", f"instances/{account.id}/{account.region}/{instance}/metadata")["credentials"]
        return account.session(found)

    def may_assume(self, name: str, role: str, session: str, external_id: str | None) -> bool:
        more = {"ExternalId": external_id} if external_id else {}
        try:
            answer = self.session_of(name).assume_role(RoleArn=role, RoleSessionName=session, **more)
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDenied", error
            return False
        return f"/{session}" in answer["AssumedRoleUser"]["Arn"]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    a = new_account()
    regions = {"reports": "us-east-1", "billing": "us-east-1", "archive": "eu-west-1"}
    accounts = {name: Account(new_account().id, region) for name, region in regions.items()}
    hosts: dict[str, dict[str, Any]] = {
        name: {
            "dax_account_b_connection": account.connection(),
            "dax_account_b_name": name,
            "dax_account_b_tags": {"cost": name},
            "dax_account_b_instance": name != "archive",
        }
        for name, account in accounts.items()
    }
    hosts["reports"] |= {"dax_account_b_dns_resolution": True}
    hosts["billing"] |= {
        "dax_account_b_role_path": "/billing/",
        "dax_account_b_permissions_boundary": boundary_in(accounts["billing"]),
        "dax_account_b_max_session_duration": 7200,
    }
    hosts["account_a"] = {
        "dax_account_a_cluster_name": CLUSTER,
        "dax_account_a_connection": a.connection(),
        "dax_account_a_external_id": EXTERNAL_ID,
        "dax_account_a_external_id_per_consumer": True,
        "dax_account_a_session_name_pattern": "orders-*",
        "dax_account_a_role_path": "/dax/",
        "dax_account_a_permissions_boundary": boundary_in(a),
        "dax_account_a_max_session_duration": 14400,
        "dax_account_a_dns_resolution": True,
        "dax_account_a_tags": {"cost": "orders"},
    }
    owner = make_owner(a, dns_hostnames=True)
    return Fleet(a, owner, accounts, hosts, tmp_path_factory.mktemp("inventory"))


def ours(role: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a role's trust policy that a stranger did not write."""
    return [item for item in role["trust"]["Statement"] if item != STRANGER]


def trusted(role: dict[str, Any]) -> dict[str, str]:
    """Return {principal: external id}."""
    found = {}
    for statement in ours(role):
        principals = statement["Principal"]["AWS"]
        for principal in [principals] if isinstance(principals, str) else principals:
            found[principal] = statement["Condition"]["StringEquals"]["sts:ExternalId"]
    return found


def test_one_parallel_run_joins_all_of_them(fleet: Fleet) -> None:
    run = fleet.run(SITE)
    blocks = [ip_network(fleet.block(name)) for name in fleet.accounts]
    assert not [pair for pair in combinations([*blocks, ip_network("10.0.0.0/16")], 2) if pair[0].overlaps(pair[1])]
    connections = snapshot(fleet.a)["peerings"]
    assert {item["requester"] for item in connections.values()} == {fleet.vpc(name) for name in fleet.accounts}
    assert {item["status"] for item in connections.values()} == {"active"}
    for table in fleet.owner.tables:
        routes = snapshot(fleet.a)["route_tables"][table]["routes"]
        peers = {
            block: connections[route["target"]]["requester"]
            for block, route in routes.items()
            if block != "10.0.0.0/16"
        }
        assert peers == {fleet.block(name): fleet.vpc(name) for name in fleet.accounts}
    assert list(snapshot(fleet.a)["route_tables"][fleet.owner.other_table]["routes"]) == ["10.0.0.0/16"]
    assert run.plan_of("account_a")["orphans"] == []


def test_each_has_one_rule_by_group_in_the_same_region_and_by_block_in_another(fleet: Fleet) -> None:
    assert fleet.consumers_of_rules() == ["archive", "billing", "reports"]
    port = fleet.a.dax.describe_clusters()["Clusters"][0]["ClusterDiscoveryEndpoint"]["Port"]
    assert {(rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) for rule in fleet.rules()} == {(port, port, "tcp")}
    for rule in fleet.rules():
        name = str(rule["Description"]).rpartition("/")[2]
        account = fleet.accounts[name]
        assert rule["Description"] == f"dax.cross_account: {CLUSTER} for {fleet.key(name)}"
        if name == "archive":
            assert rule["CidrIpv4"] == fleet.block("archive")
            assert "ReferencedGroupInfo" not in rule
        else:
            assert rule["ReferencedGroupInfo"]["UserId"] == account.id
            assert rule["ReferencedGroupInfo"]["GroupId"] in snapshot(account)["security_groups"]


def test_names_resolve_from_the_sides_that_asked_for_it(fleet: Fleet) -> None:
    for item in snapshot(fleet.a)["peerings"].values():
        assert item["dns"] == {"Accepter": True, "Requester": item["requester"] == fleet.vpc("reports")}


def test_the_role_has_the_wanted_settings(fleet: Fleet) -> None:
    role = snapshot(fleet.a)["roles"][ROLE]
    assert (role["path"], role["seconds"]) == ("/dax/", 14400)
    assert role["boundary"] == fleet.hosts["account_a"]["dax_account_a_permissions_boundary"]
    own = snapshot(fleet.accounts["billing"])["roles"][OWN_ROLE]
    assert (own["path"], own["seconds"]) == ("/billing/", 7200)
    assert own["boundary"] == fleet.hosts["billing"]["dax_account_b_permissions_boundary"]
    paths = {"reports": "/", "billing": "/billing/", "archive": "/"}
    arns = {name: f"arn:aws:iam::{fleet.accounts[name].id}:role{path}{OWN_ROLE}" for name, path in paths.items()}
    assert trusted(role) == {arn: fleet.external_id(name) for name, arn in arns.items()}
    for statement in ours(role):
        assert statement["Condition"]["StringLike"] == {"sts:RoleSessionName": "orders-*"}


def test_everything_that_was_made_carries_the_tags(fleet: Fleet) -> None:
    for name, account in fleet.accounts.items():
        now, vpc = snapshot(account), fleet.vpc(name)
        made = {
            "role": now["roles"][OWN_ROLE],
            "profile": now["instance_profiles"]["AssumeDaxInstanceProfile"],
            "vpc": now["vpcs"][vpc],
            **{key: item for key, item in now["subnets"].items() if item["vpc"] == vpc},
            **{key: item for key, item in now["internet_gateways"].items() if item["vpcs"] == [vpc]},
            **{key: item for key, item in now["security_groups"].items() if item["name"] == "dax-client"},
            **now["peerings"],
            **now["instances"],
        }
        assert len(made) == (8 if name != "archive" else 7)
        assert {key for key, item in made.items() if item["tags"].get("cost") != name} == set()
    now = snapshot(fleet.a)
    made = {"role": now["roles"][ROLE], **now["peerings"]}
    assert {key for key, item in made.items() if item["tags"].get("cost") != "orders"} == set()
    for rule in fleet.rules():
        assert {"Key": "cost", "Value": "orders"} in rule["Tags"]


def test_only_the_right_external_id_and_session_name_open_the_role(fleet: Fleet) -> None:
    role = f"arn:aws:iam::{fleet.a.id}:role/dax/{ROLE}"
    tries = [
        ("reports", "orders-1", fleet.external_id("reports"), True),
        ("reports", "orders-1", EXTERNAL_ID, False),
        ("reports", "orders-1", None, False),
        ("reports", "other", fleet.external_id("reports"), False),
        ("billing", "orders-1", fleet.external_id("billing"), True),
    ]
    for name, session, external_id, opens in tries:
        assert fleet.may_assume(name, role, session, external_id) is opens, (name, session, external_id)


def test_the_second_run_changes_nothing_and_leaves_what_strangers_added(fleet: Fleet) -> None:
    document = snapshot(fleet.a)["roles"][ROLE]["trust"]
    document["Statement"].insert(0, STRANGER)
    fleet.a.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))
    stranger = [{"CidrIp": "192.168.7.0/24", "Description": "operators"}]
    permission = {"IpProtocol": "tcp", "FromPort": 8111, "ToPort": 8111, "IpRanges": stranger}
    fleet.a.ec2.authorize_security_group_ingress(GroupId=fleet.owner.group_id, IpPermissions=[permission])
    before = fleet.snapshots()
    run = fleet.run(SITE)
    assert (run.changed, run.write_attempts()) == (0, [])
    assert differences(before, fleet.snapshots()) == []


def test_a_run_for_one_consumer_keeps_the_others_grants(fleet: Fleet) -> None:
    before = fleet.snapshots()
    run = fleet.run(SITE, "--limit", "account_a,reports")
    assert (run.changed, run.write_attempts()) == (0, [])
    assert run.plan_of("account_a")["orphans"] == sorted(fleet.key(name) for name in ("archive", "billing"))
    assert differences(before, fleet.snapshots()) == []
    assert {host for host, _task, _result in run.results} == {"account_a", "reports"}


def test_a_removed_consumer_is_told_and_kept_and_a_recreated_role_is_mended(fleet: Fleet) -> None:
    before = fleet.snapshots()
    billing = fleet.accounts["billing"].iam
    billing.remove_role_from_instance_profile(InstanceProfileName="AssumeDaxInstanceProfile", RoleName=OWN_ROLE)
    billing.delete_role_policy(RoleName=OWN_ROLE, PolicyName="AssumeDaxRolePolicy")
    billing.delete_role(RoleName=OWN_ROLE)
    dead = [arn for arn in trusted(snapshot(fleet.a)["roles"][ROLE]) if not arn.startswith("arn:")]
    assert [arn[:4] for arn in dead] == ["AROA"]
    run = fleet.run(SITE, without=["archive"])
    plan = run.plan_of("account_a")
    assert run.writes(fleet.a) == ["UpdateAssumeRolePolicy"]
    assert plan["orphans"] == [fleet.key("archive")]
    assert [line for line in plan["lines"] if fleet.key("archive") in line and "dax_account_a_prune" in line]
    (change,) = [action for action in plan["actions"] if action["kind"] == "change"]
    assert dead[0] in change["why"]
    assert differences(before, fleet.snapshots()) == []


def test_prune_removes_exactly_the_consumer_that_is_gone(fleet: Fleet) -> None:
    before, block = fleet.snapshots(), fleet.block("archive")
    (ended,) = [
        key for key, item in before["account_a"]["peerings"].items() if item["requester"] == fleet.vpc("archive")
    ]
    run = fleet.run(SITE, without=["archive"], dax_account_a_prune=True)
    after = fleet.snapshots()
    assert sorted(run.writes()) == [
        "DeleteRoute",
        "DeleteRoute",
        "DeleteRoute",
        "DeleteVpcPeeringConnection",
        "RevokeSecurityGroupIngress",
        "UntagRole",
        "UpdateAssumeRolePolicy",
    ]
    assert {call["account"] for call in run.calls if call["write"]} == {fleet.a.id}
    role, expected = after["account_a"]["roles"][ROLE], before["account_a"]
    gone = [arn for arn in trusted(expected["roles"][ROLE]) if fleet.accounts["archive"].id in arn]
    assert trusted(role).keys() == trusted(expected["roles"][ROLE]).keys() - set(gone)
    assert len(gone) == 1
    assert STRANGER in role["trust"]["Statement"]
    # Nothing else has changed: without the consumer's part, it was the same before.
    del expected["peerings"][ended]
    for table in fleet.owner.tables:
        del expected["route_tables"][table]["routes"][block]
    del expected["rules"][next(key for key in expected["rules"] if key.endswith(f" {block}"))]
    del expected["roles"][ROLE]["tags"][f"dax.cross_account:consumer:{fleet.key('archive')}"]
    expected["roles"][ROLE]["trust"] = role["trust"]
    assert differences(expected, after["account_a"]) == []
    assert fleet.consumers_of_rules() == ["billing", "reports"]
    assert differences(before["reports"], after["reports"]) == []
    assert differences(before["billing"], after["billing"]) == []
    again = fleet.run(SITE, without=["archive"], dax_account_a_prune=True)
    assert (again.changed, again.write_attempts()) == (0, [])


def test_a_role_for_each_consumer_takes_the_place_of_the_shared_one(fleet: Fleet) -> None:
    fleet.run(SITE, without=["archive"], dax_account_a_role_per_consumer=True)
    roles = snapshot(fleet.a)["roles"]
    names = {name: f"{ROLE}-{fleet.accounts[name].id}-{name}" for name in ("reports", "billing")}
    assert set(roles) == {"DaxService", ROLE, *names.values()}, "the shared role is kept for the stranger in it"
    assert ours(roles[ROLE]) == []
    assert roles[ROLE]["inline"] == {}
    arns = {name: f"arn:aws:iam::{fleet.a.id}:role/dax/{role}" for name, role in names.items()}
    for name, role in names.items():
        assert [arn.split(":")[4] for arn in trusted(roles[role])] == [fleet.accounts[name].id]
        own = snapshot(fleet.accounts[name])["roles"][OWN_ROLE]["inline"]["AssumeDaxRolePolicy"]["Statement"]
        assert [statement["Resource"] for statement in own] == [arns[name]]
    assert fleet.may_assume("reports", arns["reports"], "orders-1", fleet.external_id("reports"))
    assert not fleet.may_assume("reports", arns["billing"], "orders-1", EXTERNAL_ID)
    assert not fleet.may_assume(
        "reports", f"arn:aws:iam::{fleet.a.id}:role/dax/{ROLE}", "orders-1", fleet.external_id("reports")
    )


def test_the_teardown_of_one_consumer_leaves_the_others(fleet: Fleet) -> None:
    before = fleet.snapshots()
    own = f"{ROLE}-{fleet.accounts['reports'].id}-reports"
    fleet.run(TEARDOWN, "--limit", "account_a,reports", dax_account_a_role_per_consumer=True)
    after = fleet.snapshots()
    assert differences(before["billing"], after["billing"]) == []
    assert differences(before["archive"], after["archive"]) == []
    assert set(before["account_a"]["roles"]) - set(after["account_a"]["roles"]) == {own}
    assert fleet.consumers_of_rules() == ["billing"]
    (connection,) = after["account_a"]["peerings"].values()
    assert connection["requester"] == fleet.vpc("billing")
    for table in fleet.owner.tables:
        routes = after["account_a"]["route_tables"][table]["routes"]
        assert sorted(routes) == sorted(["10.0.0.0/16", fleet.block("billing")])
    assert [vpc for vpc in after["reports"]["vpcs"].values() if "dax.cross_account:cluster" in vpc["tags"]] == []
    assert after["reports"]["instances"] == {}
    assert OWN_ROLE not in after["reports"]["roles"]
