# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""tools/check_modules.py: what it says of modules that keep, or don't keep, what the collection promises."""

from __future__ import annotations

from typing import Any

import check_modules


def doc(
    *, aws: bool = True, membership: tuple[str, ...] = ("dax.cross_account.aws",), without: str = ""
) -> dict[str, Any]:
    attributes: dict[str, Any] = {"check_mode": {}, "diff_mode": {}, "idempotent": {}}
    if membership:
        attributes["action_group"] = {"membership": list(membership)}
    attributes.pop(without, None)
    return {"options": {"endpoint_url": {}} if aws else {"dest": {}}, "attributes": attributes}


def test_sound_modules_have_no_problem() -> None:
    docs = {"cluster": doc(), "files": doc(aws=False, membership=())}
    assert check_modules.problems(docs, ["cluster"]) == []


def test_every_attribute_is_wanted() -> None:
    for attribute in ("check_mode", "diff_mode", "idempotent"):
        expected = [f"cluster: attribute {attribute} is not documented"]
        assert check_modules.problems({"cluster": doc(without=attribute)}, ["cluster"]) == expected


def test_an_aws_module_is_in_the_group_and_says_so() -> None:
    assert check_modules.problems({"cluster": doc()}, []) == [
        "cluster: takes AWS connection options, but is not in action_groups.aws of meta/runtime.yml"
    ]
    assert check_modules.problems({"cluster": doc(membership=("amazon.aws.aws",))}, ["cluster"]) == [
        "cluster: attribute action_group does not name dax.cross_account.aws"
    ]


def test_no_other_module_is_in_the_group() -> None:
    told = ["files: has no AWS connection options and must not be in the action group dax.cross_account.aws"]
    assert check_modules.problems({"files": doc(aws=False, membership=())}, ["files"]) == told
    assert check_modules.problems({"files": doc(aws=False)}, []) == told


def test_the_group_names_modules_that_exist_and_each_once() -> None:
    told = check_modules.problems({"cluster": doc()}, ["cluster", "cluster", "gone"])
    assert "meta/runtime.yml: action_groups.aws: gone: no such module" in told
    assert "meta/runtime.yml: action_groups.aws: cluster: twice" in told
