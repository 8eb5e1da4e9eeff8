"""EVSE networks: groups of EVSEs that are sold at one price, by the rules of the hub that sells them.

What a rule forbids is refused with the rule and its source; see `docs/howto/networks-and-offers.md`.
"""

from gateway.networks.activation import ActivationPlan
from gateway.networks.assigning import Assigned
from gateway.networks.exchange import Compared
from gateway.networks.filters import EvseFilter, ListedEvse
from gateway.networks.listing import EvsePage
from gateway.networks.offers import OfferView
from gateway.networks.registry import EvseNetworks, NetworkView
from gateway.networks.rules import Conflict
from gateway.networks.saved_filters import SavedFilter, Sorted
from gateway.networks.tariffs import NetworkTariffs

__all__ = [
    "ActivationPlan",
    "Assigned",
    "Compared",
    "Conflict",
    "EvseFilter",
    "EvseNetworks",
    "EvsePage",
    "ListedEvse",
    "NetworkTariffs",
    "NetworkView",
    "OfferView",
    "SavedFilter",
    "Sorted",
]
