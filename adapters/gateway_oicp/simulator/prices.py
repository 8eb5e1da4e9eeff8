"""Dynamic pricing at the simulated hub: products of operators, and which of them apply at an EVSE.

Prices are for one EMP, or for all of them with the ProviderID `*`; who pulls sees its own and those for all.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.model.messages import PushAction
from gateway.simulation import Desk
from gateway.wire.scalars import timestamp
from gateway_oicp.simulator.ledger import Entry, Held, Ledger
from gateway_oicp.simulator.places import belongs, key
from gateway_oicp.simulator.replies import Asked, Declined, Reply, success
from gateway_oicp.words import ACTION, Code

EVERYBODY = "*"
_RECORDS = "PricingProductDataRecords"


class Prices:
    def __init__(self, desk: Desk) -> None:
        self.products = Ledger(desk, "pricing products", "ProductIDs")
        self.evses = Ledger(desk, "EVSE prices", "EvseIDs")
        self._heads: dict[str, dict[str, Any]] = {}
        """What stands around the products, by operator and provider."""

    @property
    def handlers(self) -> Mapping[str, Any]:
        return {
            "PushPricingProductData": self.push_products,
            "PushEVSEPricing": self.push_evses,
            "PullPricingProductData": self.pull_products,
            "PullEVSEPricing": self.pull_evses,
        }

    # --- from operators ------------------------------------------------------------------------------------------

    async def push_products(self, asked: Asked) -> Reply:
        """A full load replaces what was there for the same ProviderID."""
        told = asked.document.get("PricingProductData") or {}
        scope = f"{asked.partner.id} {told.get('ProviderID')}"
        entries = [
            Entry(f"{scope} {record.get('ProductID')}", str(record.get("ProductID")), dict(record))
            for record in told.get(_RECORDS) or ()
        ]
        await self._push(self.products, asked, {scope: entries})
        self._heads[scope] = {name: value for name, value in told.items() if name != _RECORDS}
        return success()

    async def push_evses(self, asked: Asked) -> Reply:
        """A full load replaces everything of the operator."""
        told = asked.document.get("EVSEPricing") or ()
        belongs(asked.partner, list(dict.fromkeys(price.get("EvseID") for price in told)))
        entries = [
            Entry(f"{key(price.get('EvseID'))} {price.get('ProviderID')}", str(price.get("EvseID")), dict(price))
            for price in told
        ]
        await self._push(self.evses, asked, {str(asked.partner.id): entries})
        return success()

    @staticmethod
    async def _push(ledger: Ledger, asked: Asked, scoped: Mapping[str, Sequence[Entry]]) -> None:
        action = ACTION.read(asked.document.get("ActionType")) or PushAction.UPDATE
        for scope, entries in scoped.items():
            times = Counter(entry.key for entry in entries)
            twice = sorted({entry.name for entry in entries if times[entry.key] > 1})
            if twice:
                raise Declined(Code.DATA_TRANSACTION, f"given twice: {', '.join(twice)}")
            async with ledger.alone(asked.partner):
                ledger.take(asked.partner, action, entries, scope=scope)

    # --- to EMPs -------------------------------------------------------------------------------------------------

    async def pull_products(self, asked: Asked) -> Reply:
        found = []
        for scope, head in self._heads.items():
            records = [held for _, held in self.products.of(scope)]
            given = self._given(asked, str(head.get("OperatorID")), str(head.get("ProviderID")), records)
            if given:
                found.append({**head, _RECORDS: given})
        return {"PricingProductData": found, "StatusCode": _good()}

    async def pull_evses(self, asked: Asked) -> Reply:
        groups: dict[str, list[dict[str, Any]]] = {}
        for _, held in self.evses.live():
            given = self._given(asked, held.owner, str(held.document.get("ProviderID")), [held])
            groups.setdefault(held.owner, []).extend(given)
        listed = [{"OperatorID": name, "EVSEPricing": prices} for name, prices in groups.items() if prices]
        return {"EVSEPricing": listed, "StatusCode": _good()}

    @staticmethod
    def _given(asked: Asked, operator: str, provider: str, records: Sequence[Held]) -> list[dict[str, Any]]:
        """The records that this EMP sees; with LastCall those that have changed since."""
        if operator not in (asked.document.get("OperatorIDs") or ()):
            return []
        if provider not in (EVERYBODY, str(asked.partner.id)):
            return []
        since = _last_call(asked.document)
        return [held.document for held in records if since is None or held.since(since) is not None]


def _last_call(wish: Mapping[str, Any]) -> datetime | None:
    return timestamp(str(wish["LastCall"])) if wish.get("LastCall") else None


def _good() -> dict[str, Any]:
    return {"Code": str(Code.SUCCESS), "Description": None, "AdditionalInfo": None}
