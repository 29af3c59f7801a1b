# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.common.ec2 import normalise_peering
from ansible_collections.dax.cross_account.plugins.module_utils.write import peerings as ec2_peering

PCX = "pcx-0123456789abcdef0"


def raw_peering(code: str = "active", tags: dict[str, str] | None = None, **accepter: Any) -> dict[str, Any]:
    requester = {"OwnerId": "222222222222", "VpcId": "vpc-b", "Region": "us-east-1", "CidrBlock": "10.1.0.0/16"}
    return {
        "VpcPeeringConnectionId": PCX,
        "Status": {"Code": code, "Message": f"It is {code}"},
        "RequesterVpcInfo": requester,
        "AccepterVpcInfo": {"OwnerId": "111111111111", "VpcId": "vpc-a", "Region": "us-east-1", **accepter},
        "Tags": [{"Key": key, "Value": value} for key, value in (tags or {}).items()],
    }


def dns(value: bool) -> dict[str, Any]:
    return {"PeeringOptions": {"AllowDnsResolutionFromRemoteVpc": value}}


def shown(*codes: str, **more: Any) -> list[dict[str, Any]]:
    """Return the answers of reads that show the connection in these states, one after the other."""
    return [{"VpcPeeringConnections": [raw_peering(code, **more)]} for code in codes]


UNSEEN: dict[str, Any] = {"VpcPeeringConnections": []}


def params(state: str = "accepted", **more: Any) -> dict[str, Any]:
    options = {"id": PCX, "state": state, "side": None, "dns_resolution": None}
    return {**options, "tags": None, "purge_tags": False, "wait_timeout": 120, **more}


TERMINAL_NEEDS_NOTHING = [(code, "nothing") for code in ("failed", "expired", "rejected", "deleted")]
TERMINAL_IS_IMPOSSIBLE = [(code, "impossible") for code in ("failed", "expired", "rejected", "deleting", "deleted")]


@pytest.mark.parametrize(
    ("state", "side", "code", "step"),
    [
        *[("accepted", None, code, step) for code, step in TERMINAL_IS_IMPOSSIBLE],
        ("accepted", None, "initiating-request", "wait"),
        ("accepted", None, "pending-acceptance", "accept"),
        ("accepted", "accepter", "pending-acceptance", "accept"),
        ("accepted", "requester", "pending-acceptance", "impossible"),
        ("accepted", None, "provisioning", "wait"),
        ("accepted", None, "active", "nothing"),
        *[("present", None, code, step) for code, step in TERMINAL_IS_IMPOSSIBLE],
        ("present", None, "initiating-request", "wait"),
        ("present", None, "pending-acceptance", "nothing"),
        ("present", None, "provisioning", "nothing"),
        ("present", None, "active", "nothing"),
        *[("rejected", None, code, step) for code, step in TERMINAL_NEEDS_NOTHING],
        ("rejected", None, "initiating-request", "wait"),
        ("rejected", None, "pending-acceptance", "reject"),
        ("rejected", None, "provisioning", "impossible"),
        ("rejected", None, "active", "impossible"),
        *[("absent", None, code, step) for code, step in TERMINAL_NEEDS_NOTHING],
        ("absent", None, "deleting", "wait"),
        ("absent", None, "initiating-request", "wait"),
        ("absent", None, "provisioning", "wait"),
        ("absent", None, "pending-acceptance", "delete"),
        ("absent", "requester", "pending-acceptance", "delete"),
        ("absent", "accepter", "pending-acceptance", "reject"),
        ("absent", "accepter", "active", "delete"),
    ],
)
def test_next_step(state: Any, side: Any, code: str, step: str) -> None:
    assert ec2_peering.next_step(code, state, side) == step


