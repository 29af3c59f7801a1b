# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""report.html and the picture: what is in them, and that nothing from outside is more than text there."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import LINKS
from ansible_collections.dax.cross_account.plugins.plugin_utils.report.page import html, svg
from ansible_collections.dax.cross_account.plugins.plugin_utils.report.picture import LABELS
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as make
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import samples
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.hostile import (
    HOSTILE,
    poisoned_sample,
)


class Page(HTMLParser):
    """A page as a browser takes it apart: elements with their attributes, and the text in each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._tag = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._tag = tag

    def handle_endtag(self, tag: str) -> None:
        self._tag = ""

    def handle_data(self, data: str) -> None:
        self.texts[self._tag] = self.texts.get(self._tag, "") + data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def shapes(self) -> set[tuple[str, str]]:
        """Which elements there are, with which attributes."""
        return {(tag, name) for tag, attributes in self.elements for name in ("", *attributes)}

    @property
    def text(self) -> str:
        return "\n".join(text for tag, text in self.texts.items() if tag not in ("style", "script"))


def whole(*kinds: str) -> str:
    pairs = [samples.pair(kind) for kind in kinds]
    return html(pairs, samples.facts_a(), [samples.facts_b()], samples.plans(), samples.documents())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_stays_text(name: str) -> None:
    page = html(**poisoned_sample(HOSTILE[name]))
    assert [line for line in page.split("\n") if not line.isprintable()] == []
    parsed = Page(page)
    assert parsed.shapes <= Page(whole(*samples.KINDS)).shapes | {("pre", "")}
    assert not [item for item in parsed.shapes if item[1].startswith("on") or item[1] in ("style", "src")]
    assert {address for tag in ("a", "link") for item in parsed.all(tag) if (address := item.get("href"))} <= {
        f"#p{at}-{link}" for at in range(len(samples.KINDS)) for link in LINKS
    }
    if HOSTILE[name].isprintable() and len(HOSTILE[name]) < 100:
        assert HOSTILE[name] in parsed.text


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_stays_text_in_the_picture(name: str) -> None:
    sample = poisoned_sample(HOSTILE[name])
    for pair in sample["diagnoses"]:
        text = svg(pair, sample["a"], sample["b"][0])
        assert [line for line in text.split("\n") if not line.isprintable()] == []
        tags = {item.tag.partition("}")[2] for item in ET.fromstring(text.encode()).iter()}
        assert tags <= {"svg", "title", "style", "g", "rect", "text", "line", "path", "circle"}


def test_the_policy_allows_the_style_and_the_script_of_the_page_and_nothing_else() -> None:
    page = Page(whole("broken"))
    [policy] = [item["content"] for item in page.all("meta") if item.get("http-equiv") == "Content-Security-Policy"]
    rules = dict(rule.strip().split(" ", 1) for rule in (policy or "").split(";"))

    def digest(tag: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(page.texts[tag].encode()).digest()).decode()}'"

    assert rules == {
        "default-src": "'none'",
        "style-src": digest("style"),
        "script-src": digest("script"),
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert len(page.all("style")) == len(page.all("script")) == 1
    # A policy that is a meta element is in force for what follows it.
    order = [item.get("http-equiv") or tag for tag, item in page.elements]
    assert order.index("Content-Security-Policy") < order.index("style")


def test_nothing_is_loaded() -> None:
    page = whole(*samples.KINDS)
    assert not re.search(r"(?:src|action|data|poster|srcset|formaction)=|url\(|@import|https?://(?!www\.w3\.org)", page)


@pytest.mark.parametrize("kind", samples.KINDS)
def test_every_link_of_the_picture_leads_to_its_evidence(kind: str) -> None:
    page = Page(whole(kind))
    ids = [value for _tag, item in page.elements if (value := item.get("id"))]
    assert len(ids) == len(set(ids))
    wires = page.all("a")
    assert sorted(item["href"] or "" for item in wires) == sorted(f"#p0-{link}" for link in LINKS)
    assert all((item["href"] or "")[1:] in ids for item in wires)
    pair = samples.pair(kind)
    for item in wires:
        link = (item["href"] or "").rpartition("-")[2]
        number, title = LINKS[link]
        found = [finding["verdict"] for finding in pair["findings"] if finding["link"] == link]
        verdict = next(word for word in ("broken", "warning", "unknown", "ok", "none") if word in [*found, "none"])
        assert item["class"] == f"wire v-{verdict}"
        assert (item["aria-label"] or "").startswith(f"{number} {LABELS[link]}: {title}: ")
        # Told apart without its colour.
        assert ("not looked at" if verdict == "none" else verdict) in (item["aria-label"] or "")


@pytest.mark.parametrize(
    ("kinds", "title"),
    [
        (["healthy"], "No fault found"),
        (["broken"], "Broken at 8 Routes both ways"),
        (["warning"], "Warning at 13 Limits"),
        (["unknown"], "Unknown at 2 The consumer's role may assume account A's role"),
        (["healthy", "broken"], "1 of 2 consumers is broken"),
        (["healthy", "warning", "warning"], "2 of 3 consumers are to be warned of"),
        (["healthy", "healthy"], "2 of 2 consumers are ok"),
        ([], "No pair was looked at"),
    ],
)
def test_what_is_to_be_known_first_stands_first(kinds: list[str], title: str) -> None:
    page = Page(whole(*kinds))
    assert page.texts["h1"] == title and page.texts["title"].startswith(f"{title} - DAX doctor")


def test_the_fix_can_be_copied_as_a_shell_takes_it() -> None:
    page = whole("broken")
    [command] = {text for text in re.findall(r"<pre><code>(.*?)</code>", page) if "quota" in text}
    assert re.sub(r"<[^>]*>", "", command) == (
        "aws service-quotas request-service-quota-increase --region us-east-1 --service-code vpc "
        "--quota-code L-0EA8095F --desired-value 100"
    )


def test_plan_documents_and_readings_are_told_and_external_ids_are_not() -> None:
    b = samples.facts_b(private_zones=samples.problem("AccessDenied: route53:ListHostedZonesByVPC"))
    page = html([samples.pair()], samples.facts_a(), [b], samples.plans(), samples.documents())
    text = Page(page).text
    assert "s3cret" not in page and "(hidden)" in text
    for told in (
        "1 to create, 1 to change, 0 to remove",
        f"route 10.1.0.0/24 in {samples.TABLE_A}",
        "cluster orders, 111111111111",
        "private zones: AccessDenied: route53:ListHostedZonesByVPC",
        samples.AT,
        "arn:aws:iam::222222222222:user/ops",
    ):
        assert told in text


# The picture.


def texts(picture: str) -> list[str]:
    return [item.text or "" for item in ET.fromstring(picture.encode()).iter() if item.tag.endswith("}text")]


def test_the_picture_shows_both_accounts() -> None:
    told = texts(svg(samples.pair("broken"), samples.facts_a(), samples.facts_b()))
    for text in (
        *("Account A 111111111111", "Account B 222222222222", samples.VPC_A, samples.VPC_B, samples.PEERING),
        *(*samples.NODES.values(), samples.CLIENT, samples.GROUP_A, samples.GROUP_B),
        *("DaxCrossAccountRole", "AssumeDaxRole", "DaxServiceRole", "i-0f1e2d3c4b5a69788", "and 4 more subnets"),
        "10.0.1.0/24, us-east-1a, node orders-a",
        f"{samples.TABLE_A} (main), acl-0e1f2a3b4c5d6e7f8",
        f"{samples.TABLE_B}, acl-0f2a3b4c5d6e7f801",
        "opens tables customers, orders, prices and 1 more",
    ):
        assert text in told


def boxes(picture: str) -> dict[str, str]:
    """Return the class of each box by its title."""
    groups = (item for item in ET.fromstring(picture.encode()).iter() if "box" in item.get("class", "").split())
    return {group[0].text or "": group.get("class", "") for group in groups}


def test_what_a_finding_names_is_marked_and_nothing_else() -> None:
    found = boxes(svg(samples.pair("broken"), samples.facts_a(), samples.facts_b()))
    marked = {title.split(".")[0]: kind.split()[1] for title, kind in found.items() if "v-none" not in kind}
    assert marked == {
        **{f"Subnet {subnet}": "v-broken" for subnet in samples.NODES.values()},
        f"Security group {samples.GROUP_A}": "v-warning",
    }
    healthy = boxes(svg(samples.pair(), samples.facts_a(), samples.facts_b())).values()
    assert all("v-none" in kind for kind in healthy)


SIDES = {"a": samples.facts_a, "b": samples.facts_b}
READINGS = [(side, name) for side, build in SIDES.items() for name in build()["readings"]]


@pytest.mark.parametrize(("side", "name"), READINGS)
def test_a_reading_that_failed_or_found_nothing_leaves_the_rest(side: str, name: str) -> None:
    for reading in (samples.problem("AccessDenied"), samples.value(None)):
        facts: dict[str, Any] = {key: build() for key, build in SIDES.items()}
        facts[side] = SIDES[side](**{name: reading})
        page = html([samples.pair("broken")], facts["a"], [facts["b"]])
        assert len(Page(page).all("a")) == len(LINKS)


def test_what_was_not_read_is_said() -> None:
    unread = texts(svg(samples.pair("broken")))
    assert unread.count("not read") == 8
    failed = samples.facts_a(**{name: samples.problem("AccessDenied") for name in samples.facts_a()["readings"]})
    assert texts(svg(samples.pair("broken"), failed)).count("could not be read") == 4


@pytest.mark.parametrize("count", [0, 1, 6, 7, 200])
def test_a_vpc_with_many_subnets_stays_a_picture(count: int) -> None:
    subnets = [make.subnet(f"subnet-{at:04}", "10.1.0.0/28") for at in range(count)]
    told = texts(svg(samples.pair(), None, samples.facts_b(subnets=samples.value(subnets))))
    assert sum(text.startswith("subnet-") for text in told) == min(count, 6)
    more = {7: ["and 1 more subnet"], 200: ["and 194 more subnets"]}
    assert [text for text in told if "more subnet" in text] == more.get(count, [])


def test_a_picture_alone_needs_nothing_else() -> None:
    root = ET.fromstring(svg(samples.pair("broken"), samples.facts_a(), samples.facts_b()).encode())
    assert root.tag == "{http://www.w3.org/2000/svg}svg" and root.get("role") == "img"
    assert not [item for item in root.iter() if item.tag.endswith("}a") or "href" in item.attrib]
    assert root[0].text == "222222222222/payments and orders: broken"
    style = next(item.text or "" for item in root if item.tag.endswith("}style"))
    used = {word for item in root.iter() for word in item.get("class", "").split()}
    assert {f"v-{word}" for word in ("ok", "broken", "warning", "none")} <= used
    assert all(f".v-{word}" in style for word in ("ok", "broken", "warning", "unknown", "none"))
    assert "prefers-color-scheme: dark" in style and "url(" not in style


def test_fifty_consumers_are_all_told_the_worst_first() -> None:
    pairs, facts = samples.crowd()
    page = Page(html(pairs, samples.facts_a(), facts))
    told = [item["data-verdict"] for item in page.all("details") if "data-verdict" in item]
    assert told == ["broken"] * 2 + ["warning"] * 3 + ["unknown"] + ["ok"] * 44
    assert all(facts_b["name"] in page.text for facts_b in facts)
