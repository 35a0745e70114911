"""XML of documents, parsed without entities, DTDs, network or unbounded trees: the module of lxml."""

from __future__ import annotations

import re

from lxml import etree

from mailsync.reading.order.documents.document import UnreadableDocument

_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
Element = etree._Element  # noqa: SLF001 - lxml names its element type with an underscore


def parse(content: bytes) -> Element:
    """The root element; raises UnreadableDocument for a DTD or broken XML."""
    if _DOCTYPE.search(content[:65_536]):
        raise UnreadableDocument("файл содержит DTD")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableDocument("файл повреждён") from error
    return root


def local_name(element: Element) -> str:
    """The tag without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str | None:
    """An attribute by its local name, whatever the namespace."""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), None)
