"""Networks, groups and assignments, questions and answers, and the upload of terms."""

from gateway.model.ids import EvseId
from gateway.model.messages import AssignEvses, CreateNetwork, NetworkAnswer, UploadedTerms
from gateway.model.network import EvseGroup, EvseNetwork
from gateway_oicp.ngp import wire
from gateway_oicp.translate.sessions import evse_text


def _read_evses(evses: tuple[str, ...]) -> tuple[EvseId, ...]:
    return tuple(evse for evse in map(EvseId.read, evses) if evse is not None)


def _write_evses(evses: tuple[EvseId, ...]) -> tuple[str, ...]:
    return tuple(text for text in map(evse_text, evses) if text is not None)


# --- EVSEAssignment ----------------------------------------------------------------------------------------------


def _read_assigned(model: wire.NgpAssignment) -> EvseNetwork:
    groups = (EvseGroup(name=one.group_name, evses=_read_evses(one.evses)) for one in model.groups_assignments)
    return EvseNetwork(name=model.network_name, groups=tuple(groups))


def _write_assigned(network: EvseNetwork | None) -> wire.NgpAssignment:
    network = network or EvseNetwork()
    return wire.NgpAssignment(
        network_name=network.name,
        groups_assignments=tuple(
            wire.NgpGroupAssignment(group_name=group.name, evses=_write_evses(group.evses)) for group in network.groups
        ),
    )


def read_assignment(model: wire.NgpAssignment) -> AssignEvses:
    return AssignEvses(network=_read_assigned(model))


def write_assignment(message: AssignEvses) -> wire.NgpAssignment:
    return _write_assigned(message.network)


def read_assignment_answer(model: wire.NgpAssignment) -> NetworkAnswer:
    return NetworkAnswer(network=_read_assigned(model))


def write_assignment_answer(answer: NetworkAnswer) -> wire.NgpAssignment:
    return _write_assigned(answer.network)


# --- EVSENetwork -------------------------------------------------------------------------------------------------


def _read_group(model: wire.NgpGroup) -> EvseGroup:
    return EvseGroup(
        id=model.id,
        name=model.group_name,
        description=model.group_description,
        evses=_read_evses(model.evse_ids),
    )


def _write_group(group: EvseGroup) -> wire.NgpGroup:
    return wire.NgpGroup(
        id=group.id,
        group_name=group.name,
        group_description=group.description,
        evse_ids=_write_evses(group.evses),
    )


def _read_network(model: wire.NgpNetwork) -> EvseNetwork:
    return EvseNetwork(
        id=model.id,
        name=model.evse_network_name,
        description=model.evse_network_description,
        groups=tuple(map(_read_group, model.evse_groups)),
        created_at=model.created_at,
    )


def _write_network(network: EvseNetwork | None) -> wire.NgpNetwork:
    network = network or EvseNetwork()
    return wire.NgpNetwork(
        id=network.id,
        evse_network_name=network.name,
        evse_network_description=network.description,
        evse_groups=tuple(map(_write_group, network.groups)),
        created_at=network.created_at,
    )


def read_new_network(model: wire.NgpNetwork) -> CreateNetwork:
    return CreateNetwork(network=_read_network(model))


def write_new_network(message: CreateNetwork) -> wire.NgpNetwork:
    return _write_network(message.network)


def read_network_answer(model: wire.NgpNetwork) -> NetworkAnswer:
    return NetworkAnswer(network=_read_network(model))


def write_network_answer(answer: NetworkAnswer) -> wire.NgpNetwork:
    return _write_network(answer.network)


# --- UploadTermsConditions ---------------------------------------------------------------------------------------


def read_terms(model: wire.NgpAttachment) -> UploadedTerms:
    return UploadedTerms(attachment_id=model.uploaded_attachment_id, file_name=model.original_file_name)


def write_terms(answer: UploadedTerms) -> wire.NgpAttachment:
    return wire.NgpAttachment(uploaded_attachment_id=answer.attachment_id, original_file_name=answer.file_name)
