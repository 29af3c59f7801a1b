# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever is changed by hand in account A, the next run mends exactly that."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from scenario.owner import trust
from scenario.pair import BLOCK, Pair, same

ROLE, POLICY = "DaxCrossAccountRole", "DaxCrossAccountPolicy"


def trust_somebody_else(pair: Pair) -> None:
    pair.a.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust("lambda.amazonaws.com"))


def widen_our_trust(pair: Pair) -> None:
    document = pair.a.iam.get_role(RoleName=ROLE)["Role"]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Principal"] = {"AWS": f"arn:aws:iam::{pair.b.id}:root"}
    pair.a.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(document))


def widen_the_policy(pair: Pair) -> None:
    document = pair.a.iam.get_role_policy(RoleName=ROLE, PolicyName=POLICY)["PolicyDocument"]
    document["Statement"][0] |= {"Action": "dax:*", "Resource": "*"}
    pair.a.iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(document))


def delete_the_policy(pair: Pair) -> None:
    pair.a.iam.delete_role_policy(RoleName=ROLE, PolicyName=POLICY)


def shorten_sessions(pair: Pair) -> None:
    pair.a.iam.update_role(RoleName=ROLE, MaxSessionDuration=7200)


def untag_the_role(pair: Pair) -> None:
    pair.a.iam.untag_role(RoleName=ROLE, TagKeys=["dax.cross_account:cluster"])


def delete_a_route(index: int) -> Callable[[Pair], None]:
    def delete(pair: Pair) -> None:
        pair.a.ec2.delete_route(RouteTableId=pair.owner.tables[index], DestinationCidrBlock=BLOCK)

    return delete


def revoke_the_rule(pair: Pair) -> None:
    rule = pair.rule["SecurityGroupRuleId"]
    pair.a.ec2.revoke_security_group_ingress(GroupId=pair.owner.group_id, SecurityGroupRuleIds=[rule])


def describe_the_rule_otherwise(pair: Pair) -> None:
    rule = pair.rule
    source = [{"GroupId": pair.group, "UserId": pair.b.id, "Description": "by hand"}]
    permission = {"IpProtocol": "tcp", "FromPort": rule["FromPort"], "ToPort": rule["ToPort"]}
    pair.a.ec2.update_security_group_rule_descriptions_ingress(
        GroupId=pair.owner.group_id, IpPermissions=[{**permission, "UserIdGroupPairs": source}]
    )


def tag_the_rule_otherwise(pair: Pair) -> None:
    tags = [{"Key": "dax.cross_account:consumer", "Value": "somebody"}]
    pair.a.ec2.create_tags(Resources=[pair.rule["SecurityGroupRuleId"]], Tags=tags)


def untag_the_peering(pair: Pair) -> None:
    tags = [{"Key": "dax.cross_account:cluster"}, {"Key": "Name"}]
    pair.a.ec2.delete_tags(Resources=[pair.peering], Tags=tags)


ROLE_LINE, POLICY_LINE = f"role {ROLE}", f"policy {POLICY} of role {ROLE}"
ROUTE = (["create routes: route 10.1.0.0/24 in rtb"], ["CreateRoute"])
CHANGES = [
    (widen_our_trust, [f"change role: trust policy of {ROLE_LINE}"], ["UpdateAssumeRolePolicy"]),
    (widen_the_policy, [f"change policy: {POLICY_LINE}"], ["PutRolePolicy"]),
    (delete_the_policy, [f"create policy: {POLICY_LINE}"], ["PutRolePolicy"]),
    (shorten_sessions, [f"change role: {ROLE_LINE}"], ["UpdateRole"]),
    (delete_a_route(0), *ROUTE),
    (delete_a_route(1), *ROUTE),
    (delete_a_route(2), *ROUTE),
    (revoke_the_rule, ["create rules: rule TCP {port} from sg on sg"], ["AuthorizeSecurityGroupIngress"]),
    (
        describe_the_rule_otherwise,
        ["change rules: rule TCP {port} from sg on sg"],
        ["UpdateSecurityGroupRuleDescriptionsIngress"],
    ),
    (tag_the_rule_otherwise, ["change rules: rule TCP {port} from sg on sg"], ["CreateTags"]),
    (untag_the_peering, ["change peering: tags of peering connection pcx of {key}"], ["CreateTags"]),
]


