# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.dax.cross_account.plugins.filter import plan as plugin
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.plugin_utils import core
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

FILTERS = plugin.FilterModule().filters()


class LazyList(Sequence[Any]):
    """What a template may hand over in place of a list."""

    def __init__(self, items: list[Any]) -> None:
        self._items = items

    def __getitem__(self, index: Any) -> Any:
        return self._items[index]

    def __len__(self) -> int:
        return len(self._items)


class LazyDict(Mapping[str, Any]):
    def __init__(self, items: dict[str, Any]) -> None:
        self._items = items

    def __getitem__(self, key: str) -> Any:
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


def lazy(value: Any) -> Any:
    if isinstance(value, dict):
        return LazyDict({key: lazy(item) for key, item in value.items()})
    return LazyList([lazy(item) for item in value]) if isinstance(value, list) else value


def test_every_filter_is_documented() -> None:
    folder = Path(plugin.__file__).parent
    for name in FILTERS:
        documented = yaml.safe_load((folder / f"{name}.yml").read_text(encoding="utf-8"))
        assert documented["DOCUMENTATION"]["name"] == name


def test_the_plans_take_ansibles_lazy_containers() -> None:
    given_a = {"cluster_name": "orders", "consumers": [build.consumer()], "check_mode": True}
    facts_a, facts_b = build.facts_a(), build.built_b()
    assert FILTERS["plan_a"](lazy(facts_a), lazy(given_a)) == plan_a(facts_a, build.wanted_a(**given_a))
    given_b = {"cluster": build.cluster_document()}
    assert FILTERS["plan_b"](lazy(facts_b), lazy(given_b)) == plan_b(facts_b, build.wanted_b())
    request = FILTERS["block_request"](lazy(build.facts_b()), lazy(given_b))
    assert json.loads(json.dumps(request)) == request


def test_plans_are_plain_data() -> None:
    for plan in (plan_a(build.facts_a(), build.wanted_a()), plan_b(build.facts_b(), build.wanted_b())):
        assert json.loads(json.dumps(plan)) == plan


def test_text_from_the_command_line_means_what_it_says() -> None:
    given = {"cluster": build.cluster_document(), "instance": "false", "vpc_prefix": "20"}
    meant = build.wanted_b(instance=False, vpc_prefix=20)
    assert FILTERS["plan_b"](build.facts_b(), given) == plan_b(build.facts_b(), meant)


def test_what_means_nothing_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="dax_account_a_prune is 'perhaps', expected true or false"):
        FILTERS["plan_a"](build.facts_a(), {"cluster_name": "orders", "prune": "perhaps"})


@pytest.mark.parametrize("text", [yaml.safe_dump(build.consumer()), json.dumps(build.consumer())], ids=["YAML", "JSON"])
def test_documents_are_read_from_files(tmp_path: Path, text: str) -> None:
    path = tmp_path / "consumer.yml"
    path.write_text(text, encoding="utf-8")
    assert FILTERS["read_document"](str(path)) == build.consumer()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(None, "No such file", id="missing"),
        pytest.param(b"a: [", "cannot be read", id="no YAML"),
        pytest.param(b"\xff\xfe\xff", "cannot be read", id="no text"),
        pytest.param(b"", "got nothing", id="empty"),
        pytest.param(b"- a", "got list", id="a list"),
    ],
)
def test_a_file_that_is_no_document_is_told_in_one_line(tmp_path: Path, content: bytes | None, says: str) -> None:
    path = tmp_path / "consumer.yml"
    if content is not None:
        path.write_bytes(content)
    read = FILTERS["read_document"](str(path))
    assert isinstance(read, str) and "\n" not in read
    assert says in read and str(path) in read
    # Whoever takes it as a document repeats that line.
    assert FILTERS["cluster_document_problem"](read) == read
    conflicts = FILTERS["plan_a"](build.facts_a(), {"cluster_name": "orders", "consumers": [read]})["conflicts"]
    assert len(conflicts) == 1 and read in conflicts[0]


def test_the_problem_of_a_cluster_document() -> None:
    problem = FILTERS["cluster_document_problem"]
    assert problem(MappingProxyType(build.cluster_document())) == ""
    assert "kind is" in problem(build.consumer())
    gone = build.cluster_document(endpoint=None, vpc_id=None)
    assert "endpoint, vpc_id missing" in problem(gone)
    assert problem(gone, False) == ""


def test_the_key_of_a_consumer() -> None:
    assert FILTERS["consumer_key"](lazy(build.consumer())) == build.KEY
    assert FILTERS["consumer_key"]({"name": "x"}) == ""


@pytest.mark.parametrize("version", ["2.17.14", "2.18.19rc1"])
def test_a_core_that_runs_templates_in_documents_is_refused(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "core_version", version)
    filters = plugin.FilterModule().filters()
    assert filters.keys() == FILTERS.keys()
    for each in filters.values():
        with pytest.raises(AnsibleFilterError, match=r"ansible-core 2\.19 or newer, this is 2\.1"):
            each({})


def test_the_oldest_core_is_the_one_that_is_required() -> None:
    runtime = yaml.safe_load((Path(__file__).parents[4] / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["requires_ansible"] == ">=" + ".".join(map(str, core.OLDEST_CORE)) + ".0"


def test_a_value_for_the_aws_config_file_stays_in_its_line() -> None:
    value = FILTERS["aws_config_value"]
    assert (value("a=b/c"), value(3600)) == ("a=b/c", "3600")
    for hostile in ("x\ncredential_process = touch x", "x\r", "\x1b[2J", "x ", "x\u2028y"):
        with pytest.raises(AnsibleFilterError, match="cannot stand in an AWS config file"):
            value(hostile)
