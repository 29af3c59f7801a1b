# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is stopped after any of its writes and started again goes on from there and ends where a whole run ends.

From the first write on, each run gets exactly one write through and is refused every other. So the accounts pass
through every state that a killed run can leave, and each next run must find its way on from it.
"""

from __future__ import annotations

import re

import pytest
from scenario.accounts import Account, new_account
from scenario.emulator import REFUSED, refusing_writes
from scenario.owner import cluster_document, make_owner
from scenario.pair import Pair, join
from scenario.playbook import SIDE_A, SIDE_B, SITE, converge, run_playbook
from scenario.snapshot import differences, shape, snapshot

MANY = 40


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """Return a pair that was joined by one run."""
    return join(tmp_path_factory.mktemp("documents"))


def one_write_at_a_time(account: Account, run_it) -> list[str]:
    """Run until a run succeeds, each stopped after one write; return the writes in order."""
    done: list[str] = []
    for _attempt in range(MANY):
        with refusing_writes(account.id, after=1):
            run = run_it()
        done += run.writes()
        if run.rc == 0:
            return done
        assert len(run.writes()) == 1, (done, run.failures)
        assert REFUSED in [call["error"] for call in run.calls], run.failures
    raise AssertionError(f"it never ends: {done}")


def one_by_one(a: Account, b: Account, tmp_path) -> tuple[list[str], list[str]]:
    owner, path = make_owner(a), tmp_path / "consumer.yml"
    wanted = {"dax_account_b_cluster": cluster_document(owner), "dax_account_b_document_path": str(path)}
    of_b = one_write_at_a_time(b, lambda: run_playbook(SIDE_B, a, b, variables=wanted))
    given = {"dax_account_a_consumers": [str(path)]}
    of_a = one_write_at_a_time(a, lambda: run_playbook(SIDE_A, a, b, variables=given))
    return of_a, of_b


def test_runs_that_are_stopped_after_every_write(whole: Pair, tmp_path) -> None:
    a, b = new_account(), new_account()
    of_a, of_b = one_by_one(a, b, tmp_path)
    assert len(of_b) >= 15, of_b
    assert len(of_a) >= 8, of_a
    assert of_b.count("CreateVpcPeeringConnection") == 1
    assert of_b.count("RunInstances") == 1
    assert of_b.count("CreateVpc") == 1
    assert of_b.count("CreateInternetGateway") == 1
    run = converge(SITE, a, b)
    assert run.changed == 0
    assert run.writes() == []
    stopped = {"A": snapshot(a), "B": snapshot(b)}
    expected = whole.snapshot()
    assert len(stopped["B"]["instances"]) == 1
    assert len(stopped["B"]["peerings"]) == 1
    assert differences(neutral(expected, whole.a, whole.b), neutral(stopped, a, b)) == []


def neutral(found: dict, a: Account, b: Account) -> dict:
    """Return a snapshot without ids and account numbers."""

    def rename(value):
        if isinstance(value, dict):
            return {rename(key): rename(item) for key, item in value.items()}
        if isinstance(value, list):
            return [rename(item) for item in value]
        return value.replace(a.id, "A").replace(b.id, "B") if isinstance(value, str) else value

    text = rename(shape(found))
    for rules in (text["A"]["rules"], text["B"]["rules"]):
        for rule in rules:
            # The port of a cluster's node on the emulator differs from cluster to cluster.
            rule["key"] = re.sub(r"\b\d+-\d+\b", "port", rule["key"])
    return text