@pytest.mark.parametrize(("change", "plan", "writes"), CHANGES, ids=lambda item: getattr(item, "__name__", ""))
def test_a_change_by_hand(pair: Pair, change, plan, writes) -> None:
    before = pair.snapshot()
    names = {"port": pair.rule["FromPort"], "key": f"{pair.b.id}/dax-client"}
    change(pair)
    assert pair.snapshot() != before, "nothing was changed by hand"
    run = pair.run("A")
    assert run.actions("A") == [line.format(**names) for line in plan]
    assert run.writes() == writes
    same(before, pair.snapshot(), new_ids=change is revoke_the_rule)


def test_a_statement_of_somebody_else_stays_in_the_trust(pair: Pair) -> None:
    before = pair.snapshot()
    trust_somebody_else(pair)
    run = pair.run("A")
    assert run.actions("A") == [f"change role: trust policy of {ROLE_LINE}"]
    after = pair.snapshot()
    statements = after["A"]["roles"][ROLE]["trust"]["Statement"]
    assert {"Service": "lambda.amazonaws.com"} in [statement["Principal"] for statement in statements]
    ours = [item for item in statements if item["Principal"] != {"Service": "lambda.amazonaws.com"}]
    assert ours == before["A"]["roles"][ROLE]["trust"]["Statement"]
    pair.a.iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=json.dumps(before["A"]["roles"][ROLE]["trust"]))


def test_a_role_that_lost_our_mark_is_nobody_elses(pair: Pair) -> None:
    """Without the tag the role might be a stranger's: our statement and policy stay, its tags are left alone."""
    before = pair.snapshot()
    untag_the_role(pair)
    run = pair.run("A")
    assert run.writes() in ([], ["TagRole"])
    pair.a.iam.tag_role(RoleName=ROLE, Tags=[{"Key": "dax.cross_account:cluster", "Value": pair.owner.cluster_arn}])
    same(before, pair.snapshot())


def test_a_foreign_route_in_our_way_is_a_conflict_by_name(pair: Pair) -> None:
    from scenario.playbook import SIDE_A, run_playbook

    before = pair.snapshot()
    table = pair.owner.tables[0]
    gateway = pair.a.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    pair.a.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=pair.owner.vpc_id)
    pair.a.ec2.replace_route(RouteTableId=table, DestinationCidrBlock=BLOCK, GatewayId=gateway)
    wanted = {"dax_account_a_consumers": [pair.consumer]}
    run = run_playbook(SIDE_A, pair.a, pair.b, variables=wanted)
    assert run.rc != 0
    assert run.write_attempts() == []
    (message,) = run.failures
    assert all(part in message for part in (table, BLOCK, gateway, "dax_account_a_force_routes")), message
    forced = run_playbook(SIDE_A, pair.a, pair.b, variables={**wanted, "dax_account_a_force_routes": True})
    assert forced.writes() == ["ReplaceRoute"]
    pair.a.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=pair.owner.vpc_id)
    pair.a.ec2.delete_internet_gateway(InternetGatewayId=gateway)
    same(before, pair.snapshot())


def test_tags_of_the_users_own_are_put_on_everything_and_mended(pair: Pair) -> None:
    untouched, wanted = pair.snapshot(), {"dax_account_a_tags": {"team": "cache"}}
    run = pair.run("A", **wanted)
    key = f"{pair.b.id}/dax-client"
    assert run.actions("A") == [
        f"change peering: tags of peering connection pcx of {key}",
        f"change role: tags of {ROLE_LINE}",
        f"change rules: rule TCP {pair.rule['FromPort']} from sg on sg",
    ]
    assert run.writes() == ["TagRole", "CreateTags", "CreateTags"]
    before = pair.snapshot()
    pair.a.iam.untag_role(RoleName=ROLE, TagKeys=["team"])
    assert pair.run("A", **wanted).writes() == ["TagRole"]
    same(before, pair.snapshot())
    # A run without them leaves them where they are; whoever no longer wants them takes them off.
    pair.a.iam.untag_role(RoleName=ROLE, TagKeys=["team"])
    pair.a.ec2.delete_tags(Resources=[pair.peering, pair.rule["SecurityGroupRuleId"]], Tags=[{"Key": "team"}])
    same(untouched, pair.snapshot())
