"""XML elements: how they are named and where they stand."""

from copy import deepcopy

from lxml import etree

Element = etree._Element
OF_XML = "{http://www.w3.org/"
"""Attributes that belong to XML itself, such as `xsi:nil`."""


def local_name(element: Element) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def element_path(element: Element, leaf: str = "") -> str:
    """`/AddCDRsRequest/cdrInfoArray[2]/evseId`: local names, a place where a name repeats; the SOAP frame left out."""
    steps: list[str] = []
    while element is not None and local_name(element) not in ("Body", "Envelope"):
        name, parent = local_name(element), element.getparent()
        same = [] if parent is None else [other for other in parent if other.tag == element.tag]
        steps.append(f"{name}[{same.index(element) + 1}]" if len(same) > 1 and local_name(parent) != "Body" else name)  # type: ignore[arg-type]
        element = parent  # type: ignore[assignment]
    return "/" + "/".join(reversed(steps)) + leaf


def with_prefix(element: Element, prefix: str) -> Element:
    """A copy of `element` with its namespace bound to `prefix` (empty: the default namespace)."""
    namespace = str(element.tag).removeprefix("{").partition("}")[0]
    copy = etree.Element(element.tag, dict(element.attrib), nsmap={prefix or None: namespace})
    copy.text = element.text
    copy.extend(deepcopy(child) for child in element)
    etree.cleanup_namespaces(copy, keep_ns_prefixes=[prefix] if prefix else None)
    return copy
