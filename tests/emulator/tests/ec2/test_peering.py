# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC peering connections between two accounts."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Account, Control, Pair, code_of, listed


def seen(account: Account, peering: str, **options: Any) -> dict[str, Any]:
    found = account.client("ec2", **options).describe_vpc_peering_connections(VpcPeeringConnectionIds=[peering])
    return dict(found["VpcPeeringConnections"][0])


def status(account: Account, peering: str) -> str:
    return str(seen(account, peering)["Status"]["Code"])


def test_a_request_goes_from_pending_to_active_for_both_sides(pair: Pair) -> None:
    answer = pair.b.ec2.create_vpc_peering_connection(VpcId=pair.vpc_b, PeerVpcId=pair.vpc_a, PeerOwnerId=pair.a.id)
    assert answer["VpcPeeringConnection"]["Status"]["Code"] == "initiating-request"
    peering = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    pending = seen(pair.b, peering)
    assert pending["Status"]["Code"] == status(pair.a, peering) == "pending-acceptance"
    assert pending["ExpirationTime"]
    assert pending["RequesterVpcInfo"]["CidrBlock"] == "10.1.0.0/16"
    assert "CidrBlock" not in pending["AccepterVpcInfo"]

    answer = pair.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert answer["VpcPeeringConnection"]["Status"]["Code"] == "provisioning"
    active = seen(pair.b, peering)
    assert active == seen(pair.a, peering)
    assert active["Status"] == {"Code": "active", "Message": "Active"}
    assert "ExpirationTime" not in active
    assert active["AccepterVpcInfo"]["OwnerId"] == pair.a.id
    assert active["AccepterVpcInfo"]["CidrBlockSet"] == [{"CidrBlock": "10.0.0.0/16"}]
    assert active["AccepterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is False


def test_strangers_see_nothing(pair: Pair, control: Control) -> None:
    peering = pair.request()
    stranger = Account(control.url, "299999999999")
    assert stranger.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []
    find = stranger.ec2.describe_vpc_peering_connections
    assert code_of(find, VpcPeeringConnectionIds=[peering]) == "InvalidVpcPeeringConnectionID.NotFound"


def test_only_the_accepter_accepts_and_rejects(pair: Pair) -> None:
    peering = pair.request()
    assert code_of(pair.b.ec2.accept_vpc_peering_connection, VpcPeeringConnectionId=peering) == "OperationNotPermitted"
    assert code_of(pair.b.ec2.reject_vpc_peering_connection, VpcPeeringConnectionId=peering) == "OperationNotPermitted"
    assert code_of(pair.a.ec2.delete_vpc_peering_connection, VpcPeeringConnectionId=peering) == "OperationNotPermitted"


def test_dead_connections_stay_visible_and_change_no_more(pair: Pair) -> None:
    rejected = pair.request()
    pair.a.ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=rejected)
    deleted = pair.peer()
    pair.a.ec2.delete_vpc_peering_connection(VpcPeeringConnectionId=deleted)
    assert [status(pair.b, rejected), status(pair.b, deleted)] == ["rejected", "deleted"]
    for peering in (rejected, deleted):
        for operation in (pair.a.ec2.accept_vpc_peering_connection, pair.b.ec2.delete_vpc_peering_connection):
            assert code_of(operation, VpcPeeringConnectionId=peering) == "InvalidStateTransition"
    active = pair.peer()
    assert active not in (rejected, deleted)
    accept = pair.a.ec2.accept_vpc_peering_connection
    assert code_of(accept, VpcPeeringConnectionId=active) == "InvalidStateTransition"


@pytest.mark.parametrize(
    ("cidr", "secondary"), [("10.0.128.0/17", None), ("10.5.0.0/16", "10.0.4.0/24")], ids=["primary", "secondary"]
)
def test_overlapping_blocks_fail(account: Account, other: Account, cidr: str, secondary: str | None) -> None:
    vpc_a, _ = account.vpc("10.0.0.0/16")
    vpc_b, _ = other.vpc(cidr)
    if secondary:
        other.ec2.associate_vpc_cidr_block(VpcId=vpc_b, CidrBlock=secondary)
    answer = other.ec2.create_vpc_peering_connection(VpcId=vpc_b, PeerVpcId=vpc_a, PeerOwnerId=account.id)
    peering = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    found = seen(other, peering)
    assert found["Status"]["Code"] == "failed"
    assert "overlapping" in found["Status"]["Message"]
    accept = account.ec2.accept_vpc_peering_connection
    assert code_of(accept, VpcPeeringConnectionId=peering) == "InvalidStateTransition"


