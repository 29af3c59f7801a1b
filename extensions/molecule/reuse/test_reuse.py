# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles and playbooks within somebody else's playbook: loops, module_defaults, tags, a newer amazon.aws."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from scenario.accounts import new_account
from scenario.emulator import URL
from scenario.owner import CLUSTER, Owner, cluster_document, make_owner
from scenario.playbook import ROOT, SITE, Run, run_playbook
from scenario.snapshot import snapshot

ROLE_A, ROLE_B = "dax.cross_account.dax_account_a", "dax.cross_account.dax_account_b"
SHOW = "{{ hostvars.localhost.keys() | sort }}"
OUTPUTS = {
    *(f"dax_account_a_{name}" for name in ("cluster_document", "plan", "result", "summary")),
    *(f"dax_account_b_{name}" for name in ("consumer_document", "consumers", "plan", "result", "summary")),
}
LEAVING = ("create_instance_profile", "delete_instance_profile")


@pytest.fixture(scope="module")
def owner() -> Owner:
    return make_owner(new_account())


def play(folder: Path, owner: Owner, tasks: list[dict[str, Any]], *arguments: str, **more: Any) -> Run:
    """Run a play on localhost.

    :param more: keywords of the play; ``environment`` is that of the run.
    """
    environment = more.pop("environment", {})
    own = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    path = folder / "playbook.yml"
    path.write_text(yaml.safe_dump([{**own, **more, "tasks": tasks}], sort_keys=False))
    return run_playbook(path, owner.account, owner.account, *arguments, environment=environment)


def grant(owner: Owner, consumers: Any, **more: Any) -> dict[str, Any]:
    given = {"cluster_name": CLUSTER, "connection": owner.account.connection(), "consumers": consumers}
    return include(ROLE_A, "dax_account_a", given, **more)


def include(role: str, prefix: str, given: dict[str, Any], **more: Any) -> dict[str, Any]:
    variables = {f"{prefix}_{name}": value for name, value in given.items()}
    return {"ansible.builtin.include_role": {"name": role}, "vars": variables, **more}


def said(run: Run, name: str) -> Any:
    return next(result["msg"] for _host, task, result in run.results if task == name)


def test_a_loop_over_consumers_on_one_host(owner: Owner, tmp_path: Path) -> None:
    accounts = [new_account(), new_account()]
    given = {
        "cluster": cluster_document(owner),
        "name": "{{ consumer.name }}",
        "connection": "{{ consumer.connection }}",
        "instance": False,
        "sts_access": "existing",
    }
    items = [{"name": f"team{number}", "connection": each.connection()} for number, each in enumerate(accounts)]
    missing = {**given, "cluster": str(tmp_path / "nowhere.yml"), "name": "late", "connection": {}}
    tasks = [
        {"name": "Before", "ansible.builtin.debug": {"msg": SHOW}},
        include(ROLE_B, "dax_account_b", given, loop=items, loop_control={"loop_var": "consumer"}),
        grant(owner, "{{ dax_account_b_consumers.values() | map(attribute='document') | list }}"),
        include(ROLE_B, "dax_account_b", missing),
        {"name": "After", "ansible.builtin.debug": {"msg": SHOW}},
        {"name": "Documents", "ansible.builtin.debug": {"msg": ["{{ dax_account_b_consumer_document }}"]}},
        {"name": "Consumers", "ansible.builtin.debug": {"msg": "{{ dax_account_b_consumers.keys() | list }}"}},
    ]
    run = play(tmp_path, owner, tasks)
    assert run.rc == 0, run.failures or run.text[-3000:]
    blocks = [block for each in accounts for vpc in snapshot(each)["vpcs"].values() for block in vpc["blocks"]]
    assert sorted(set(blocks) - {"172.31.0.0/16"}) == ["10.1.0.0/24", "10.1.1.0/24"]
    assert len(owner.account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]) == 2
    assert set(said(run, "After")) - set(said(run, "Before")) == OUTPUTS
    assert said(run, "Documents") == [None], "a turn without a cluster document has none of the turn before"
    assert said(run, "Consumers") == [f"{each.id}/team{number}" for number, each in enumerate(accounts)]


@pytest.mark.parametrize("side", ["A", "B"])
def test_credentials_in_module_defaults_that_mean_another_account(owner: Owner, tmp_path: Path, side: str) -> None:
    read, meant = (owner.account, new_account()) if side == "A" else (new_account(), new_account())
    where = {"region": "us-east-1", "endpoint_url": URL}
    shell = {"AWS_ACCESS_KEY_ID": read.id, "AWS_SECRET_ACCESS_KEY": "secret-of-the-shell"}
    defaults = {"group/aws": {"access_key": meant.id, "secret_key": "secret-of-the-play", **where}}
    consumer = {"cluster": cluster_document(owner), "connection": where}
    if side == "A":
        task = grant(owner, [])
        task["vars"] |= {"dax_account_a_connection": where, "dax_account_a_role_name": "AnotherRole"}
        task["vars"]["dax_account_a_consumers"] = [consumer_document(owner)]
    else:
        task = include(ROLE_B, "dax_account_b", consumer)
    run = play(tmp_path, owner, [task], module_defaults=defaults, environment=shell)
    assert run.rc != 0
    (message,) = run.failures
    for part in (
        f"dax_account_{side.lower()}_connection",
        read.id,
        meant.id,
        "module_defaults of the play (group/aws)",
    ):
        assert part in message
    assert run.write_attempts() == []
    # The same keys where they are meant for the role too.
    if side == "B":
        run = play(
            tmp_path, owner, [task], "--check", module_defaults={"group/dax.cross_account.aws": defaults["group/aws"]}
        )
        assert run.rc == 0, run.failures
        assert {call["account"] for call in run.calls} == {meant.id}


