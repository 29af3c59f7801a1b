# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs for several consumers of one owner, started at the same moment: nobody is lost, and nobody comes back.

Whole runs are real playbooks in processes of their own. What they do with the role is also done without Ansible, by
processes that begin with one signal and so meet more closely.
"""

from __future__ import annotations

import json
import multiprocessing
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import Pool
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.role_consumers import known_principals
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_consumers import ensure_consumers
from scenario.accounts import Account, new_account
from scenario.emulator import realistic
from scenario.owner import Owner, make_owner, trust
from scenario.playbook import SIDE_A, Run, run_playbook

ROLE, POLICY = "DaxCrossAccountRole", "DaxCrossAccountPolicy"
REGISTER = "dax.cross_account:consumer:"
ROUNDS = 10
Document = dict[str, Any]


def consumer(owner: Owner, name: str) -> Document:
    """Return the document of a consumer that has a role and nothing else, in an account of its own."""
    account = new_account()
    account.iam.create_role(RoleName="AssumeDaxRole", AssumeRolePolicyDocument=trust("ec2.amazonaws.com"))
    arn = f"arn:aws:iam::{account.id}:role/AssumeDaxRole"
    base = {"kind": "dax.cross_account/consumer", "version": 1, "name": name, "cluster_arn": owner.cluster_arn}
    who = {"account_id": account.id, "partition": "aws", "region": account.region, "role_arn": arn}
    return {**base, **who, "peering_managed": True}


def key(document: Document) -> str:
    return f"{document['account_id']}/{document['name']}"


class Owned:
    """An owner, and who has to have access.

    :ivar present: their documents by their names.
    """

    def __init__(self) -> None:
        self.account = new_account()
        self.owner = make_owner(self.account)
        self.present: dict[str, Document] = {}
        self._count = 0

    def new(self) -> Document:
        self._count += 1
        return consumer(self.owner, f"c{self._count}")

    def run(self, coming: list[Document], leaving: list[Document]) -> list[Run]:
        """Run the playbook for each of them at the same moment, and take note of those whose run ended well."""
        wishes = [*((document, "present") for document in coming), *((document, "absent") for document in leaving)]
        with ThreadPoolExecutor(len(wishes)) as pool:
            runs = list(pool.map(lambda wish: self._side_a(*wish), wishes))
        failures = [line for run in runs for line in run.failures]
        assert [run.rc for run in runs] == [0] * len(runs), failures
        self.note(coming, leaving)
        return runs

    def _side_a(self, document: Document, state: str) -> Run:
        variables = {"dax_account_a_consumers": [document], "dax_account_a_state": state}
        return run_playbook(SIDE_A, self.account, self.account, variables=variables)

    def note(self, coming: list[Document], leaving: list[Document]) -> None:
        self.present |= {document["name"]: document for document in coming}
        for document in leaving:
            del self.present[document["name"]]

    def check(self) -> None:
        """Compare the role with who has to have access; without anybody, there is none."""
        iam = self.account.iam
        if not self.present:
            assert ROLE not in [role["RoleName"] for role in iam.list_roles()["Roles"]]
            return
        role = iam.get_role(RoleName=ROLE)["Role"]
        statements = [each for each in role["AssumeRolePolicyDocument"]["Statement"] if each["Sid"].startswith("Dax")]
        named = [each["Principal"]["AWS"] for each in statements]
        trusted = [arn for each in named for arn in ([each] if isinstance(each, str) else each)]
        tags = {tag["Key"]: tag["Value"] for tag in role["Tags"]}
        register = {name.removeprefix(REGISTER): arn for name, arn in tags.items() if name.startswith(REGISTER)}
        assert sorted(trusted) == sorted(document["role_arn"] for document in self.present.values())
        assert register == {key(document): document["role_arn"] for document in self.present.values()}
        assert tags["dax.cross_account:cluster"] == self.owner.cluster_arn
        assert iam.list_role_policies(RoleName=ROLE)["PolicyNames"] == [POLICY]


@pytest.fixture(scope="module")
def owned() -> Owned:
    return Owned()


# How many come and how many leave in each round of whole runs; in the first one, two make the role.
TWO_AT_A_TIME = [(2, 0), (2, 0), (1, 1), (1, 1), (0, 2), (2, 0), (1, 1), (2, 0), (1, 1), (1, 1)]


def test_two_whole_runs_at_a_time(owned: Owned) -> None:
    assert len(TWO_AT_A_TIME) == ROUNDS
    for coming, leaving in TWO_AT_A_TIME:
        owned.run([owned.new() for _number in range(coming)], random.sample(list(owned.present.values()), leaving))
        owned.check()


def test_five_whole_runs_at_a_time(owned: Owned) -> None:
    owned.run([owned.new() for _number in range(3)], random.sample(list(owned.present.values()), 2))
    owned.check()


def test_a_run_that_comes_alone_afterwards_has_nothing_to_do(owned: Owned) -> None:
    (run,) = owned.run([next(iter(owned.present.values()))], [])
    assert (run.changed, run.writes()) == (0, [])


def test_the_last_one_leaves_while_another_comes() -> None:
    owned = Owned()
    owned.run([owned.new()], [])
    owned.run([owned.new()], list(owned.present.values()))
    owned.check()
    owned.run([], list(owned.present.values()))
    owned.check()


_signal: Barrier | None = None


def _listen(signal: Barrier) -> None:
    global _signal
    _signal = signal


def _known(account: Account) -> list[str]:
    """Return what the plan of a run hands to its writer: whom the role names and has registered when it is read."""
    try:
        role = account.iam.get_role(RoleName=ROLE)["Role"]
    except account.iam.exceptions.NoSuchEntityException:
        return []
    tags = {tag["Key"]: tag["Value"] for tag in role.get("Tags", [])}
    return known_principals(role["AssumeRolePolicyDocument"], tags)


def _write(job: tuple[Account, Document, str, str]) -> dict[str, Any]:
    """Write the role for one consumer, as a run does, in a process of its own."""
    account, document, cluster_arn, state = job
    common = {"name": ROLE, "cluster_arn": cluster_arn, "state": state, "retry_seconds": 120, "known": _known(account)}
    if state == "present":
        settings = {"max_session_duration": 3600, "tags": {"dax.cross_account:cluster": cluster_arn}}
        wish = {"consumers": [{"key": key(document), "role_arn": document["role_arn"]}], "settings": settings}
    else:
        wish = {"removing": [key(document)], "policies": [POLICY], "delete": True}
    assert _signal is not None
    _signal.wait(60)
    return ensure_consumers(account.iam, {**common, **wish}, check_mode=False)


@pytest.fixture(scope="module")
def five() -> Iterator[Pool]:
    context = multiprocessing.get_context("fork")
    with context.Pool(5, _listen, (context.Barrier(5),)) as pool:
        yield pool


def together(pool: Pool, owned: Owned, coming: list[Document], leaving: list[Document]) -> list[dict[str, Any]]:
    """Let five processes write the role at one signal."""
    wishes = [*((document, "present") for document in coming), *((document, "absent") for document in leaving)]
    jobs = [(owned.account, document, owned.owner.cluster_arn, state) for document, state in wishes]
    results = pool.map(_write, jobs, chunksize=1)
    owned.note(coming, leaving)
    return results


@pytest.fixture
def started(five: Pool) -> Owned:
    """Return an owner whose role is there, made by five at a time; the policy is written by the plan otherwise."""
    owned = Owned()
    together(five, owned, [owned.new() for _number in range(5)], [])
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "dax:*", "Resource": "*"}]}
    owned.account.iam.put_role_policy(RoleName=ROLE, PolicyName=POLICY, PolicyDocument=json.dumps(document))
    owned.check()
    return owned


def test_five_processes_at_a_time(five: Pool, started: Owned) -> None:
    owned, written = started, []
    for number in range(ROUNDS):
        leaving = random.sample(list(owned.present.values()), 2) if number % 2 else []
        written += together(five, owned, [owned.new() for _number in range(5 - len(leaving))], leaving)
        owned.check()
    more = [result["changes"] for result in written if len(result["changes"]) > 2]
    assert more, "none of them overwrote another, so that nothing was tried"


def test_five_processes_while_iam_is_late(five: Pool, started: Owned) -> None:
    owned = started
    coming = [owned.new() for _number in range(5)]
    with realistic():
        together(five, owned, coming, [])
        together(five, owned, [owned.new() for _number in range(3)], coming[:2])
    owned.check()
