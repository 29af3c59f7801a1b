# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page on troubleshooting has every check and every symptom, and what heals a check is what the doctor says."""

from __future__ import annotations

import re

import pytest
import remedies
import troubleshooting
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import CHECKS, LINKS
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import faults_iam, healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import network_faults as network

_PAGE = troubleshooting.PAGE.read_text(encoding="utf-8")


def test_every_check_has_a_line_that_heals_it_and_no_line_is_for_nothing() -> None:
    assert set(remedies.REMEDIES) == set(CHECKS)


def test_the_page_has_every_check_under_its_link_in_the_order_of_travel() -> None:
    sections = re.split(r"^## (?=\d)", troubleshooting.tables(), flags=re.MULTILINE)[1:]
    assert [section.splitlines()[0] for section in sections] == [f"{at} {title}" for at, title in LINKS.values()]
    told = {
        link: re.findall(r"^\| `([\w.]+)`", section, re.MULTILINE)
        for link, section in zip(LINKS, sections, strict=True)
    }
    assert told == {link: [name for name, item in CHECKS.items() if item.link == link] for link in LINKS}


@pytest.mark.parametrize("language", troubleshooting.LANGUAGES)
def test_the_page_has_what_clients_of_each_language_say(language: str) -> None:
    said = {words for item in CHECKS.values() for name, words in item.symptoms if name == language}
    assert said
    rows = [row for row in troubleshooting.tables().splitlines() if f"{troubleshooting.LANGUAGES[language]}" in row]
    assert [words for words in said if not any(words.replace("|", "\\|") in row for row in rows)] == []


def test_every_language_of_a_symptom_is_one_that_the_page_knows() -> None:
    assert {name for item in CHECKS.values() for name, _words in item.symptoms} <= set(troubleshooting.LANGUAGES)


def test_the_page_is_up_to_date() -> None:
    path, text = troubleshooting.generated()
    assert path.read_text(encoding="utf-8") == text


def fixes() -> dict[str, set[str]]:
    """Return which kinds of fixes the doctor gives for what breaks each check: {check: kinds}."""
    found: dict[str, set[str]] = {}
    pairs = []
    for fault in faults_iam.FAULTS.values():
        pairs.append(healthy.pair(fault.kind))
        fault.happen(pairs[-1])
    for other in network.FAULTS.values():
        pairs.append(healthy.pair(other.kinds[0]))
        other.bend(pairs[-1])
    for pair in pairs:
        for finding in diagnose(pair)["findings"]:
            if finding["verdict"] in ("broken", "warning") and finding["fix"]:
                found.setdefault(finding["check"], set()).add(finding["fix"]["kind"])
    return found


def test_the_page_says_run_again_where_that_is_the_fix_and_only_there() -> None:
    told = {name for name, line in remedies.REMEDIES.items() if line.startswith(remedies.RUN)}
    kinds = fixes()
    assert [name for name in sorted(told) if name in kinds and not kinds[name] & {"run", "variable"}] == []
    runs = {name for name, found in kinds.items() if found == {"run"}}
    assert sorted(runs - told - SETTINGS) == []


# Runs too, with a variable set first; the line begins with that.
SETTINGS = {"tls.client", "trust.external_id", "trust.session_name", "trust.conditions"}


def test_a_stale_page_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    stale = _PAGE.replace("`routes.to_client`", "`routes.to_nowhere`")
    assert stale != _PAGE
    path = type(troubleshooting.PAGE)(str(tmp_path)) / "troubleshooting.md"
    path.write_text(stale, encoding="utf-8")
    monkeypatch.setattr(troubleshooting, "PAGE", path)
    assert troubleshooting.generated()[1] == _PAGE
