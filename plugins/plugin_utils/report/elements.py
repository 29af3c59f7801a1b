# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements of HTML and SVG. All text goes through here, so nothing in it can be markup, and nothing in it acts."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TypeAlias

from ...module_utils.common.text import printable

Child: TypeAlias = "ET.Element | str | None"


def el(tag: str, *children: Child, **attributes: str | None) -> ET.Element:
    """Return an element.

    :param children: elements, and texts, which stay text whatever is in them; None is left out.
    :param attributes: their names as Python can write them: ``class_``, ``aria_label``; those that are None are left
        out.
    """
    element = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            element.set(name.rstrip("_").replace("_", "-"), shown(value))
    return add(element, *children)


def add(element: ET.Element, *children: Child) -> ET.Element:
    """Add children to an element, and return it."""
    for child in children:
        if isinstance(child, ET.Element):
            element.append(child)
        elif child is not None and len(element):
            element[-1].tail = (element[-1].tail or "") + shown(child)
        elif child is not None:
            element.text = (element.text or "") + shown(child)
    return element


def shown(text: str) -> str:
    """Return a text with its control characters, marks of direction and the like escaped; its lines stay."""
    return "\n".join(printable(line) for line in text.split("\n"))


def html_text(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode", method="html")


def xml_text(element: ET.Element) -> str:
    return ET.tostring(element, encoding="unicode", method="xml")