@pytest.mark.parametrize(
    ("code", "present", "options", "expected"),
    [
        pytest.param("active", {}, {}, (None, {}, []), id="nothing desired"),
        pytest.param("active", {}, {"dns_resolution": True, "side": "accepter"}, (True, {}, []), id="on"),
        pytest.param("active", dns(True), {"dns_resolution": True, "side": "accepter"}, (None, {}, []), id="is on"),
        pytest.param("active", dns(True), {"dns_resolution": False, "side": "accepter"}, (False, {}, []), id="off"),
        pytest.param("active", {}, {"dns_resolution": False, "side": "accepter"}, (None, {}, []), id="never was on"),
        pytest.param(
            "active", dns(True), {"dns_resolution": True, "side": "requester"}, (True, {}, []), id="the other side's"
        ),
        pytest.param(
            "pending-acceptance", {}, {"dns_resolution": True, "side": "accepter"}, (None, {}, []), id="not active yet"
        ),
        pytest.param("active", {}, {"tags": {"a": "1", "b": "3"}}, (None, {"b": "3"}, []), id="tags merged"),
        pytest.param("active", {}, {"tags": {"b": "3"}, "purge_tags": True}, (None, {"b": "3"}, ["a"]), id="purged"),
        pytest.param("active", {}, {"tags": {}, "purge_tags": True}, (None, {}, ["a", "b"]), id="all purged"),
        pytest.param("active", {}, {"tags": {"a": 1, "b": 3}}, (None, {"b": "3"}, []), id="numbers are text to AWS"),
    ],
)
def test_settings_to_write(code: str, present: Any, options: dict[str, Any], expected: tuple[Any, ...]) -> None:
    peering = normalise_peering(raw_peering(code, {"a": "1", "b": "2", "aws:x": "y"}, **present))
    result = ec2_peering.settings_to_write(peering, params(**options))
    assert (result.dns_resolution, result.tags, result.untag) == expected


def test_accept_waits_until_active(fake_aws: Any, clock: Any) -> None:
    fake = fake_aws("ec2").on(
        "DescribeVpcPeeringConnections",
        UNSEEN,
        *shown("initiating-request", "pending-acceptance", "pending-acceptance", "provisioning", "active"),
    )
    fake.on("AcceptVpcPeeringConnection", {})
    result = ec2_peering.ensure_peering(fake.client, params(), False)
    assert (result["changed"], result["vpc_peering_connection"]["status"]["code"]) == (True, "active")
    assert fake.writes == [("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PCX})]
    assert (result["diff"]["before"]["status"], result["diff"]["after"]["status"]) == ("pending-acceptance", "active")
    assert clock.now > 0


@pytest.mark.parametrize("codes", [["active"], ["provisioning", "active"]])
def test_accepted_already_is_no_change(fake_aws: Any, codes: list[str]) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown(*codes))
    result = ec2_peering.ensure_peering(fake.client, params(), False)
    assert (result["changed"], fake.writes) == (False, [])
    assert result["diff"]["before"] == result["diff"]["after"]


@pytest.mark.parametrize("code", ["failed", "expired", "rejected", "deleting", "deleted"])
@pytest.mark.parametrize("state", ["accepted", "present"])
def test_a_connection_in_a_terminal_state_is_a_clear_error(fake_aws: Any, code: str, state: str) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown(code))
    with pytest.raises(AnsibleAWSError, match=rf"^VPC peering connection {PCX} is {code} \(It is {code}\): .*new one$"):
        ec2_peering.ensure_peering(fake.client, params(state), False)
    assert fake.writes == []


