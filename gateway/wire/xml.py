"""XML ↔ wire model: what the layers above need of it."""

from gateway.wire.elements import Element, element_path, local_name, with_prefix
from gateway.wire.escaping import escape_attribute, escape_text, printable
from gateway.wire.parsing import LIMIT, parse_xml
from gateway.wire.xml_reading import read_xml
from gateway.wire.xml_writing import write_xml, written_content

__all__ = [
    "LIMIT",
    "Element",
    "element_path",
    "escape_attribute",
    "escape_text",
    "local_name",
    "parse_xml",
    "printable",
    "read_xml",
    "with_prefix",
    "write_xml",
    "written_content",
]