def test_overlapping_ipv6_blocks_fail(pair: Pair) -> None:
    for account, vpc in ((pair.a, pair.vpc_a), (pair.b, pair.vpc_b)):
        account.ec2.associate_vpc_cidr_block(VpcId=vpc, Ipv6CidrBlock="2001:db8:1::/56", Ipv6Pool="mine")
        found = account.ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]["Ipv6CidrBlockAssociationSet"]
        assert [block["Ipv6CidrBlock"] for block in found] == ["2001:db8:1::/56"]
    assert status(pair.b, pair.request()) == "failed"


def test_a_block_added_to_a_peered_vpc_must_not_overlap(pair: Pair) -> None:
    pair.peer()
    add = pair.a.ec2.associate_vpc_cidr_block
    assert code_of(add, VpcId=pair.vpc_a, CidrBlock="10.1.2.0/24") == "InvalidVpc.Range"
    add(VpcId=pair.vpc_a, CidrBlock="10.7.0.0/16")
    add(VpcId=pair.vpc_a, AmazonProvidedIpv6CidrBlock=True)
    [found] = pair.b.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    side = found["AccepterVpcInfo"]
    assert [block["CidrBlock"] for block in side["CidrBlockSet"]] == ["10.0.0.0/16", "10.7.0.0/16"]
    assert len(side["Ipv6CidrBlockSet"]) == 1


def test_a_vpc_that_does_not_exist_fails(pair: Pair) -> None:
    assert status(pair.b, pair.request(PeerVpcId="vpc-00000000000000000")) == "failed"
    create = pair.b.ec2.create_vpc_peering_connection
    assert code_of(create, VpcId="vpc-00000000000000000", PeerVpcId=pair.vpc_a) == "InvalidVpcID.NotFound"


def test_never_two_between_the_same_vpcs(pair: Pair) -> None:
    first = pair.request()
    assert pair.request() == first
    answer = pair.a.ec2.create_vpc_peering_connection(VpcId=pair.vpc_a, PeerVpcId=pair.vpc_b, PeerOwnerId=pair.b.id)
    reverse = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    assert reverse != first
    pair.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=first)
    accept = pair.b.ec2.accept_vpc_peering_connection
    assert code_of(accept, VpcPeeringConnectionId=reverse) == "VpcPeeringConnectionAlreadyExists"
    assert [status(pair.a, first), status(pair.a, reverse)] == ["active", "failed"]


def test_filters(pair: Pair) -> None:
    dead = pair.request()
    pair.a.ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=dead)
    live = pair.request(TagSpecifications=[{"ResourceType": "vpc-peering-connection", "Tags": listed({"Name": "dax"})}])

    def find(account: Account, **filters: str) -> list[str]:
        wanted = [{"Name": name.replace("__", "-info."), "Values": [value]} for name, value in filters.items()]
        for one in wanted:
            one["Name"] = str(one["Name"]).replace("_", "-") if ":" not in one["Name"] else one["Name"]
        found = account.ec2.describe_vpc_peering_connections(Filters=wanted)["VpcPeeringConnections"]
        return [peering["VpcPeeringConnectionId"] for peering in found]

    assert find(pair.b, status_code="rejected") == [dead]
    assert find(pair.b, status_code="pending*") == [live]
    assert sorted(find(pair.a, accepter_vpc__vpc_id=pair.vpc_a)) == sorted([dead, live])
    assert find(pair.a, requester_vpc__vpc_id=pair.vpc_a) == []
    assert find(pair.a, requester_vpc__owner_id=pair.b.id, status_code="pending-acceptance") == [live]
    assert find(pair.b, **{"tag:Name": "dax"}) == [live]
    assert find(pair.b, tag_key="Name") == [live]
    assert find(pair.a, **{"tag:Name": "dax"}) == []
    unknown = [{"Name": "colour", "Values": ["red"]}]
    assert code_of(pair.a.ec2.describe_vpc_peering_connections, Filters=unknown) == "InvalidParameterValue"


