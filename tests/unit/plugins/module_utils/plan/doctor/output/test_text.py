# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doctor says on a terminal."""

from __future__ import annotations

import subprocess

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import LINKS, A, Finding, Fix
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.text import command_lines, lines
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import samples
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.hostile import (
    HOSTILE,
    poisoned_sample,
)


@pytest.mark.parametrize("width", [60, 80, 100, 140])
@pytest.mark.parametrize("name", HOSTILE)
def test_no_line_is_wider_than_asked_for_and_nothing_in_it_acts(name: str, width: int) -> None:
    pairs = poisoned_sample(HOSTILE[name])["diagnoses"]
    told = [*lines(pairs, width), *(line for pair in pairs for line in lines([pair], width))]
    assert [line for line in told if len(line) > width or not line.isprintable()] == []


def test_one_pair_is_told_by_headline_fix_and_links() -> None:
    told = lines([samples.pair("broken")])
    assert told[0] == "222222222222/payments -> orders"
    assert " ".join(line.strip() for line in told[1:3]) == (
        f"BROKEN at 8 Routes both ways: route 10.1.0.0/24 in {samples.TABLE_A}: is a blackhole, its peering connection "
        "is gone (account A)"
    )
    assert told[3:7] == [
        "  check: routes.from_nodes",
        f"  expected: a route to {samples.PEERING}, which is active",
        "  fix (account A): run the playbook again, it makes the route anew",
        "    ansible-playbook dax.cross_account.site",
    ]
    rows = told[told.index("") + 1 :][1:15]
    assert [row.split()[0] for row in rows] == [str(number) for number, _title in LINKS.values()]
    assert rows[7].split()[-5:] == ["BROKEN", "1", "broken,", "1", "ok"]
    assert rows[6].split()[-3:] == ["ok", "1", "ok"]
    # A link of which nothing was looked at is not said to be ok.
    assert rows[13].endswith("-        not looked at")


def test_the_headline_is_not_told_twice_and_other_findings_follow_it() -> None:
    told = "\n".join(lines([samples.pair("broken")]))
    assert told.count("blackhole") == 1
    assert "WARNING at 13 Limits (account A): security group" in told
    assert "--quota-code L-0EA8095F" in told


def test_a_healthy_pair_is_a_headline_and_its_links() -> None:
    told = lines([samples.pair()])
    assert told[1] == "ok: 19 ok"
    assert len(told) == 3 + 1 + len(LINKS)


def test_of_many_all_are_in_a_table_and_the_sound_ones_nowhere_else() -> None:
    pairs, _facts = samples.crowd()
    told = lines(pairs)
    assert told[0] == "50 pairs: 2 broken, 3 warning, 1 unknown, 44 ok"
    table = told[: told.index("")]
    assert all(any(line.startswith(pair["consumer"]) for line in table) for pair in pairs)
    rest = "\n".join(told[told.index("") :])
    assert {pair["consumer"] for pair in pairs if f"{pair['consumer']} ->" in rest} == {
        pair["consumer"] for pair in pairs if pair["verdict"] != "ok"
    }


def test_nothing_to_tell_of() -> None:
    assert lines([]) == ["no pair was looked at"]


ARGUMENTS = [
    ("plain", "--region", "us-east-1"),
    ("", "two words", "it's", "$HOME", "back\\slash", "*"),
    ('{"Statement": ["' + "a'b " * 100 + '"]}', "after"),
    ("x" * 500, "y" * 99, "z" * 98, "'" * 120),
    tuple(f"argument-{number}" for number in range(60)),
]


@pytest.mark.parametrize("indent", ["", "    "])
@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_a_shell_takes_the_lines_of_a_command_as_what_was_meant(arguments: tuple[str, ...], indent: str) -> None:
    told = command_lines(("printf", "%s\\0", *arguments), 100, indent)
    assert all(len(line) <= 100 for line in told)
    done = subprocess.run(["sh", "-c", "\n".join(told)], capture_output=True, text=True, check=True)
    assert done.stdout.split("\0")[:-1] == list(arguments)


def test_the_commands_of_a_fix_stand_under_it_whole() -> None:
    document = '{"Version": "2012-10-17", "Statement": [' + '"one and another", ' * 20 + "]}"
    fix = Fix("command", A, "put the policy", (("aws", "iam", "put-role-policy", "--policy-document", document),))
    finding = Finding("rights.actions", "broken", A, "role r", "lacks dax:GetItem", fix=fix)
    told = lines([samples.diagnosis("222222222222/c", None, [finding])])
    start = next(at for at, line in enumerate(told) if line.strip().startswith("aws iam"))
    text = "\n".join(told[start : told.index("")]).replace("aws iam", "printf '%s\\n'", 1)
    done = subprocess.run(["sh", "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["put-role-policy", "--policy-document", document]