def test_failing_after_acceptance_ends_the_wait(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", "provisioning", "failed"))
    fake.on("AcceptVpcPeeringConnection", {})
    with pytest.raises(AnsibleAWSError, match="is failed"):
        ec2_peering.ensure_peering(fake.client, params(), False)


def test_waiting_has_a_limit(fake_aws: Any, clock: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", "provisioning"))
    fake.on("AcceptVpcPeeringConnection", {})
    with pytest.raises(
        AnsibleAWSError, match=rf"Timed out after 30 seconds waiting for .*{PCX} to be active: last seen provisioning"
    ):
        ec2_peering.ensure_peering(fake.client, params(wait_timeout=30), False)
    assert clock.now == pytest.approx(30)


def test_one_that_is_never_seen_is_named(fake_aws: Any, clock: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", UNSEEN)
    with pytest.raises(AnsibleAWSError, match=f"^No VPC peering connection {PCX} .* after 120 seconds$"):
        ec2_peering.ensure_peering(fake.client, params(), False)
    assert clock.now == pytest.approx(120)


@pytest.mark.parametrize("value", ["", "pcx", "vpc-0123", "pcx-XYZ", "pcx-0123 "])
def test_an_id_that_is_none_is_refused_without_a_call(fake_aws: Any, value: str) -> None:
    fake = fake_aws("ec2")
    with pytest.raises(AnsibleAWSError, match="is no id of a VPC peering connection"):
        ec2_peering.ensure_peering(fake.client, params(id=value), False)
    assert fake.calls == []


def test_the_requester_cannot_accept(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance"))
    with pytest.raises(AnsibleAWSError, match="only its accepter's account can accept it"):
        ec2_peering.ensure_peering(fake.client, params(side="requester"), False)


def test_an_acceptance_whose_answer_was_lost_counts(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", "provisioning", "active"))
    fake.on("AcceptVpcPeeringConnection", aws_error("InvalidStateTransition"))
    assert ec2_peering.ensure_peering(fake.client, params(), False)["changed"]
    fake.on("DescribeVpcPeeringConnections", *shown("pending-acceptance"))
    with pytest.raises(AnsibleAWSError, match=r"Failed to accept VPC peering connection .*InvalidStateTransition"):
        ec2_peering.ensure_peering(fake.client, params(), False)


@pytest.mark.parametrize(
    ("state", "side", "codes", "call"),
    [
        ("absent", None, ["active", "deleting", "deleted"], "DeleteVpcPeeringConnection"),
        ("absent", None, ["pending-acceptance", "deleted"], "DeleteVpcPeeringConnection"),
        ("absent", "accepter", ["pending-acceptance", "rejected"], "RejectVpcPeeringConnection"),
        ("absent", None, ["provisioning", "active", "deleted"], "DeleteVpcPeeringConnection"),
        ("rejected", None, ["initiating-request", "pending-acceptance", "rejected"], "RejectVpcPeeringConnection"),
    ],
)
def test_ending(fake_aws: Any, state: str, side: str | None, codes: list[str], call: str) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown(*codes)).on(call, {})
    result = ec2_peering.ensure_peering(fake.client, params(state, side=side, tags={"k": "v"}), False)
    assert result["changed"]
    assert fake.writes == [(call, {"VpcPeeringConnectionId": PCX})]
    assert result["vpc_peering_connection"]["status"]["code"] == codes[-1]


def test_deleted_and_no_longer_shown(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("active"), UNSEEN)
    fake.on("DeleteVpcPeeringConnection", {})
    result = ec2_peering.ensure_peering(fake.client, params("absent"), False)
    assert (result["changed"], result["vpc_peering_connection"]["status"]["code"]) == (True, "deleted")


@pytest.mark.parametrize("answer", [UNSEEN, *shown("deleted", "failed", "expired", "rejected")])
def test_ended_already_is_no_change(fake_aws: Any, clock: Any, answer: dict[str, Any]) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", answer)
    assert not ec2_peering.ensure_peering(fake.client, params("absent"), False)["changed"]
    assert (fake.operations, clock.naps) == (["DescribeVpcPeeringConnections"], [])


def test_an_active_connection_cannot_be_rejected(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("active"))
    with pytest.raises(AnsibleAWSError, match="can no longer be rejected, end it with state absent"):
        ec2_peering.ensure_peering(fake.client, params("rejected"), False)


@pytest.mark.parametrize(
    ("state", "side", "code", "after"),
    [
        ("accepted", None, "pending-acceptance", "active"),
        ("rejected", None, "pending-acceptance", "rejected"),
        ("absent", None, "active", "deleted"),
        ("absent", "accepter", "pending-acceptance", "rejected"),
    ],
)
def test_check_mode_writes_nothing_and_predicts(fake_aws: Any, state: str, side: Any, code: str, after: str) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown(code))
    result = ec2_peering.ensure_peering(fake.client, params(state, side=side), True)
    assert (result["changed"], fake.writes) == (True, [])
    assert result["vpc_peering_connection"]["status"]["code"] == after
    assert (result["diff"]["before"]["status"], result["diff"]["after"]["status"]) == (code, after)


ENDS = {
    "requester_owner_id": "222222222222",
    "requester_vpc_id": "vpc-b",
    "accepter_owner_id": "111111111111",
    "accepter_vpc_id": "vpc-a",
}


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("state", ["accepted", "present", "rejected", "absent"])
@pytest.mark.parametrize("end", ENDS)
def test_a_connection_with_another_end_is_refused_before_any_write(
    fake_aws: Any, end: str, state: str, check_mode: bool
) -> None:
    """The id came from another team: what it names need not be what is meant."""
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance"))
    side, key = end.split("_", 1)
    options = params(state, side="accepter", tags={"k": "v"}, **{**ENDS, end: "other"})
    why = rf"^VPC peering connection {PCX} has the {side}'s {key} {ENDS[end]}, expected other; it stays as it is$"
    with pytest.raises(AnsibleAWSError, match=why):
        ec2_peering.ensure_peering(fake.client, options, check_mode)
    assert fake.operations == ["DescribeVpcPeeringConnections"]


def test_an_expected_end_that_is_empty_fits_nobody(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance"))
    with pytest.raises(AnsibleAWSError, match="requester's vpc_id vpc-b, expected nothing"):
        ec2_peering.ensure_peering(fake.client, params(requester_vpc_id=""), False)
    assert fake.writes == []


def test_an_end_that_ec2_does_not_show_is_none_that_is_expected(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", VpcId=None))
    with pytest.raises(AnsibleAWSError, match="accepter's vpc_id None, expected vpc-a"):
        ec2_peering.ensure_peering(fake.client, params(**ENDS), False)
    assert fake.writes == []


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("ends", [ENDS, dict.fromkeys(ENDS), {"requester_vpc_id": "vpc-b"}, {}])
def test_a_connection_with_the_ends_that_are_expected_is_accepted(
    fake_aws: Any, ends: dict[str, Any], check_mode: bool
) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", "active"))
    fake.on("AcceptVpcPeeringConnection", {})
    result = ec2_peering.ensure_peering(fake.client, params(side="accepter", **ends), check_mode)
    assert (result["changed"], result["vpc_peering_connection"]["status"]["code"]) == (True, "active")
    accepting = [("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PCX})]
    assert fake.writes == ([] if check_mode else accepting)


def test_the_ends_are_those_of_each_connection(fake_aws: Any) -> None:
    other = "pcx-0000000000000000a"
    fake = fake_aws("ec2")
    strange = {"VpcPeeringConnections": [{**raw_peering("pending-acceptance"), "VpcPeeringConnectionId": other}]}
    fake.on("DescribeVpcPeeringConnections", strange, *shown("pending-acceptance", "active"))
    fake.on("AcceptVpcPeeringConnection", {})
    empty = {"side": None, "dns_resolution": None, "tags": None}
    connections = [
        {"id": other, **empty, **ENDS, "requester_owner_id": "333333333333"},
        {"id": PCX, **empty, **ENDS},
    ]
    options = {"connections": connections, "state": "accepted", "purge_tags": False, "wait_timeout": 120}
    with pytest.raises(AnsibleAWSError, match=f"{other} has the requester's owner_id 222222222222"):
        ec2_peering.ensure_peerings(fake.client, options, False)
    assert fake.writes == [("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PCX})]


def test_settings_follow_the_acceptance_and_are_predicted(fake_aws: Any) -> None:
    options = params(side="accepter", dns_resolution=True, tags={"k": "v"})
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance"))
    predicted = ec2_peering.ensure_peering(fake.client, options, True)["diff"]
    tagged = shown("active", tags={"k": "v"})
    fake.on("DescribeVpcPeeringConnections", *shown("pending-acceptance"), *tagged)
    for operation in ("AcceptVpcPeeringConnection", "ModifyVpcPeeringConnectionOptions", "CreateTags"):
        fake.on(operation, {})
    result = ec2_peering.ensure_peering(fake.client, options, False)
    assert result["diff"] == predicted
    assert predicted["after"]["accepter_dns_resolution"] is True
    assert predicted["after"]["tags"] == {"k": "v"}
    assert fake.writes == [
        ("CreateTags", {"Resources": [PCX], "Tags": [{"Key": "k", "Value": "v"}]}),
        ("AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": PCX}),
        (
            "ModifyVpcPeeringConnectionOptions",
            {
                "VpcPeeringConnectionId": PCX,
                "AccepterPeeringConnectionOptions": {"AllowDnsResolutionFromRemoteVpc": True},
            },
        ),
    ]


def test_a_request_that_cannot_be_tagged_is_not_accepted(fake_aws: Any, aws_error: Any) -> None:
    """Its tags say later whose it is, so it gets them while it can still be left alone."""
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance"))
    fake.on("CreateTags", aws_error("UnauthorizedOperation")).on("AcceptVpcPeeringConnection", {})
    with pytest.raises(AnsibleAWSError, match=f"Failed to tag VPC peering connection {PCX}"):
        ec2_peering.ensure_peering(fake.client, params(side="accepter", tags={"k": "v"}), False)
    assert fake.operations == ["DescribeVpcPeeringConnections", "CreateTags"]


def test_a_request_that_takes_no_tags_yet_gets_them_when_it_is_accepted(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", "active"))
    fake.on("CreateTags", aws_error("InvalidID"), {}).on("AcceptVpcPeeringConnection", {})
    assert ec2_peering.ensure_peering(fake.client, params(side="accepter", tags={"k": "v"}), False)["changed"]
    assert [name for name, _params in fake.writes] == ["CreateTags", "AcceptVpcPeeringConnection", "CreateTags"]


def test_tags_that_are_not_seen_at_once_are_set_again(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", "active"))
    fake.on("CreateTags", {}).on("AcceptVpcPeeringConnection", {})
    assert ec2_peering.ensure_peering(fake.client, params(side="accepter", tags={"k": "v"}), False)["changed"]
    assert [name for name, _params in fake.writes] == ["CreateTags", "AcceptVpcPeeringConnection", "CreateTags"]


def test_present_sets_tags_while_pending_and_dns_only_when_active(fake_aws: Any) -> None:
    options = params("present", side="requester", dns_resolution=True, tags={"k": "v"}, purge_tags=True)
    fake = fake_aws("ec2").on("DescribeVpcPeeringConnections", *shown("pending-acceptance", tags={"x": "y"}))
    fake.on("CreateTags", {}).on("DeleteTags", {})
    assert ec2_peering.ensure_peering(fake.client, options, False)["changed"]
    assert [operation for operation, _params in fake.writes] == ["DeleteTags", "CreateTags"]
    fake.on("DescribeVpcPeeringConnections", *shown("active", tags={"k": "v"}))
    fake.on("ModifyVpcPeeringConnectionOptions", {})
    assert ec2_peering.ensure_peering(fake.client, options, False)["changed"]
    assert "RequesterPeeringConnectionOptions" in fake.writes[-1][1]


def test_settings_as_desired_are_no_change(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on(
        "DescribeVpcPeeringConnections", *shown("active", tags={"k": "v", "other": "w"}, **dns(True))
    )
    options = params(side="accepter", dns_resolution=True, tags={"k": "v"})
    assert not ec2_peering.ensure_peering(fake.client, options, False)["changed"]
    assert fake.operations == ["DescribeVpcPeeringConnections"]


def test_many_connections_one_failing_keeps_none_from_its_state(fake_aws: Any) -> None:
    other = "pcx-0000000000000000a"
    fake = fake_aws("ec2")
    expired = {"VpcPeeringConnections": [{**raw_peering("expired"), "VpcPeeringConnectionId": other}]}
    pending, active = ({"VpcPeeringConnections": [raw_peering(code)]} for code in ("pending-acceptance", "active"))
    fake.on("DescribeVpcPeeringConnections", expired, pending, active).on("AcceptVpcPeeringConnection", {})
    connections = [{"id": item, "side": None, "dns_resolution": None, "tags": None} for item in (other, PCX)]
    options = {"connections": connections, "state": "accepted", "purge_tags": False, "wait_timeout": 120}
    with pytest.raises(AnsibleAWSError, match=f"{other} is expired"):
        ec2_peering.ensure_peerings(fake.client, options, False)
    assert [name for name, _params in fake.writes] == ["AcceptVpcPeeringConnection"]