def test_each_side_has_its_own_tags(pair: Pair) -> None:
    peering = pair.peer()
    pair.a.ec2.create_tags(Resources=[peering], Tags=listed({"side": "a"}))
    pair.b.ec2.create_tags(Resources=[peering], Tags=listed({"side": "b"}))
    assert seen(pair.a, peering)["Tags"] == listed({"side": "a"})
    assert seen(pair.b, peering)["Tags"] == listed({"side": "b"})
    pair.a.ec2.delete_tags(Resources=[peering], Tags=[{"Key": "side"}])
    assert seen(pair.a, peering)["Tags"] == []
    assert seen(pair.b, peering)["Tags"] == listed({"side": "b"})


def test_options_are_each_sides_own_and_need_an_active_peering(pair: Pair) -> None:
    peering = pair.request()
    yes = {"AllowDnsResolutionFromRemoteVpc": True}

    def modify(account: Account, side: str) -> Any:
        options = {f"{side}PeeringConnectionOptions": yes}
        return account.ec2.modify_vpc_peering_connection_options(VpcPeeringConnectionId=peering, **options)

    assert code_of(modify, account=pair.b, side="Requester") == "OperationNotPermitted"
    pair.a.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    wrong = "InvalidVpcPeeringConnectionState.DnsHostnamesDisabled"
    assert code_of(modify, account=pair.b, side="Requester") == wrong
    for account, vpc in ((pair.a, pair.vpc_a), (pair.b, pair.vpc_b)):
        account.ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    assert code_of(modify, account=pair.b, side="Accepter") == "OperationNotPermitted"
    modify(pair.b, "Requester")
    found = seen(pair.a, peering)
    assert found["RequesterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True
    assert found["AccepterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is False
    modify(pair.a, "Accepter")
    assert seen(pair.b, peering)["AccepterVpcInfo"]["PeeringOptions"]["AllowDnsResolutionFromRemoteVpc"] is True


def test_across_regions(account: Account, other: Account) -> None:
    vpc_a, _ = account.vpc("10.0.0.0/16", region="eu-west-1")
    vpc_b, _ = other.vpc("10.1.0.0/16")
    wanted = {"VpcId": vpc_b, "PeerVpcId": vpc_a, "PeerOwnerId": account.id, "PeerRegion": "eu-west-1"}
    answer = other.ec2.create_vpc_peering_connection(**wanted)
    peering = answer["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    assert account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []
    there = account.client("ec2", "eu-west-1")
    there.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert status(other, peering) == "active"
    [found] = there.describe_vpc_peering_connections()["VpcPeeringConnections"]
    assert (found["RequesterVpcInfo"]["Region"], found["AccepterVpcInfo"]["Region"]) == ("us-east-1", "eu-west-1")


def test_settings_delay_what_aws_delays(pair: Pair, control: Control) -> None:
    control.settings(peering_visibility_seconds=600)
    peering = pair.request()
    accept = pair.a.ec2.accept_vpc_peering_connection
    assert code_of(accept, VpcPeeringConnectionId=peering) == "InvalidVpcPeeringConnectionID.NotFound"
    assert pair.a.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"] == []
    control.settings(peering_visibility_seconds=0, peering_accept_seconds=600)
    assert status(pair.a, peering) == "pending-acceptance"
    assert code_of(accept, VpcPeeringConnectionId=peering) == "InvalidVpcPeeringConnectionID.NotFound"
    control.settings(peering_accept_seconds=0, peering_provisioning_seconds=600)
    accept(VpcPeeringConnectionId=peering)
    assert status(pair.b, peering) == "provisioning"
    control.settings(peering_provisioning_seconds=0)
    assert status(pair.b, peering) == "active"


def test_any_state_can_be_forced(pair: Pair, control: Control) -> None:
    peering = pair.request()
    for wanted in ("expired", "provisioning", "failed", "active", "deleted"):
        control("POST", f"peerings/{peering}", {"status": wanted})
        assert status(pair.a, peering) == wanted
    assert control("POST", f"peerings/{peering}", {"status": "happy"})["status"] == 400
    assert control("POST", "peerings/pcx-none", {"status": "active"})["status"] == 404
