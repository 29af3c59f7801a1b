# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.write.instance_profiles import ensure_association

PARAMS = {"instance_id": "i-1", "instance_profile_name": "P", "wait_timeout": 30}
ARN = "arn:aws:iam::222222222222:instance-profile/P"


def association(profile_id: str) -> dict[str, Any]:
    shape = {"AssociationId": "iip-assoc-1", "InstanceId": "i-1", "State": "associated"}
    return {**shape, "IamInstanceProfile": {"Arn": ARN, "Id": profile_id}}


@pytest.fixture
def clients(fake_aws: Any) -> tuple[Any, Any]:
    raw = {"InstanceProfileName": "P", "InstanceProfileId": "AIPANEW", "Arn": ARN, "Path": "/"}
    iam = fake_aws("iam").on("GetInstanceProfile", {"InstanceProfile": raw})
    ec2 = fake_aws("ec2").on("ReplaceIamInstanceProfileAssociation", {}).on("AssociateIamInstanceProfile", {})
    return ec2, iam


def ensure(clients: tuple[Any, Any], *found: dict[str, Any], check: bool = False, **params: Any) -> dict[str, Any]:
    ec2, iam = clients
    ec2.on("DescribeIamInstanceProfileAssociations", {"IamInstanceProfileAssociations": list(found)})
    return ensure_association(ec2.client, iam.client, {**PARAMS, **params}, check)


REPLACED = (
    "ReplaceIamInstanceProfileAssociation",
    {"AssociationId": "iip-assoc-1", "IamInstanceProfile": {"Arn": ARN}},
)
ASSOCIATED = ("AssociateIamInstanceProfile", {"InstanceId": "i-1", "IamInstanceProfile": {"Arn": ARN}})


@pytest.mark.parametrize(
    ("found", "before", "writes"),
    [
        pytest.param([association("AIPANEW")], "AIPANEW", [], id="there"),
        pytest.param([association("AIPAOLD")], "AIPAOLD", [REPLACED], id="of the same name, made anew"),
        pytest.param([], None, [ASSOCIATED], id="none"),
    ],
)
def test_ids_are_compared(clients: tuple[Any, Any], found: list[Any], before: str | None, writes: list[Any]) -> None:
    predicted = ensure(clients, *found, check=True)
    assert clients[0].writes == []
    result = ensure(clients, *found)
    assert result == predicted
    assert (result["changed"], result["previous_instance_profile_id"]) == (bool(writes), before)
    assert result["instance_profile_id"] == "AIPANEW"
    assert clients[0].writes == writes
    states = {"Name": "state", "Values": ["associating", "associated"]}
    assert states in clients[0].calls[0][1]["Filters"], "one that is ending does not count"


NEW = "Value (P) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name"
EMPTY = f'IAM Instance Profile "{ARN}" has no associated IAM Roles'


@pytest.mark.parametrize("words", [NEW, EMPTY])
def test_a_profile_that_is_seconds_old_is_waited_for(
    clients: tuple[Any, Any], aws_error: Any, clock: Any, words: str
) -> None:
    not_yet = aws_error("InvalidParameterValue", words)
    clients[0].on("ReplaceIamInstanceProfileAssociation", not_yet, not_yet, {})
    assert ensure(clients, association("AIPAOLD"))["changed"]
    assert len(clients[0].writes) == 3
    clients[0].on("ReplaceIamInstanceProfileAssociation", not_yet)
    with pytest.raises(AnsibleAWSError, match="associate the instance profile"):
        ensure(clients, association("AIPAOLD"), wait_timeout=20)


@pytest.mark.parametrize(
    ("code", "words"), [("InvalidParameterValue", "something else"), ("IncorrectInstanceState", "is terminated")]
)
def test_another_error_is_final(clients: tuple[Any, Any], aws_error: Any, clock: Any, code: str, words: str) -> None:
    clients[0].on("ReplaceIamInstanceProfileAssociation", aws_error(code, words))
    with pytest.raises(AnsibleAWSError, match="associate the instance profile"):
        ensure(clients, association("AIPAOLD"))
    assert len(clients[0].writes) == 1


def test_a_profile_that_does_not_exist_is_named(clients: tuple[Any, Any], aws_error: Any) -> None:
    clients[1].on("GetInstanceProfile", aws_error("NoSuchEntity"))
    with pytest.raises(AnsibleAWSError, match="there is no instance profile P"):
        ensure(clients)
    assert clients[0].calls == []
