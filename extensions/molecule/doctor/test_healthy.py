# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Healthy pairs of many kinds have no finding, and what is broken in one of them is found there."""

from __future__ import annotations

from typing import Any

import pytest
from scenario.doctor.kinds import Kind, Kinds
from scenario.doctor.reading import broken, worse
from scenario.doctor.world import CLUSTER_PORTS, show_as_aws, type_in
from scenario.emulator import patch_cluster
from scenario.owner import CLUSTER

NAMES = ("three consumers", "TLS and two stacks", "IPv6", "theirs")


@pytest.mark.parametrize("name", NAMES)
def test_no_false_alarm(kinds: Kinds, name: str) -> None:
    found = {said["consumer"]: worse(said) for said in kinds[name].examine()}
    assert len(found) == len(kinds[name].consumers)
    assert [item for items in found.values() for item in items] == [], found


def one(kind: Kind) -> Any:
    (said,) = kind.examine()
    return said


def test_an_address_in_place_of_the_name_in_the_certificate(kinds: Kinds) -> None:
    kind = kinds["TLS and two stacks"]
    a, port = kind.owner.account, CLUSTER_PORTS["TLS"]
    patch_cluster(
        a.id, a.region, CLUSTER, {"endpoint": {"address": "10.0.0.9", "port": port, "url": "daxs://10.0.0.9"}}
    )
    assert broken(one(kind)) == ["tls.certificate"]
    show_as_aws(kind.owner, port)
    assert worse(one(kind)) == []


def test_a_client_without_addresses_of_the_clusters_family(kinds: Kinds) -> None:
    kind = kinds["IPv6"]
    (b,) = kind.consumers
    filters = [{"Name": "tag-key", "Values": ["dax.cross_account:consumer"]}]
    (subnet,) = b.ec2.describe_subnets(Filters=filters)["Subnets"]
    (block,) = subnet["Ipv6CidrBlockAssociationSet"]
    b.ec2.disassociate_subnet_cidr_block(AssociationId=block["AssociationId"])
    said = one(kind)
    assert broken(said) == ["routes.family"]
    b.ec2.associate_subnet_cidr_block(SubnetId=subnet["SubnetId"], Ipv6CidrBlock=block["Ipv6CidrBlock"])
    assert worse(one(kind)) == []


def test_what_others_made_is_healed_by_commands(kinds: Kinds) -> None:
    kind = kinds["theirs"]
    (b,) = kind.consumers
    a, owner = kind.owner.account, kind.owner
    a.ec2.delete_route(RouteTableId=owner.main_table, DestinationCidrBlock="10.60.0.0/16")
    b.iam.delete_role_policy(RoleName="App", PolicyName="Dax")
    a.iam.delete_role_policy(RoleName="TheirDax", PolicyName="Dax")
    rules = a.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [owner.group_id]}])
    ids = [rule["SecurityGroupRuleId"] for rule in rules["SecurityGroupRules"] if not rule["IsEgress"]]
    a.ec2.revoke_security_group_ingress(GroupId=owner.group_id, SecurityGroupRuleIds=ids)
    healed = []
    while (headline := one(kind)["headline"]) and len(healed) < 5:
        healed.append(headline["check"])
        fix = headline["fix"]
        assert fix["kind"] == "command"
        for command in fix["commands"]:
            type_in(a if fix["where"] == "account A" else b, command)
    assert healed == ["assume.permission", "rights.actions", "routes.to_client", "groups.ingress"]
    assert worse(one(kind)) == []


def test_one_consumer_that_is_broken_is_not_the_others(kinds: Kinds) -> None:
    kind = kinds["three consumers"]
    shut = list(kind.consumers)[1]
    filters = [{"Name": "service-name", "Values": ["com.amazonaws.us-east-1.sts"]}]
    (endpoint,) = shut.ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    (group,) = endpoint["Groups"]
    filters = [{"Name": "group-id", "Values": [group["GroupId"]]}]
    rules = shut.ec2.describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    (rule,) = [item["SecurityGroupRuleId"] for item in rules if not item["IsEgress"]]
    shut.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], SecurityGroupRuleIds=[rule])
    found = {said["consumer"].partition("/")[2]: broken(said) for said in kind.examine()}
    assert found == {"adopted": [], "shut": ["sts.endpoint_group"], "far": []}
