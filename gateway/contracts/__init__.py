"""Published contracts (WSDL 1.1 with XML Schema) beside what we speak."""

from gateway.contracts.drift import drift
from gateway.contracts.reading import Contract, Member, Promised, Record, Value, read_contract

__all__ = ["Contract", "Member", "Promised", "Record", "Value", "drift", "read_contract"]
