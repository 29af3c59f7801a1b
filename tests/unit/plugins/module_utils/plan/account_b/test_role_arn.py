# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The consumer's role is noted in a tag in account A: what no tag holds is refused in account B, where it is made."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_consumer_document,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import adopted_b, facts_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import plan

ROOT = f"arn:aws:iam::{build.B}:role"
LONG = f"/{'a' * 100}/{'b' * 128}/"
PATHS: list[Any] = [
    pytest.param("/", "", id="none"),
    pytest.param("/teams/dax/", "", id="two parts"),
    pytest.param(f"/{'a' * 100}/{'b' * 90}/", "", id="as long as can be"),
    pytest.param(LONG, "has {length} characters", id="too long"),
    pytest.param("/teams,dax/", "has the character ',', and account A notes it in a tag", id="a comma"),
]


def arn_of(path: str) -> str:
    return f"{ROOT}{path}AssumeDaxRole"


@pytest.mark.parametrize(("path", "says"), PATHS)
@pytest.mark.parametrize("exists", [False, True], ids=["created", "adopted"])
def test_the_plan_of_account_b(path: str, says: str, exists: bool) -> None:
    says = says.format(length=len(arn_of(path)))
    found = build.role("AssumeDaxRole", build.policy(), build.B, arn=arn_of(path), path=path)
    result = plan(adopted_b(role=found) if exists else facts_b(), **({} if exists else {"role_path": path}))
    assert [says in line for line in result["conflicts"]] == ([True] if says else [])
    for line in result["conflicts"]:
        assert line.startswith("role AssumeDaxRole: its ARN ")
        assert line.endswith("; correct dax_account_b_role_path or dax_account_b_role_name")


@pytest.mark.parametrize(("path", "says"), PATHS)
def test_the_document_that_account_a_reads(path: str, says: str) -> None:
    document = build.consumer(role_arn=arn_of(path))
    if not says:
        assert check_consumer_document(document)["role_arn"] == arn_of(path)
        return
    with pytest.raises(DocumentError, match=r"^role_arn is ") as caught:
        check_consumer_document(document)
    assert says.format(length=len(arn_of(path))) in str(caught.value)


def test_an_adopted_role_with_a_path_that_no_document_takes() -> None:
    arn = f"{ROOT}/a:b/AssumeDaxRole"
    found = build.role("AssumeDaxRole", build.policy(), build.B, arn=arn, path="/a:b/")
    [line] = plan(adopted_b(role=found))["conflicts"]
    assert "its ARN has characters in its path that no document takes" in line
