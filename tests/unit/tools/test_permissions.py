# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The generated policies: valid, small enough, up to date, and no wider than said."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import permission_table
import permissions
import pytest


def statements(side: str, *actions: str) -> Iterator[dict[str, Any]]:
    return (item for item in permissions.policy(side)["Statement"] if set(item["Action"]) & set(actions))


def test_the_files_are_up_to_date_and_the_table_is_sound() -> None:
    assert permissions.main(["--check"]) == 0


@pytest.mark.parametrize("side", permission_table.SIDES)
def test_no_action_has_a_wildcard_and_only_reads_may_have_every_resource(side: str) -> None:
    for statement in permissions.policy(side)["Statement"]:
        assert [name for name in statement["Action"] if "*" in name] == []
        if statement["Resource"] == "*":
            reads = [
                name for name in statement["Action"] if name.partition(":")[2].startswith(("Describe", "Get", "List"))
            ]
            assert reads == statement["Action"] or statement["Sid"] in ("NameEndpoints", "SubnetGroups")


def test_a_role_is_passed_to_ec2_alone_and_removals_require_the_ownership_tag() -> None:
    (passing,) = statements("b", "iam:PassRole")
    assert passing["Resource"] == list(permission_table.CLIENTS_ROLE)
    assert "ec2.amazonaws.com" in passing["Condition"]["StringEquals"]["iam:PassedToService"]
    for removal in statements("b", "ec2:DeleteVpc", "ec2:TerminateInstances"):
        assert removal["Condition"] == permission_table.HAS_TAG


def test_whoever_makes_clusters_passes_their_role_and_makes_the_linked_one() -> None:
    (passing,) = statements("cluster", "iam:PassRole")
    assert passing["Resource"] == list(permission_table.SERVICE_ROLE)
    (linked,) = statements("cluster", "iam:CreateServiceLinkedRole")
    assert linked["Resource"][0].startswith("arn:aws:iam::*:role/aws-service-role/dax.amazonaws.com/")
    assert linked["Condition"] == {"StringEquals": {"iam:AWSServiceName": "dax.amazonaws.com"}}


def test_a_file_that_is_not_up_to_date_is_told(tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    for path in permissions.DOCS.glob("permissions*"):
        (tmp_path / path.name).write_text(path.read_text())
    (tmp_path / "permissions_a.json").write_text("{}\n")
    monkeypatch.setattr(permissions, "DOCS", tmp_path)
    monkeypatch.setattr(permissions, "ROOT", tmp_path)
    assert permissions.main(["--check"]) == 1
    assert "permissions_a.json is not up to date" in capsys.readouterr().err
    assert permissions.main([]) == 0
    assert permissions.main(["--check"]) == 0
