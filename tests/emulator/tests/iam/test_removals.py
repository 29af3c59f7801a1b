# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was taken off or out of something still counts for a while; writes that meet."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError
from conftest import Account, Control
from test_consistency import LATE, POLICY, PROFILE, ROLE, policy, profile, role


def _leave_profile(account: Account) -> None:
    account.iam.remove_role_from_instance_profile(InstanceProfileName="app", RoleName="app")


def _detach(account: Account) -> None:
    account.iam.detach_role_policy(RoleName="app", PolicyArn=f"arn:aws:iam::{account.id}:policy/app")


DETACHED: list[tuple[Callable[[Account], None], str, str]] = [
    (_leave_profile, "delete_role", "Cannot delete entity, must remove roles from instance profile first."),
    (_leave_profile, "delete_instance_profile", "Cannot delete entity, must remove roles from instance profile first."),
    (_detach, "delete_role", "Cannot delete entity, must detach all policies first."),
    (_detach, "delete_policy", "Cannot delete a policy attached to entities."),
]


@pytest.mark.parametrize(("change", "call", "message"), DETACHED, ids=[f"{a.__name__}-{b}" for a, b, _ in DETACHED])
def test_what_was_taken_off_still_counts(
    account: Account, control: Control, change: Callable[[Account], None], call: str, message: str
) -> None:
    role(account)
    profile(account)
    arn = policy(account)
    if change is _detach:
        account.iam.attach_role_policy(RoleName="app", PolicyArn=arn)
    else:
        account.iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
    control.settings(detach_seconds=LATE)
    change(account)
    named = {"delete_role": ROLE, "delete_instance_profile": PROFILE, "delete_policy": {"PolicyArn": arn}}[call]
    with pytest.raises(ClientError) as caught:
        getattr(account.iam, call)(**named)
    assert (caught.value.response["Error"]["Code"], caught.value.response["Error"]["Message"]) == (
        "DeleteConflict",
        message,
    )
    time.sleep(LATE)
    getattr(account.iam, call)(**named)


def test_two_writes_to_one_role_at_the_same_instant(account: Account, control: Control) -> None:
    role(account)
    fault = {"service": "iam", "operation": "PutRolePolicy", "error": "ConcurrentModification"}
    control("POST", "faults", fault)
    put = {"RoleName": "app", "PolicyName": "p", "PolicyDocument": POLICY}
    with pytest.raises(ClientError) as caught:
        account.iam.put_role_policy(**put)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    assert "multiple requests to change this object were submitted simultaneously" in str(caught.value)
    account.iam.put_role_policy(**put)
