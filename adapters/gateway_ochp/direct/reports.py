"""What an operator tells a provider of its session (InformProviderEMP, OCHPdirect 0.2)."""

from dataclasses import replace

from gateway.model import messages as m
from gateway.model.common import Reason
from gateway.model.ids import ContractId
from gateway.model.session import Session
from gateway.ports import HubLink
from gateway_ochp.direct.exchange import asked, failed, provider_of
from gateway_ochp.forms import direct as forms
from gateway_ochp.translate.direct import write_contract
from gateway_ochp.words import DIRECT_MESSAGE


async def report_event(hub: HubLink, message: m.ReportEvent) -> m.EventReceipt:
    """What the provider does not take is an answer; raises Refused for its failures, retryable where they may pass."""
    kind = message.event.kind if message.event is not None else None
    if DIRECT_MESSAGE.write(kind) is None:
        text = f"OCHPdirect has no message for {kind or 'no event'}"
        return m.EventReceipt(accepted=False, reason=Reason(text=text))
    session = message.session or Session()
    contract = ContractId.read(write_contract(session.token))
    way = await provider_of(hub, contract, session.evse)
    receipt: m.EventReceipt = await asked(hub, way, forms.INFORM_EMP, message, forms.INFORM_EMP_RESPONSE)
    failure = failed(receipt.reason)
    if failure is not None:
        raise failure
    return replace(receipt, session=session.ids)
