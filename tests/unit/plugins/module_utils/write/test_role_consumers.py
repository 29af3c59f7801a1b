# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One run that writes a role: its calls, what IAM refuses, and answers that lag behind."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.common.patience import LAG, PROPAGATION
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import trusted_principals
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_consumers import RoleWriter
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_wishes import wish_of
from ansible_collections.dax.cross_account.plugins.modules import iam_role_consumers
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_iam import FakeIam, refusal

NAME, KEY, ARN = "DaxCrossAccountRole", build.KEY, build.ROLE_B
OTHER = f"{build.B}/other"
OTHER_ARN = f"arn:aws:iam::{build.B}:role/Other"
REGISTER = f"{build.CONSUMER}:"
SETTINGS = {"max_session_duration": 3600, "tags": {build.MARK: build.CLUSTER_ARN}}
COMING = {"consumers": [{"key": KEY, "role_arn": ARN}], "settings": SETTINGS}


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> float:
        return self.now


def role(*arns: str, **more: Any) -> dict[str, Any]:
    """A role of ours that trusts these, with whom its tags register."""
    keys = {ARN: KEY, OTHER_ARN: OTHER}
    tags = {build.MARK: build.CLUSTER_ARN, **{f"{REGISTER}{keys[arn]}": arn for arn in arns}}
    given = {"tags": tags, "description": "", **more}
    return build.role(NAME, given.pop("trust", build.policy(build.trust(*arns))), **given)


def run(iam: Any, time: Time | None = None, state: str = "present", **given: Any) -> list[str]:
    time = time or Time()
    options = {"name": NAME, "cluster_arn": build.CLUSTER_ARN, "state": state, "retry_seconds": 120, **given}
    writer = RoleWriter(iam, wish_of(options), options["retry_seconds"], time.sleep, time.clock)
    writer.settle()
    return writer.changes


R, TRUST, TAG, UNTAG = "GetRole", "UpdateAssumeRolePolicy", "TagRole", "UntagRole"
LEAVING = {"state": "absent", "removing": [KEY], "policies": ["P"], "delete": True}


@pytest.mark.parametrize(
    ("before", "given", "calls"),
    [
        pytest.param(None, COMING, [R, "CreateRole", R], id="a new role"),
        pytest.param(role(OTHER_ARN), COMING, [R, TRUST, R, TAG, R], id="a consumer comes"),
        pytest.param(role(ARN, OTHER_ARN), COMING, [R], id="it is there"),
        pytest.param(
            role(ARN, max_session_duration=7200, permissions_boundary="arn:x"),
            COMING,
            [R, "DeleteRolePermissionsBoundary", R, "UpdateRole", R],
            id="settings",
        ),
        pytest.param(
            role(ARN),
            {**COMING, "settings": {**SETTINGS, "boundary": "arn:x", "tags": {"Team": "a"}}},
            [R, "PutRolePermissionsBoundary", R, TAG, R],
            id="a boundary and the user's tags",
        ),
        pytest.param(role(ARN), {"consumers": COMING["consumers"]}, [R], id="adopted, as it is"),
        pytest.param(
            role(ARN, OTHER_ARN),
            LEAVING,
            [R, "ListRolePolicies", UNTAG, R, "ListRolePolicies", TRUST, R, "ListRolePolicies"],
            id="one leaves",
        ),
        pytest.param(None, LEAVING, [R, R], id="leaves a role that is gone"),
    ],
)
def test_calls(before: dict[str, Any] | None, given: dict[str, Any], calls: list[str]) -> None:
    iam = FakeIam({NAME: copy.deepcopy(before)} if before else {})
    run(iam, **given)
    assert iam.log == calls
    iam.log.clear()
    assert run(iam, **given) == [], "there is nothing left to do"


def test_the_last_one_takes_the_role_along() -> None:
    found = role(ARN, inline_policies={"P": {}}, attached_policies=["arn:aws:iam::aws:policy/X"])
    iam = FakeIam({NAME: found})
    assert run(iam, **LEAVING) == ["delete"]
    assert iam.roles == {}


