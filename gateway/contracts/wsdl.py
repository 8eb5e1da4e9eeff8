"""WSDL 1.1 written from operations: one binding for each port, document/literal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lxml import etree
from lxml.builder import ElementMaker

from gateway.contracts.types import XSD
from gateway.wire import WireModel
from gateway.wire.soap import SOAP_11, SoapVersion

WSDL = "http://schemas.xmlsoap.org/wsdl/"
HTTP = "http://schemas.xmlsoap.org/soap/http"
W = ElementMaker(namespace=WSDL)
X = ElementMaker(namespace=XSD)


@dataclass(frozen=True, slots=True)
class Spoken:
    """One operation; request and response are whole messages."""

    name: str
    action: str
    request: type[WireModel]
    response: type[WireModel]


@dataclass(frozen=True, slots=True)
class Port:
    """What is served at one address."""

    name: str
    address: str
    operations: Sequence[Spoken]


@dataclass(frozen=True)
class Definitions:
    """A WSDL. `schemas` is namespace → the file beside it that declares it; a namespace that is not `namespace` gets
    its prefix from `prefixes`."""

    name: str
    namespace: str
    ports: Sequence[Port]
    schemas: Mapping[str, str]
    version: SoapVersion = SOAP_11
    prefixes: Mapping[str, str] | None = None

    def document(self) -> etree._Element:
        soap = f"{WSDL}soap/" if self.version is SOAP_11 else f"{WSDL}soap12/"
        spaces = {"wsdl": WSDL, "soap": soap, "s": XSD, "tns": self.namespace}
        spaces |= {prefix: space for space, prefix in (self.prefixes or {}).items()}
        definitions = ElementMaker(namespace=WSDL, nsmap=spaces)
        bound = ElementMaker(namespace=soap)
        addresses = [
            W.port(bound.address(location=port.address), name=port.name, binding=f"tns:{port.name}")
            for port in self.ports
        ]
        return definitions.definitions(
            W.types(*(X.schema(X.include(schemaLocation=file), targetNamespace=at) for at, file in self._files())),
            *(W.message(W.part(name="body", element=name), name=name.partition(":")[2]) for name in self._elements()),
            *(W.portType(*map(self._operation, port.operations), name=port.name) for port in self.ports),
            *(self._binding(port, bound) for port in self.ports),
            W.service(*addresses, name=self.name),
            name=self.name,
            targetNamespace=self.namespace,
        )

    def _files(self) -> Sequence[tuple[str, str]]:
        return list(self.schemas.items())

    def _elements(self) -> Sequence[str]:
        """The messages, by prefix and name."""
        kinds = {kind for port in self.ports for one in port.operations for kind in (one.request, one.response)}
        prefixes = {self.namespace: "tns", **(self.prefixes or {})}
        return sorted(f"{prefixes[kind.namespace]}:{kind.element}" for kind in kinds)

    def _operation(self, one: Spoken) -> etree._Element:
        return W.operation(
            W.input(message=f"tns:{one.request.element}"),
            W.output(message=f"tns:{one.response.element}"),
            name=one.name,
        )

    def _binding(self, port: Port, bound: ElementMaker) -> etree._Element:
        return W.binding(
            bound.binding(style="document", transport=HTTP),
            *(
                W.operation(
                    bound.operation(soapAction=one.action),
                    W.input(bound.body(use="literal")),
                    W.output(bound.body(use="literal")),
                    name=one.name,
                )
                for one in port.operations
            ),
            name=port.name,
            type=f"tns:{port.name}",
        )


def text(document: etree._Element) -> bytes:
    """As it is published: indented, with its declaration."""
    etree.indent(document)
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8") + b"\n"
