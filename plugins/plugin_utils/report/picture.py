# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a pair as SVG: two accounts, what is in them, and the links between as wires.

A wire has the colour of its verdict, and a sign, a dash pattern and a label that say the same without colour.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

from ...module_utils.plan.doctor.diagnose import Diagnosis
from ...module_utils.plan.doctor.model import LINKS
from ...module_utils.plan.doctor.output.words import cluster_name, of_link, said, tally, worst_of
from .elements import add, el
from .scene import Box, Scene, Vpc, scene

# What stands on a wire, for want of room for a link's title.
LABELS = {
    "compute": "Credentials",
    "assume": "May assume",
    "sts": "Way to STS",
    "trust": "Trust",
    "rights": "DAX rights",
    "cluster": "Cluster",
    "peering": "Peering",
    "routes": "Routes",
    "groups": "Security groups",
    "acls": "Network ACLs",
    "dns": "DNS",
    "tls": "TLS",
    "limits": "Limits",
    "live": "Tried live",
}

WIDTH = 1120
_LEFT, _RIGHT, _ACCOUNT = 10, 680, 430  # where the accounts begin, and how wide they are
_BORDER, _MIDDLE = _LEFT + _ACCOUNT, WIDTH // 2
_STEP = 34  # from wire to wire
_IAM = 72  # where the boxes of IAM begin
_VPC = 270  # where the VPCs begin


def picture(diagnosis: Diagnosis, a: Any, b: Any, links: str) -> ET.Element:
    """Return the picture as an element ``svg``, without its styles.

    :param links: what comes before a link's id in the address that its wire leads to, such as ``#p0-``; "" for wires
        that lead nowhere.
    """
    shown = scene(diagnosis, a, b)
    height = _VPC + max(_vpc_height(shown.vpc_a), _vpc_height(shown.vpc_b), 8 * _STEP + 20) + 24
    title = f"{diagnosis['consumer']} and {cluster_name(diagnosis)}: {diagnosis['verdict']}"
    # A picture whose wires lead somewhere is a group of links; one whose wires do not is an image.
    svg = el(
        "svg",
        viewBox=f"0 0 {WIDTH} {height}",
        class_="picture",
        role="group" if links else "img",
        aria_label=f"Picture of {title}",
    )
    if not links:
        add(svg, el("title", title))
    for x, name in ((_LEFT, shown.title_b), (_RIGHT, shown.title_a)):
        add(svg, _rect("account", x, 8, _ACCOUNT, height - 16, 14))
        add(svg, _text(name[0], x + 16, 34, "heading", 40), _text(name[1], x + 16, 53, "small", 58))
    add(svg, _text(shown.peering, _MIDDLE, _VPC + 5, "small middle", 30))
    add(
        svg,
        *_wires(diagnosis, links),
        *_boxes(shown),
        *_vpc(shown.vpc_b, _LEFT, height),
        *_vpc(shown.vpc_a, _RIGHT, height),
    )
    return add(svg, *_inner_links(diagnosis, links))


def _boxes(shown: Scene) -> Iterator[ET.Element]:
    left, right = _LEFT + 12, _RIGHT + 12
    yield _box(shown.compute, left, _IAM, 170, 100)
    yield _box(shown.role_b, left + 236, _IAM, 170, 100)
    yield _box(shown.way_to_sts, left, _IAM + 132, 406, 46)
    yield _box(shown.role_a, right, _IAM, 170, 100)
    yield _box(shown.cluster, right + 236, _IAM, 170, 100)
    yield _box(shown.service_role, right, _IAM + 132, 406, 46)


def _wires(diagnosis: Diagnosis, links: str) -> Iterator[ET.Element]:
    """Yield the links between the accounts: those of IAM, then those of the network."""
    for at, link in enumerate(("assume", "sts", "trust")):
        yield _wire(diagnosis, link, links, [(_LEFT + 418, _RIGHT + 12)], _MIDDLE, _IAM + 17 + at * _STEP)
    for at, link in enumerate(("peering", "routes", "groups", "acls", "dns", "tls", "live")):
        yield _wire(diagnosis, link, links, [(_BORDER - 12, _RIGHT + 12)], _MIDDLE, _VPC + 24 + at * _STEP)
    yield _wire(diagnosis, "limits", links, [], _MIDDLE, _VPC + 24 + 7 * _STEP)


def _inner_links(diagnosis: Diagnosis, links: str) -> Iterator[ET.Element]:
    """Yield the links within an account, on the gaps between its boxes."""
    y = _IAM + 50
    yield _wire(diagnosis, "compute", links, [(_LEFT + 182, _LEFT + 248)], _LEFT + 215, y, small=True)
    yield _wire(diagnosis, "rights", links, [(_RIGHT + 182, _RIGHT + 248)], _RIGHT + 215, y, small=True)
    yield _wire(diagnosis, "cluster", links, [], _RIGHT + 333, _IAM + 116)