@pytest.mark.parametrize(
    ("found", "given"),
    [
        pytest.param(role(ARN), {**LEAVING, "delete": False}, id="it is not to go"),
        pytest.param(role(ARN, tags={f"{REGISTER}{KEY}": ARN}), LEAVING, id="it is not ours"),
        pytest.param(
            role(ARN, trust=build.policy(build.STRANGER, build.trust(ARN))), LEAVING, id="others have a statement"
        ),
    ],
)
def test_a_role_that_stays_loses_all_that_is_ours(found: dict[str, Any], given: dict[str, Any]) -> None:
    found = {**copy.deepcopy(found), "inline_policies": {"P": {}, "Theirs": {}}}
    found["tags"]["Owner"] = "x"
    iam = FakeIam({NAME: found})
    run(iam, **given)
    assert (iam.roles[NAME]["tags"], iam.roles[NAME]["inline_policies"]) == ({"Owner": "x"}, {"Theirs": {}})


class Refusing(FakeIam):
    """IAM that refuses some calls of one operation."""

    def __init__(self, roles: dict[str, Any], operation: str, error: Exception, times: int) -> None:
        super().__init__(roles)
        self.operation, self.error, self.left = operation, error, times

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith("_") or name != super().__getattribute__("operation"):
            return found

        def call(**params: Any) -> Any:
            if self.left:
                self.left -= 1
                raise self.error
            return found(**params)

        return call


