# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.html in a real browser. All is looked at once, in one browser; the tests say what has to be seen.

Without Chromium or Node.js they are skipped, with what to install, and fail where REQUIRE_ALL=true.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import LINKS

_spec = importlib.util.spec_from_file_location("browser_world", Path(__file__).with_name("world.py"))
assert _spec and _spec.loader
world = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(world)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    problem = world.lacking()
    if problem:
        if os.environ.get("REQUIRE_ALL") == "true":
            pytest.fail(problem, pytrace=False)
        pytest.skip(problem)
    found: dict[str, Any] = world.observe(tmp_path_factory.mktemp("reports"))
    return found


def test_the_picture_in_the_readme_is_small() -> None:
    picture = (world.ROOT / "docs" / "images" / "doctor.png").read_bytes()
    assert picture.startswith(b"\x89PNG") and len(picture) < 200_000


def test_no_page_says_loads_or_runs_anything(seen: dict[str, Any]) -> None:
    assert seen["noise"] == []


def test_axe_finds_nothing_in_light_and_dark(seen: dict[str, Any]) -> None:
    assert len(seen["axe"]) == 5
    assert {name: found for name, found in seen["axe"].items() if found} == {}


def test_the_broken_link_is_marked_with_and_without_colour(seen: dict[str, Any]) -> None:
    wires = {wire["href"]: wire for wire in seen["wires"]}
    assert set(wires) == {f"#p0-{link}" for link in LINKS}
    broken = wires.pop("#p0-routes")
    assert broken["label"] == "8 Routes: Routes both ways: 1 broken, 1 ok"
    for key in ("colour", "dashes", "sign"):
        assert broken[key] not in [wire[key] for wire in wires.values()]
    assert wires["#p0-limits"]["sign"] != wires["#p0-dns"]["sign"] != wires["#p0-live"]["sign"]
    assert wires["#p0-limits"]["colour"] != wires["#p0-dns"]["colour"]


@pytest.mark.parametrize(("verdict", "link"), [("broken", "#p0-routes"), ("ok", "#p0-tls")])
def test_a_click_on_a_link_leads_to_its_evidence(verdict: str, link: str, seen: dict[str, Any]) -> None:
    assert seen["click"][verdict] == {"hash": link, "visible": True}


def test_the_keyboard_reaches_every_link_shows_where_it_is_and_opens_it(seen: dict[str, Any]) -> None:
    found = seen["keyboard"]
    stops = [stop for stop in found["stops"] if stop and stop.startswith("#")]
    assert sorted(stops) == sorted(f"#p0-{link}" for link in LINKS)
    assert found["focused"] != found["before"]
    assert (found["hash"], found["visible"], found["focus"]) == ("#p0-dns", True, "p0-dns")


def test_fifty_consumers_are_on_the_screen_within_two_seconds(seen: dict[str, Any]) -> None:
    times = seen["rendering"]
    # A machine that is busy is slow with a single one as well.
    assert 0 < times["many"] < max(2000, 8 * times["one"])


def test_the_filter_and_the_search_leave_what_fits(seen: dict[str, Any]) -> None:
    found = seen["filter"]
    assert len(found["all"]["rows"]) == len(found["all again"]["rows"]) == 50
    assert found["broken"]["rows"] == ["222222222207/service-07 to orders", "222222222231/service-31 to orders"]
    assert found["broken"]["count"] == "2 of 50 consumers"
    assert found["broken and found"]["rows"] == ["222222222231/service-31 to orders"]
    assert found["not found"] == {"rows": [], "count": "0 of 50 consumers"}
    assert found["revealed"]["hash"] == "#p31-routes"


def test_the_button_copies_the_command_whole(seen: dict[str, Any]) -> None:
    assert seen["copy"] == (
        "aws service-quotas request-service-quota-increase --region us-east-1 --service-code vpc "
        "--quota-code L-0EA8095F --desired-value 100"
    )


def test_without_a_script_all_can_be_opened_and_no_dead_control_is_shown(seen: dict[str, Any]) -> None:
    assert seen["withoutScript"] == {"controls": 0, "shown": True}


def test_what_is_folded_is_in_print(seen: dict[str, Any]) -> None:
    found = seen["print"]
    assert len(found["folded"]) > len(LINKS) and all(found["folded"])
    assert found["buttons"] == 0 and found["overflow"] <= 0


def test_a_phone_needs_no_scrolling_sideways(seen: dict[str, Any]) -> None:
    assert len(seen["narrow"]) == len(world.samples.KINDS) + 4
    assert {name: pixels for name, pixels in seen["narrow"].items() if pixels > 0} == {}


def test_the_picture_alone_is_drawn_by_itself(seen: dict[str, Any]) -> None:
    found = seen["alone"]
    assert found["broken"] == 1 and found["height"] > 400
    assert found["colour"] == "rgb(194, 31, 44)"
