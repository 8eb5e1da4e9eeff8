"""How fast a list of 1,000 charge points is read and written: ours beside the bare parse and beside zeep.

`python benchmarks/wire.py [--json]`, all in one run. The list and the contract are taken from the conformance data
beside the project; without them a list is made up and zeep, which needs the WSDL, is left out.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.wire import decode, decode_document, encode
from gateway.wire.codec import undisturbed
from gateway.wire.soap import SOAP_11, opened, sealed
from gateway_ochp import wire
from gateway_ochp.forms.charge_points import GET_CHARGE_POINTS_RESPONSE

ROOT = Path(__file__).resolve().parents[1]
CONFORMANCE = ROOT.parent / "shared" / "conformance"
LIST = CONFORMANCE / "bench" / "getchargepointlist-1000.xml.gz"
WSDL = CONFORMANCE / "ochp" / "contract" / "ochp.wsdl"
SAMPLE = ROOT / "fixtures" / "ochp" / "set_charge_points.xml"
BILL = ROOT / "fixtures" / "ochp" / "add_cdrs.xml"
ROUNDS = 5
CDRS = 100


def seconds(functions: Mapping[str, Callable[[], Any]], rounds: int = ROUNDS) -> dict[str, float]:
    """The best of some rounds, in each of which every function is called once: a busy machine is busy for all."""
    best = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.perf_counter()
            result = function()
            best[name] = min(best[name], time.perf_counter() - start)
            del result
    return best


def the_list() -> bytes:
    """1,000 charge points in one envelope."""
    if LIST.exists():
        return gzip.decompress(LIST.read_bytes())
    request = decode(wire.SetChargePointListRequest, etree.tostring(opened(SAMPLE.read_bytes()).child)).model
    result = wire.Result(result_code=wire.OK, result_description="")
    infos = request.charge_point_info_array * 1000
    return sealed(SOAP_11, wire.GetChargePointListResponse(result=result, charge_point_info_array=infos))


def the_cdrs() -> wire.AddCdrsRequest:
    request = decode(wire.AddCdrsRequest, etree.tostring(opened(BILL.read_bytes()).child)).model
    return wire.AddCdrsRequest(cdr_info_array=request.cdr_info_array * CDRS)


def without_related_places(model: wire.GetChargePointListResponse) -> wire.GetChargePointListResponse:
    """The list as zeep can write it: zeep fails on the related locations it has read (its issue 991)."""
    infos = tuple(replace(info, related_location=()) for info in model.charge_point_info_array)
    return replace(model, charge_point_info_array=infos)


def ours(body: bytes, cdrs: wire.AddCdrsRequest) -> dict[str, Callable[[], Any]]:
    model = without_related_places(_decoded(body))
    return {
        "parse": lambda: etree.fromstring(body),
        "decode": lambda: _decoded(body),
        "decode and read": lambda: _read(body),
        "encode": lambda: encode(model),
        "encode CDRs": lambda: encode(cdrs),
    }


def _decoded(body: bytes) -> wire.GetChargePointListResponse:
    return decode_document(wire.GetChargePointListResponse, opened(body, trusted=True).child).model


def _read(body: bytes) -> Any:
    """As a list from the hub is read: to the canonical model, with what only OCHP understands kept."""
    with undisturbed(True):
        return GET_CHARGE_POINTS_RESPONSE.read(_decoded(body))


def zeeps(body: bytes, cdrs: wire.AddCdrsRequest) -> dict[str, Callable[[], Any]]:
    """The same work by zeep: empty where zeep or the WSDL is missing."""
    try:
        import zeep
    except ImportError:
        return {}
    if not WSDL.exists():
        return {}
    client = zeep.Client(str(WSDL))
    answer = client.get_element(f"{{{wire.NAMESPACE}}}GetChargePointListResponse")
    request = client.get_element(f"{{{wire.NAMESPACE}}}AddCDRsRequest")
    child = opened(body).child
    records = answer.parse(child, client.wsdl.types).chargePointInfoArray
    for record in records:
        record.relatedLocation = []
    bills = request.parse(etree.fromstring(encode(cdrs)), client.wsdl.types)
    publish = client.get_element(f"{{{wire.NAMESPACE}}}SetChargePointListRequest")

    def written(element: Any, **values: Any) -> bytes:
        parent = etree.Element("parent")
        element.render(parent, element(**values))
        return etree.tostring(parent[0])

    return {
        "decode": lambda: answer.parse(opened(body).child, client.wsdl.types),
        "encode": lambda: written(publish, chargePointInfoArray=records),
        "encode CDRs": lambda: written(request, cdrInfoArray=bills),
    }


def measured() -> dict[str, dict[str, float]]:
    body, cdrs = the_list(), the_cdrs()
    others = {f"zeep {name}": function for name, function in zeeps(body, cdrs).items()}
    figures = seconds({**ours(body, cdrs), **others})
    ratios = {
        "decode to bare parse": figures["decode"] / figures["parse"],
        "decode and read to bare parse": figures["decode and read"] / figures["parse"],
        **{f"zeep to ours, {n.removeprefix('zeep ')}": figures[n] / figures[n.removeprefix("zeep ")] for n in others},
    }
    return {"seconds": figures, "ratios": ratios}


def main() -> int:
    parser = argparse.ArgumentParser(description="How fast 1,000 charge points are read and written.")
    parser.add_argument("--json", action="store_true", help="for machines")
    figures = measured()
    if parser.parse_args().json:
        print(json.dumps(figures, indent=2))
        return 0
    for title, rows in figures.items():
        for name, value in rows.items():
            print(f"{title:8} {name:32} " + (f"{value:8.1f} x" if title == "ratios" else f"{value * 1000:8.1f} ms"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