PASSING = [
    ("update_assume_role_policy", TRUST, "ConcurrentModification", "multiple requests to change this object"),
    ("update_assume_role_policy", TRUST, "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{ARN}"'),
    ("update_assume_role_policy", TRUST, "NoSuchEntity", f"The role with name {NAME} cannot be found."),
    ("tag_role", TAG, "ConcurrentModification", "multiple requests to change this object"),
    ("create_role", "CreateRole", "MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{ARN}"'),
]


@pytest.mark.parametrize(("method", "operation", "code", "says"), PASSING)
def test_a_refusal_that_passes_is_waited_for(method: str, operation: str, code: str, says: str) -> None:
    roles = {} if method == "create_role" else {NAME: role(OTHER_ARN)}
    error, time = refusal(operation, code, says), Time()
    iam = Refusing(roles, method, error, 3)
    run(iam, time, **COMING)
    assert ARN in trusted_principals(iam.roles[NAME]["trust"])
    assert 0 < time.now < LAG
    with pytest.raises(AnsibleAWSError, match=r"\(waited \d+ seconds for "):
        run(
            Refusing(copy.deepcopy({} if method == "create_role" else {NAME: role(OTHER_ARN)}), method, error, 999),
            **COMING,
        )
    with pytest.raises(AnsibleAWSError) as caught:
        run(
            Refusing({} if method == "create_role" else {NAME: role(OTHER_ARN)}, method, error, 999),
            retry_seconds=0,
            **COMING,
        )
    assert "waited" not in str(caught.value.message)


@pytest.mark.parametrize(
    ("method", "operation", "code", "says"),
    [
        ("update_assume_role_policy", TRUST, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"),
        ("tag_role", TAG, "AccessDenied", "not authorized to perform iam:TagRole"),
        ("get_role", R, "AccessDenied", "not authorized to perform iam:GetRole"),
    ],
)
def test_any_other_refusal_ends_the_run_in_one_line(method: str, operation: str, code: str, says: str) -> None:
    time = Time()
    with pytest.raises(AnsibleAWSError) as caught:
        run(Refusing({NAME: role(OTHER_ARN)}, method, refusal(operation, code, says), 99), time, **COMING)
    assert NAME in str(caught.value.message) and "\n" not in str(caught.value.message)
    assert says in str(caught.value.exception)
    assert time.now == 0


def test_a_register_that_would_not_fit_is_refused_before_anything_is_written() -> None:
    full = role(OTHER_ARN)
    full["tags"] |= {f"tag{number}": "x" for number in range(48)}
    iam = FakeIam({NAME: full})
    with pytest.raises(AnsibleAWSError, match="would have 51 tags, one for each consumer among them, and IAM takes 50"):
        run(iam, **COMING)
    assert iam.log == [R]


class Late(FakeIam):
    """IAM whose readings are old in turns, as replicas that lag behind answer them.

    :ivar lag: for how many seconds a reading may miss a write.
    """

    def __init__(self, roles: dict[str, Any], time: Time, lag: float, which: Callable[[int], bool]) -> None:
        super().__init__(roles)
        self.time, self.lag, self.which = time, lag, which
        self.past: list[tuple[float, dict[str, Any]]] = []
        self.reads = 0

    def _writing(self, operation: str, name: str) -> dict[str, Any]:
        self.past.append((self.time.now, copy.deepcopy(self.roles)))
        return super()._writing(operation, name)

    def create_role(self, **params: Any) -> None:
        self.past.append((self.time.now, copy.deepcopy(self.roles)))
        super().create_role(**params)

    def get_role(self, *, RoleName: str) -> dict[str, Any]:
        self.reads += 1
        old = [roles for until, roles in self.past if until > self.time.now - self.lag]
        if not old or not self.which(self.reads):
            return super().get_role(RoleName=RoleName)
        now, self.roles = self.roles, old[0]
        try:
            return super().get_role(RoleName=RoleName)
        finally:
            self.roles = now


@pytest.mark.parametrize(
    "which", [lambda _n: True, lambda n: n % 2 == 0, lambda n: n % 3 != 0], ids=["all", "2nd", "2of3"]
)
@pytest.mark.parametrize("before", [None, role(OTHER_ARN)], ids=["a new role", "a consumer comes"])
def test_what_was_written_is_not_written_again_since_a_reading_is_old(
    before: dict[str, Any] | None, which: Callable[[int], bool]
) -> None:
    time = Time()
    iam = Late({NAME: copy.deepcopy(before)} if before else {}, time, 8, which)
    changes = run(iam, time, **COMING)
    assert changes == (["trust", "register"] if before else ["create"])
    assert ARN in trusted_principals(iam.roles[NAME]["trust"])
    assert iam.roles[NAME]["tags"][f"{REGISTER}{KEY}"] == ARN


def test_somebody_who_keeps_undoing_it_ends_the_run_in_one_line() -> None:
    class Undone(FakeIam):
        def update_assume_role_policy(self, **params: Any) -> None:
            self.log.append(TRUST)

    time, iam = Time(), Undone({NAME: role(OTHER_ARN)})
    with pytest.raises(AnsibleAWSError) as caught:
        run(iam, time, **COMING)
    assert "its trust is not as this run wrote it" in str(caught.value.message)
    assert PROPAGATION <= time.now < PROPAGATION + 10
    assert iam.log.count(TRUST) <= PROPAGATION / LAG + 1


def test_an_adopted_role_that_is_gone_is_not_made_anew() -> None:
    iam, time = FakeIam({}), Time()
    with pytest.raises(AnsibleAWSError, match=f"there is no role {NAME} any more; run it again"):
        run(iam, time, consumers=COMING["consumers"])
    assert (iam.roles, time.now >= LAG) == ({}, True)


def test_one_that_the_trust_does_not_name_stays_out_and_one_that_another_run_names_stays_in() -> None:
    found = role(OTHER_ARN)
    found["tags"][f"{REGISTER}{build.B}/out"] = f"{ARN}Out"
    found["trust"]["Statement"][0]["Principal"]["AWS"] = [OTHER_ARN, f"{ARN}New", f"{ARN}Slipped", "AROAEXAMPLEID"]
    iam = FakeIam({NAME: found})
    run(iam, left_out=[f"{build.B}/out"], known=[OTHER_ARN, f"{ARN}Out", f"{ARN}Slipped"], **COMING)
    assert set(trusted_principals(iam.roles[NAME]["trust"])) == {ARN, OTHER_ARN, f"{ARN}New"}


def test_the_module(run_module: Any, fake_aws: Any) -> None:
    shown = {"RoleName": NAME, "Path": "/", "RoleId": "AROAEXAMPLEEXAMPLE", "Arn": "arn:aws:iam::1:role/x"}
    iam = fake_aws("iam").on(R, {"Role": {**shown, "CreateDate": "2020-01-01", "AssumeRolePolicyDocument": "{}"}})
    iam.on(TRUST, {}).on(TAG, {})
    options = {"name": NAME, "cluster_arn": build.CLUSTER_ARN, "consumers": COMING["consumers"]}
    assert run_module(iam_role_consumers, options, check=True, iam=iam)["changes"] == ["trust"]
    assert iam.operations == [R]


def test_the_module_says_in_one_line_what_iam_refuses(run_module: Any, fake_aws: Any, aws_error: Any) -> None:
    iam = fake_aws("iam").on(R, aws_error("AccessDenied", "not authorized"))
    options = {"name": NAME, "cluster_arn": build.CLUSTER_ARN, "state": "absent"}
    result = run_module(iam_role_consumers, options, iam=iam)
    assert result["failed"]
    assert f"Failed to read role {NAME}: An error occurred (AccessDenied)" in result["msg"]
    assert "\n" not in result["msg"]