def consumer_document(owner: Owner) -> dict[str, Any]:
    """Return the document of a consumer that has built its side but for the peering connection."""
    account = new_account()
    return {
        "kind": "dax.cross_account/consumer",
        "version": 1,
        "name": "dax-client",
        "cluster_arn": cluster_document(owner)["cluster_arn"],
        "account_id": account.id,
        "partition": "aws",
        "region": "us-east-1",
        "role_arn": f"arn:aws:iam::{account.id}:role/AssumeDaxRole",
        "assumed_role_arn": f"arn:aws:iam::{owner.account.id}:role/AnotherRole",
        "vpc_id": None,
        "cidr_blocks": [],
        "ipv6_cidr_blocks": [],
        "peering_connection_id": None,
        "peering_managed": True,
        "security_group_id": None,
        "external_id": None,
    }


# Tags.


def in_a_larger_playbook(folder: Path) -> Path:
    own = {"name": "Ours", "ansible.builtin.debug": {"msg": "ours"}, "tags": ["network"]}
    plays = [
        {"hosts": "localhost", "gather_facts": False, "tasks": [own]},
        {"ansible.builtin.import_playbook": str(SITE), "tags": ["dax"]},
    ]
    path = folder / "larger.yml"
    path.write_text(yaml.safe_dump(plays))
    return path


def test_tags_take_the_whole_or_nothing(owner: Owner, tmp_path: Path) -> None:
    larger, b = in_a_larger_playbook(tmp_path), new_account()
    for playbook in ("site", "teardown", "account_a", "account_b", "check", "verify"):
        path = SITE.parent / f"{playbook}.yml"
        listed = run_playbook(path, owner.account, b, "--list-tags", callback="")
        assert listed.rc == 0
        assert set(re.findall(r"TAGS: \[(.*?)\]", listed.text)) == {""}
        for tag in ("iam", "network,documents", "tagged"):
            run = run_playbook(path, owner.account, b, "--tags", tag)
            assert (run.rc, run.calls, run.changed) == (0, [], 0), (playbook, tag, run.failures)
    network = run_playbook(larger, owner.account, b, "--tags", "network", "--check")
    assert (network.rc, network.calls) == (0, [])
    assert [name for _host, name, _result in network.results] == ["Ours"]
    plans = []
    for arguments in (["--skip-tags", "iam"], ["--tags", "dax"], ["--skip-tags", "network"]):
        run = run_playbook(larger, owner.account, b, "--check", *arguments)
        assert run.rc == 0, run.failures
        plans.append(run.actions("A", "B"))
    assert plans[0] == plans[1] == plans[2]
    assert len(plans[0]) > 15


# A newer amazon.aws.


def newer_amazon_aws(folder: Path) -> Path:
    """Return a path of collections with a copy of amazon.aws whose iam_role lacks the options that are about to go."""
    found = subprocess.run(
        ["ansible-galaxy", "collection", "list", "amazon.aws", "--format", "json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    installed = Path(next(iter(json.loads(found.stdout)))) / "amazon" / "aws"
    copy = folder / "collections" / "ansible_collections" / "amazon" / "aws"
    modules = copy / "plugins" / "modules"
    modules.mkdir(parents=True)
    for source, target, but in (
        (installed, copy, "plugins"),
        (installed / "plugins", copy / "plugins", "modules"),
        (installed / "plugins" / "modules", modules, "iam_role.py"),
    ):
        for path in source.iterdir():
            if path.name != but:
                (target / path.name).symlink_to(path)
    text = (installed / "plugins" / "modules" / "iam_role.py").read_text()
    for option in LEAVING:
        text = re.sub(rf"^  {option}:\n(?:    .*\n|\n)+", "", text, flags=re.MULTILINE)
        text, options = re.subn(rf"^ +{option}=dict\(.*\),\n", "", text, flags=re.MULTILINE)
        assert options == 1, "the module has changed"
        text = text.replace(f'module.params.get("{option}")', "False")
    (modules / "iam_role.py").write_text(text)
    return folder / "collections"


def test_the_options_that_leave_iam_role_are_not_passed_to_one_without_them(tmp_path: Path) -> None:
    a, b = new_account(), new_account()
    owner = make_owner(a)
    before = {"A": snapshot(a), "B": snapshot(b)}
    paths = f"{newer_amazon_aws(tmp_path)}:{ROOT / 'collections'}"
    cfg = tmp_path / "ansible.cfg"
    cfg.write_text(
        (ROOT / "ansible.cfg").read_text().replace("collections_path = ./collections", f"collections_path = {paths}")
    )
    environment = {"ANSIBLE_CONFIG": str(cfg)}
    first = run_playbook(SITE, a, b, environment=environment)
    assert first.rc == 0, first.failures
    assert "CreateRole" in first.writes(a)
    assert "CreateRole" in first.writes(b)
    second = run_playbook(SITE, a, b, environment=environment)
    assert (second.rc, second.changed) == (0, 0), second.failures
    gone = run_playbook(SITE.parent / "teardown.yml", a, b, environment=environment)
    assert gone.rc == 0, gone.failures
    assert {"A": snapshot(a), "B": snapshot(b)} == before
    # The copy is what ran: given by hand, the options are refused.
    task = {"amazon.aws.iam_role": {"name": "x", "state": "absent", **a.connection(), LEAVING[0]: False}}
    refused = play(tmp_path, owner, [task], environment=environment)
    assert "Unsupported parameters for (amazon.aws.iam_role) module: create_instance_profile" in refused.failures[0]
