"""What is private: members by their names, card and contract ids in free text; how a single value is masked."""

import re

SECRET = ("Password", "PIN", "HashedPIN", "Value", "Salt", "accessToken")
PERSONAL = (
    "UID",
    "EvcoID",
    "PrintedNumber",
    "userId",
    "userContractIdAlias",
    "instance",
    "contractId",
    "printedNumber",
    "contract_id",
    "contract_alias",
    "visual_number",
    "ContactFirstName",
    "ContactLastName",
    "Email",
    "SupportEmail",
    "EmergencyEmail",
    "B2BPhone",
    "BillingContactFirstName",
    "BillingContactLastName",
    "BillingContactEmail",
    "BillingContactPhone",
    "BankAccount",
    "TaxID",
    "twoStepData",
)

PROSE = ("faultstring", "Text", "resultDescription", "report", "AdditionalInfo", "Description")
"""Words for people, in which a partner may name a card."""


def masked_value(text: str) -> str:
    """`04A2B3C4D5E680` becomes `04…80`; short values vanish."""
    return f"{text[:2]}…{text[-2:]}" if len(text) > 6 else "…"


_CARD = r"[0-9A-F]{20}|[0-9A-F]{14}|(?=[0-9]{0,7}[A-F])[0-9A-F]{8}(?!-[0-9A-F])"
_CONTRACT = (
    r"(?=[\w*\-]{0,20}[0-9])(?:[A-Z]{2}[*\-]?[A-Z0-9]{3}[*\-]?C[A-Z0-9]{8}(?:[*\-]?[A-Z0-9])?"
    r"|[A-Z]{2}-[A-Z0-9]{3}-[A-Z0-9]{9}(?:-[A-Z0-9])?"
    r"|[A-Z]{2}[*\-][A-Z0-9]{3}(?:-|\*(?!E))[A-Z0-9]{6}[*\-]?[0-9X]"
    r"|(?-i:[A-Z]{2}[A-Z0-9]{3}(?!E)[A-Z0-9]{6}[0-9X]))"
)
CARD_OR_CONTRACT = re.compile(rf"(?i)(?<!\w)(?:{_CARD}|{_CONTRACT})(?!\w)")


def masked_ids(text: str) -> str:
    """Free text with what looks like a card number or a contract id masked; ids of sessions and EVSEs stay."""
    return CARD_OR_CONTRACT.sub(lambda found: masked_value(found[0]), text)