def _wire(
    diagnosis: Diagnosis, link: str, links: str, lines: list[tuple[int, int]], x: int, y: int, small: bool = False
) -> ET.Element:
    """Return a link: its line, and on it a pill with sign, number and label."""
    findings = of_link(diagnosis, link)
    verdict = worst_of(findings) or "none"
    number, title = LINKS[link]
    # What can be read on it comes first in what is read out, so that both can be named alike.
    label = f"{number} {LABELS[link]}"
    told = f"{label}: {title}: {'not looked at' if verdict == 'none' else tally(findings)}"
    first = next((said(item) for item in findings if item["verdict"] == verdict), "")
    # The small one has no room for its label, which is in its title.
    width = 54 if small else 164
    left = x - width // 2
    children = [
        el("title", told if verdict in ("ok", "none") else f"{told}. {first}"),
        *(el("line", x1=str(one), y1=str(y), x2=str(other), y2=str(y), class_="line") for one, other in lines),
        _rect("pill", left, y - 13, width, 26, 13),
        _sign(verdict, left + 15, y),
        _text(str(number) if small else label, left + 30, y + 4, "label", 24),
    ]
    name = f"wire v-{verdict}"
    if not links:
        return el("g", *children, class_=name)
    return el("a", *children, class_=name, href=f"{links}{link}", aria_label=told)


def _sign(verdict: str, x: int, y: int) -> ET.Element:
    """Return the sign of a verdict, each of a shape of its own."""
    shapes = {
        "ok": [el("circle", cx="0", cy="0", r="8"), el("path", d="M-4 0 L-1 3 L4 -3")],
        "unknown": [el("circle", cx="0", cy="0", r="8", class_="hollow"), _text("?", 0, 4, "mark", 1)],
        "warning": [el("path", d="M0 -9 L9 7 L-9 7 Z", class_="solid"), el("path", d="M0 -4 L0 2 M0 4 L0 5")],
        "broken": [_rect("solid", -8, -8, 16, 16, 2), el("path", d="M-4 -4 L4 4 M4 -4 L-4 4")],
        "none": [el("path", d="M-5 0 L5 0", class_="dash")],
    }
    return el("g", *shapes[verdict], class_="sign", transform=f"translate({x} {y})")


def _vpc_height(vpc: Vpc) -> int:
    return 52 + 70 * len(vpc.subnets) + (20 if vpc.more else 0) + 50 * len(vpc.groups) + 8


def _vpc(vpc: Vpc, x: int, height: int) -> Iterator[ET.Element]:
    """Yield a VPC with its subnets and groups; it goes down to the end of the account."""
    x += 12
    yield _box(vpc.box, x, _VPC, 406, height - _VPC - 20, "vpc")
    y = _VPC + 52
    for box in vpc.subnets:
        yield _box(box, x + 10, y, 386, 64)
        y += 70
    if vpc.more:
        yield _text(f"and {vpc.more} more {'subnet' if vpc.more == 1 else 'subnets'}", x + 16, y + 10, "small", 40)
        y += 20
    for box in vpc.groups:
        yield _box(box, x + 10, y, 386, 44)
        y += 50


def _box(box: Box, x: int, y: int, width: int, height: int, more: str = "") -> ET.Element:
    """Return a box with its texts; a wide one has kind and name side by side."""
    lines = [line for line in box.lines if line]
    title = el("title", ". ".join([f"{box.kind} {box.name}", *lines]))
    group = el("g", title, _rect("frame", x, y, width, height, 8))
    group.set("class", f"box v-{box.verdict or 'none'} {more}".strip())
    wide = width > 200
    start, first = (x + 18 + 6 * len(box.kind), y + 18) if wide else (x + 10, y + 40)
    add(group, _text(box.kind, x + 10, y + (18 if wide else 20), "kind", width // 7))
    add(group, _text(box.name, start, first, "name", (x + width - 24 - start) // 7))
    for at, line in enumerate(lines[: (y + height - first) // 19], 1):
        add(group, _text(line, x + 10, first + 2 + 17 * at, "small", (width - 14) * 10 // 66))
    if box.verdict:
        add(group, _sign(box.verdict, x + width - 14, y + 14))
    return group


def _rect(class_: str, x: int, y: int, width: int, height: int, radius: int) -> ET.Element:
    return el("rect", class_=class_, x=str(x), y=str(y), width=str(width), height=str(height), rx=str(radius))


def _text(text: str, x: int, y: int, class_: str, most: int) -> ET.Element:
    """Return a text of at most so many characters; of a longer one the middle is left out."""
    most = max(most, 4)
    if len(text) > most:
        head = (most - 1) * 2 // 3
        text = f"{text[:head]}…{text[len(text) - (most - 1 - head) :]}"
    return el("text", text, class_=class_, x=str(x), y=str(y))
