"""A final record that comes again, with the same and with other content: what IOP hears, and what people see."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from gateway.gateway import Gateway
from gateway.http import HttpRequest
from gateway.model import messages as m
from gateway.ports import Connection
from gateway.wire.soap import SOAP_12, opened
from tests.adapters.test_emip_routes import AS_EMSP, RECORD
from tests.support import FakeLink

OTHER = "another CDR of a session that has one is not taken"


class Platform:
    def __init__(self) -> None:
        self.got: list[m.SubmitCdr] = []

    async def submit_cdr(self, _: Connection, message: m.SubmitCdr) -> m.CdrReceipt:
        self.got.append(message)
        return m.CdrReceipt(accepted=True)


@pytest.mark.parametrize(("unit", "warned"), [("kWh", 0), ("Wh", 1)])
async def test_a_second_final_record_is_10701_and_another_content_does_not_go_unseen(
    unit: str, warned: int, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    platform = Platform()
    second = RECORD.replace("<meterUnit>kWh<", f"<meterUnit>{unit}<")
    answers: list[Any] = []
    connection = replace(AS_EMSP, insecure_loopback=True)
    async with Gateway({connection.name: connection}, platform, link=lambda _: FakeLink(connection)) as gateway:
        for text in (RECORD, second):
            response = await gateway.handle(AS_EMSP.name, HttpRequest(body=text.encode()))
            answers.append(opened(response.body, SOAP_12).child.findtext("requestStatus"))
        for _ in range(100):
            if platform.got:
                break
            await asyncio.sleep(0.02)
    assert (answers, len(platform.got)) == (["1", "10701"], 1)
    assert (caplog.text + capsys.readouterr().out).count(OTHER) == warned
