"""Rows as they are told to people and callers: reports, listings, the preview of a full load."""

import re
from collections.abc import Iterable, Sequence

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.hub import Hub
from gateway.masking import masked_value
from gateway.model.ids import ContractId
from gateway.store.token_lists import Account, Listed
from gateway.token_lists.planning import Planned, labels
from gateway.token_lists.records import token_of
from gateway.token_lists.results import BrokenToken, ListedToken, TokenLoad, TokenLossRefused, TokenReport, label

MOST_LOST = "tokens_most_lost"
"""Connection option: the share of what the hub has that a full load may take away without being confirmed."""
MOST_LOST_SHARE = 0.1


def report(hub: Hub, planned: Planned, broken: Sequence[BrokenToken], entries: tuple[int, ...]) -> TokenReport:
    return TokenReport(
        connection=hub.connection.name,
        inserts=labels(planned.inserts),
        updates=labels(planned.updates),
        revoked=labels(planned.revoked),
        unchanged=planned.unchanged,
        refused=labels(planned.refused),
        broken=tuple(broken),
        entries=entries,
    )


def listed(row: Listed) -> ListedToken:
    token = token_of(row.document)
    return ListedToken(
        connection=row.connection,
        label=label(token),
        provider=row.provider,
        state=row.state,
        there=row.there,
        revoked=row.wanted is None,
        expires_at=row.expires_at,
        code=row.code,
        words=row.words,
        changed_at=row.changed_at,
        token=token,
    )


def named(rows: Iterable[Listed], names: Sequence[str]) -> list[Listed]:
    """Rows by card number, hash or contract id in any spelling. Raises Invalid for a name that fits none."""
    known = [(row, token_of(row.document)) for row in rows]
    found: dict[str, Listed] = {}
    for name in names:
        number, contract = re.sub(r"[:\- ]", "", name).upper(), ContractId.read(name)
        fitting = [
            row
            for row, token in known
            if number == re.sub(r"[:\- ]", "", token.uid or "").upper()
            or (token.contract_id is not None and token.contract_id == contract)
        ]
        if not fitting:
            text = f"{masked_value(name)} was not published there"
            raise Invalid([Finding("", Severity.ERROR, "unknown", text)])
        found |= {row.key: row for row in fitting}
    return list(found.values())


# --- a full load -------------------------------------------------------------------------------------------------


def loadable(rows: Iterable[Listed], now: str) -> list[Listed]:
    """What a full load sends: all that is wanted, was not refused and has not expired."""
    return [row for row in rows if row.wanted is not None and row.state != "refused" and not _expired(row, now)]


def _expired(row: Listed, now: str) -> bool:
    return not row.renews and row.expires_at is not None and row.expires_at <= now


def load(hub: Hub, account: Account, rows: Sequence[Listed], sends: Sequence[Listed]) -> TokenLoad:
    """What a full load of `sends` would do. What is revoked or expired is no loss."""
    sent = {row.key for row in sends}
    going = [row for row in rows if row.there != "no" and row.key not in sent and row.state == "refused"]
    lost = [row for row in going if row.wanted is not None]
    return TokenLoad(
        connection=hub.connection.name,
        sends=len(sends),
        keeps=sum(row.there != "no" for row in sends),
        loses=tuple((label(token_of(row.document)), f"the hub refused it: {row.words or ''}") for row in lost),
        complete=account.baseline_at is not None,
        most_lost=float(hub.connection.options.get(MOST_LOST, MOST_LOST_SHARE)),
        last=account.words,
    )


def refuse_bad_load(found: TokenLoad, confirm_loss: bool) -> None:
    """Raises Invalid for a load of nothing, and TokenLossRefused."""
    if not found.sends:
        text = f"there is nothing to send to {found.connection}, and a full load of nothing would empty the account"
        raise Invalid([Finding("", Severity.ERROR, "empty", f"{text}; publish first")])
    if found.is_loss and not confirm_loss:
        raise TokenLossRefused(found)
