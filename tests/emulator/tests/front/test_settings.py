# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Settings and presets, through the control API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import Control

from dax_emulator.base.settings import AWS_QUOTAS, PRESETS, Settings


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"colour": 1}, "unknown setting 'colour'"),
        ({"cluster_seconds": "many"}, "cluster_seconds must be a number"),
        ({"cluster_seconds": True}, "cluster_seconds must be a number"),
        ({"cluster_seconds": float("inf")}, "cluster_seconds must be a number"),
        ({"cluster_seconds": -1}, "cluster_seconds must not be negative"),
        ({"enforce_iam": 1}, "enforce_iam must be true or false"),
        ({"opt_in_regions": "af-south-1"}, "opt_in_regions must be a list of regions"),
        ({"regions_without_dax": ["Frankfurt"]}, "regions_without_dax must be a list of regions"),
        ({"known_accounts": [200000000001]}, "known_accounts must be a list of account ids"),
        ({"enabled_regions": ["af-south-1"]}, "enabled_regions must be an object whose names are account ids"),
        ({"enabled_regions": {"1": ["af-south-1"]}}, "enabled_regions must be an object whose names are account ids"),
        ({"enabled_regions": {"*": "af-south-1"}}, "enabled_regions: * must be a list of regions"),
        ({"zones_without_types": {"us-east-1": ["t3"]}}, "zones_without_types must be an object whose names are zones"),
        ({"zones_without_types": {"us-east-1e": ["t3.micro"]}}, "zones_without_types: us-east-1e must be a list of"),
        ({"quotas": {"vpcs": 5}}, "quotas has no 'vpcs'"),
        ({"quotas": {"vpcs_per_region": 1.5}}, "vpcs_per_region must be a whole number"),
        ({"quotas": 5}, "quotas must be an object"),
        ({"preset": "slow"}, "preset must be one of fast, realistic"),
        ({"preset": ["fast"]}, "preset must be one of fast, realistic"),
    ],
)
def test_bad_settings_are_refused_as_a_whole(control: Control, wrong: dict[str, Any], words: str) -> None:
    before = control("GET", "settings")
    answer = control("PUT", "settings", {"visibility_seconds": 5, **wrong})
    assert answer["status"] == 400
    assert words in answer["error"]
    assert "\n" not in answer["error"]
    assert control("GET", "settings") == before


def test_settings_are_merged(control: Control) -> None:
    assert control("PUT", "settings", {"visibility_seconds": 5})["visibility_seconds"] == 5
    assert control("PUT", "settings", {"quotas": {"vpcs_per_region": 7}})["visibility_seconds"] == 5
    assert control("PUT", "settings", {"quotas": {"routes_per_table": 9}})["quotas"]["vpcs_per_region"] == 7
    changed = control("PUT", "settings", {"enabled_regions": {"200000000001": ["af-south-1"]}})
    assert changed["enabled_regions"] == {"200000000001": ["af-south-1"]}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_sets_everything_and_the_rest_of_the_request_stands(control: Control, preset: str) -> None:
    control("PUT", "settings", {"credential_lifetime_seconds": 60, "quotas": {"routes_per_table": 9}})
    wanted = {"preset": preset, "terminate_seconds": 1, "quotas": {"vpcs_per_region": 20}}
    found = control("PUT", "settings", wanted)
    expected = {**Settings().as_dict(), **PRESETS[preset], **wanted}
    expected["quotas"] = {**Settings().quotas, **PRESETS[preset].get("quotas", {}), "vpcs_per_region": 20}
    assert found == expected
    assert control("GET", "status")["preset"] == preset


def test_realistic_leaves_no_time_at_zero_that_aws_takes() -> None:
    realistic = Settings()
    realistic.merge({"preset": "realistic"})
    times = {name: value for name, value in realistic.as_dict().items() if name.endswith("_seconds")}
    assert times.pop("credential_lifetime_seconds") == 0  # as asked for
    assert {value for value in times.values() if not 2 <= value <= 5} == set()
    assert realistic.quotas == AWS_QUOTAS
    assert realistic.enabled_regions == {}


def test_every_setting_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert [name for name in Settings().as_dict() if f"| `{name}` |" not in readme] == []
