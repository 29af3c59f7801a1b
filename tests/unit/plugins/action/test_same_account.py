# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is read is who is written, and who the play means, whatever ``module_defaults`` stand around the role."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.action.side_runs import REGION, Answer, Host, refused
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

READ, MEANT = "333333333333", "222222222222"
KEYS = {"access_key": "AKIAEXAMPLE", "secret_key": "a-secret-of-some-length"}
CONVERGED = build.built_b()
GROUPS = ["group/aws", "group/amazon.aws.aws", "amazon.aws.iam_role"]


def world(side: str, meant: str = MEANT, read: str = READ, **facts: Any) -> Answer:
    """Return modules that read one account, and find another one with the keys."""

    def answer(name: str, args: dict[str, Any]) -> dict[str, Any]:
        if name.endswith("_info") and "dax_account" in name:
            own = build.facts_a() if side == "a" else build.facts_b()
            return {"facts": {**own, "identity": build.identity(read), **facts}}
        if name == "amazon.aws.aws_caller_info":
            return {"account": meant if args.get("access_key") or args.get("profile") else read}
        raise AssertionError(name)

    return answer


def given(side: str) -> dict[str, Any]:
    if side == "a":
        return {"cluster_name": "orders", "consumers": [build.consumer()]}
    return {"cluster": build.cluster_document()}


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("side", ["a", "b"])
def test_another_account_in_module_defaults_is_refused_before_the_first_write(
    tmp_path: Path, monkeypatch: Any, side: str, group: str
) -> None:
    host = Host(side, tmp_path, monkeypatch)
    found = host.run(world(side), defaults={group: {**KEYS, **REGION}}, **given(side))
    assert found["failed"]
    assert len(found["msg"].splitlines()) == 1
    says = (f"dax_account_{side}_connection", READ, MEANT, "module_defaults", group, "group/dax.cross_account.aws")
    assert [text for text in says if text not in found["msg"]] == []
    assert KEYS["secret_key"] not in str(found)
    assert host.modules() == [f"dax_account_{side}_info", "aws_caller_info"]


def test_another_region_in_module_defaults(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    defaults = {"group/aws": {"region": "eu-west-1"}}
    found = host.run(world("b"), defaults=defaults, connection={}, **given("b"))
    assert (
        "was read, and module_defaults of the play (group/aws) mean account 333333333333 in eu-west-1" in found["msg"]
    )


def test_credentials_that_cannot_be_used(tmp_path: Path, monkeypatch: Any) -> None:
    def answer(name: str, args: dict[str, Any]) -> dict[str, Any]:
        if name == "amazon.aws.aws_caller_info":
            return refused("The config profile (x) could not be found")
        return world("b")(name, args)

    found = Host("b", tmp_path, monkeypatch).run(answer, defaults={"group/aws": {"profile": "x"}}, **given("b"))
    assert "which cannot be told: The config profile (x) could not be found; say what is meant in" in found["msg"]


@pytest.mark.parametrize(
    ("defaults", "connection"),
    [
        ({}, REGION),
        ({"group/aws": KEYS}, {**KEYS, **REGION}),
        ({"group/aws": {"profile": "other"}}, {**KEYS, **REGION}),
        ({"group/aws": REGION}, REGION),
        ({"group/aws": {"aws_config": {}}}, REGION),
        ({"amazon.aws.s3_object": KEYS}, REGION),
        ({"group/k8s": KEYS}, REGION),
    ],
)
def test_nothing_is_asked_where_there_is_no_doubt(
    tmp_path: Path, monkeypatch: Any, defaults: dict[str, Any], connection: dict[str, Any]
) -> None:
    host = Host("b", tmp_path, monkeypatch)
    found = host.run(world("b"), defaults=defaults, connection=connection, **given("b"))
    assert not found.get("failed"), found
    assert host.modules() == ["dax_account_b_info"]


def test_the_same_account_by_other_credentials_is_as_good(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    found = host.run(world("b", meant=READ), defaults={"group/aws": KEYS}, **given("b"))
    assert not found.get("failed"), found
    assert host.modules() == ["dax_account_b_info", "aws_caller_info"]


def test_a_plan_with_nothing_to_write_needs_no_proof(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    defaults = {"group/aws": {**KEYS, **REGION}}
    found = host.run(world("b", read=MEANT, **CONVERGED), defaults=defaults, **given("b"))
    assert not found.get("failed"), found
    assert found["plan"]["changes"] == 0, found["plan"]["lines"]
    assert host.modules() == ["dax_account_b_info"]


@pytest.mark.parametrize("side", ["a", "b"])
def test_every_module_of_a_side_is_given_the_same_options(tmp_path: Path, monkeypatch: Any, side: str) -> None:
    host = Host(side, tmp_path, monkeypatch)
    connection = {**KEYS, **REGION, "endpoint_url": "http://127.0.0.1:1"}

    def answer(name: str, args: dict[str, Any]) -> dict[str, Any]:
        return world(side)(name, args) if "_info" in name else refused("UnauthorizedOperation")

    found = host.run(answer, check=False, connection=connection, **given(side))
    assert "UnauthorizedOperation" in found["msg"]
    assert len(host.calls) == 2, "a reader and a writer"
    reader, writer = ({name: args.get(name) for name in connection} for _module, args in host.calls)
    assert reader == writer == connection
