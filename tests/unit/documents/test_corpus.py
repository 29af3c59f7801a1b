# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents that somebody else wrote, as files, through the reader and the plan: refused in one line, or taken.

The documents are in consumer.yml, cluster.yml and texts.yml; what would be too long for them is at the end of this
file.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

import pytest
import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
    check_consumer_document,
)
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA, FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import given_document
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import border
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

HERE = Path(__file__).parent
ACCEPTED = "accepted"
SECONDS = 2.0
LONGEST_LINE = 1000


class Side(NamedTuple):
    """How one side takes a document.

    :ivar good: a document that it takes.
    :ivar plan: from what the reader returned to the plan.
    """

    good: dict[str, Any]
    check: Callable[[Any], Any]
    plan: Callable[[Any], dict[str, Any]]


def _plan_a(document: Any) -> dict[str, Any]:
    return plan_a(cast(FactsA, border.facts_a()), build.wanted_a(consumers=[document]))


def _plan_b(document: Any) -> dict[str, Any]:
    options = build.wanted_b(cluster=document, owner_account_id=build.A)
    return plan_b(cast(FactsB, border.facts_b()), options)


CONSUMER = Side(build.consumer(), check_consumer_document, _plan_a)
CLUSTER = Side(build.cluster_document(), check_cluster_document, _plan_b)


def given(side: Side, path: Path) -> tuple[dict[str, Any], list[str]]:
    """Return the plan for the document of a file, and the lines that refuse it."""
    begun = time.monotonic()
    document = given_document(str(path))
    try:
        side.check(document)
        problem = None
    except DocumentError as error:
        problem = str(error)
    plan = side.plan(document)
    assert time.monotonic() - begun < SECONDS
    if problem is not None:
        assert problem in plan["conflicts"][0], "what the check says is told"
    return plan, plan["conflicts"]


def hold(side: Side, path: Path, says: str, conflicts: int = 1) -> None:
    """Hold a document to what is expected of it."""
    plan, lines = given(side, path)
    for line in lines + plan["lines"]:
        assert line.isprintable()
        assert len(line) < LONGEST_LINE
    if says == ACCEPTED:
        assert lines == []
        return
    assert len(lines) == conflicts, lines
    assert any(says in line for line in lines), lines
    assert plan["writes"] == {}


def documents(name: str) -> list[Any]:
    """Return the documents of a table, as (what differs, what the line says, the number of lines)."""
    return [
        pytest.param(change, entry["says"], entry.get("conflicts", 1), id=f"{entry['says']}-{change!a}"[:70])
        for entry in yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
        for change in entry["with"]
    ]


def written(folder: Path, document: Any) -> Path:
    path = folder / "document.yml"
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path


@pytest.mark.parametrize(("change", "says", "conflicts"), documents("consumer.yml"))
def test_consumer_documents(change: dict[str, Any], says: str, conflicts: int, tmp_path: Path) -> None:
    hold(CONSUMER, written(tmp_path, {**CONSUMER.good, **change}), says, conflicts)


@pytest.mark.parametrize(("change", "says", "conflicts"), documents("cluster.yml"))
def test_cluster_documents(change: dict[str, Any], says: str, conflicts: int, tmp_path: Path) -> None:
    hold(CLUSTER, written(tmp_path, {**CLUSTER.good, **change}), says, conflicts)


@pytest.mark.parametrize("side", [CONSUMER, CLUSTER], ids=["consumer", "cluster"])
@pytest.mark.parametrize("entry", yaml.safe_load((HERE / "texts.yml").read_text(encoding="utf-8")), ids=str)
def test_texts(side: Side, entry: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "document.yml"
    text = entry["text"].replace("GOOD", yaml.safe_dump(side.good)).replace("JSON", json.dumps(side.good))
    path.write_bytes(text.replace("\n", entry.get("lines", "\n")).encode(entry.get("encoding", "utf-8")))
    hold(side, path, entry["says"])


# What would be too long for a table.
LONG: dict[str, tuple[Side, dict[str, Any], str]] = {
    "name": (CONSUMER, {"name": "x" * 65}, "name is"),
    "external id": (CONSUMER, {"external_id": "x" * 1225}, "external_id is"),
    "longest external id": (CONSUMER, {"external_id": "x" * 1224}, ACCEPTED),
    "role": (CONSUMER, {"role_arn": f"arn:aws:iam::{build.B}:role/{'x' * 129}"}, "role_arn is"),
    "path of a role": (CONSUMER, {"role_arn": f"arn:aws:iam::{build.B}:role/{'x/' * 9}y"}, "role_arn is"),
    "region": (CONSUMER, {"region": f"us-{'e' * 5000}-1"}, "region is"),
    "key": (CONSUMER, {"x" * 5000: 1}, "unknown keys"),
    "keys": (CONSUMER, {f"key{number}": 1 for number in range(200)}, "unknown keys"),
    "blocks": (CONSUMER, {"cidr_blocks": [f"10.1.{n}.0/28" for n in range(51)]}, "cidr_blocks has 51 entries"),
    "strange blocks": (CONSUMER, {"cidr_blocks": [f"10.5.{n}.0/28" for n in range(50)]}, "at the end of pcx-1"),
    "block": (CONSUMER, {"cidr_blocks": ["1" * 5000]}, "cidr_blocks"),
    "port": (CLUSTER, {"endpoint": {**CLUSTER.good["endpoint"], "port": "8" * 5000}}, "endpoint: port"),
    "host": (CLUSTER, {"endpoint": {"address": "x" * 254, "port": 1, "url": "dax://x"}}, "endpoint: address"),
    "name of a cluster": (CLUSTER, {"cluster_name": "x" * 21}, "cluster_name is"),
    "routed": (
        CLUSTER,
        {"routed_cidr_blocks": [f"10.{n // 250}.{n % 250}.0/24" for n in range(1001)]},
        "has 1001 entries",
    ),
    "most that is routed": (
        CLUSTER,
        {"routed_cidr_blocks": [f"10.{n // 250 + 20}.{n % 250}.0/24" for n in range(1000)]},
        ACCEPTED,
    ),
    "file": (CLUSTER, {"colour": "x" * 70_000}, "more than 65536 bytes"),
    "nodes": (CLUSTER, {"colour": list(range(6000))}, "too many levels or entries"),
}


@pytest.mark.parametrize("name", LONG)
def test_long_documents(name: str, tmp_path: Path) -> None:
    side, change, says = LONG[name]
    hold(side, written(tmp_path, {**side.good, **change}), says)


@pytest.mark.parametrize("side", [CONSUMER, CLUSTER], ids=["consumer", "cluster"])
def test_every_key_that_a_document_needs(side: Side, tmp_path: Path) -> None:
    for key in side.good:
        path = written(tmp_path, {name: value for name, value in side.good.items() if name != key})
        _plan, lines = given(side, path)
        # Without its VPC, a document is of no connection.
        assert all(key in line or key == "vpc_id" for line in lines), lines


def test_deep_json(tmp_path: Path) -> None:
    path = tmp_path / "document.json"
    for text in ("[" * 30_000, '{"a":' * 10_000, "{" * 60_000, "[" * 900 + "]" * 900):
        path.write_text(text, encoding="utf-8")
        _plan, (line,) = given(CONSUMER, path)
        assert "cannot be read as a document" in line
        assert line.isprintable()


def test_what_is_no_file(tmp_path: Path) -> None:
    folder = tmp_path / "line\nbreak"
    folder.mkdir()
    hold(CONSUMER, folder, "cannot be read as a document: is no file")
    hold(CLUSTER, Path("/dev/zero"), "cannot be read as a document: is no file")
