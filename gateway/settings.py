"""Settings: one TOML file, overridden by the environment (`ROAMING_GATEWAY_…`), secrets kept out of every dump.

    [store]
    dsn = "sqlite:///gateway.sqlite"

    [connections.hubject]
    hub = "hubject"
    role = "CPO"
    party = "NL*LON"
    urls = { "" = "https://service-qa.hubject.com" }
    [[connections.hubject.operators]]
    id = "DE*LON"

A secret may be given as `{ env = "NAME" }` or `{ file = "PATH" }`.
"""

import os
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from gateway.errors import Invalid
from gateway.findings import Finding, Severity
from gateway.model.common import Role
from gateway.model.ids import PartyId
from gateway.model.kinds import (
    Access,
    AuthenticationMethod,
    CalibrationLaw,
    DynamicInfo,
    PaymentOption,
    ValueAddedService,
)
from gateway.model.party import Operator, PlaceFacts, Registration, RegistrationState
from gateway.secret import checked_key


def _secret(value: Any) -> Any:
    if isinstance(value, Mapping) and set(value) == {"env"}:
        try:
            return os.environ[str(value["env"])]
        except KeyError:
            raise ValueError(f"the environment has no {value['env']}") from None
    if isinstance(value, Mapping) and set(value) == {"file"}:
        try:
            return Path(str(value["file"])).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ValueError(f"{value['file']}: {error.strerror}") from None
    return value


def _party(value: Any) -> Any:
    if isinstance(value, str):
        PartyId.parse(value)
    return value


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
Party = Annotated[str, BeforeValidator(_party)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(_Section):
    """`schema` names the schema of the gateway's tables (PostgreSQL); they all begin with `gateway_` anyway."""

    dsn: str = "sqlite:///roaming-gateway.sqlite"
    schema_name: str = Field(default="", alias="schema")


def _journal_key(value: SecretStr) -> SecretStr:
    checked_key(value.get_secret_value())
    return value


JournalKey = Annotated[Secret, AfterValidator(_journal_key)]


class JournalSettings(_Section):
    """`key` seals and opens bodies; of `keys` the first seals and all open, so that a key can be followed by another.

    A key is 32 bytes in base64, or a passphrase of at least 16 characters. Without one, bodies are masked for good.
    """

    key: JournalKey | None = None
    keys: tuple[JournalKey, ...] = ()
    retention_days: int = Field(default=90, ge=1)
    bodies: bool = True

    @property
    def secrets(self) -> tuple[str, ...]:
        return tuple(one.get_secret_value() for one in (*((self.key,) if self.key else ()), *self.keys))


class ServerSettings(_Section):
    """Where hubs reach us. `client_ca` turns on mutual TLS; `proxies` may hand us a verified subject instead."""

    host: str = "127.0.0.1"
    port: int = 8080
    certificate: str = ""
    key: str = ""
    client_ca: str = ""
    proxies: tuple[str, ...] = ()
    subject_header: str = "x-client-verified-subject"
    max_body_bytes: int = Field(default=16 * 1024 * 1024, gt=0)


class MonitorSettings(_Section):
    """Where metrics and health are shown; port 0: nowhere. A connection on which somebody charges, and that has
    neither accepted anything nor called for `silence_minutes`, is silent; a lane that nobody takes up for
    `stuck_minutes` makes the process unready, and so does an engine that looks for no work for `beat_seconds`.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    silence_minutes: float = Field(default=60.0, gt=0)
    stuck_minutes: float = Field(default=10.0, gt=0)
    beat_seconds: float = Field(default=60.0, gt=0)


class WorkerSettings(_Section):
    """`together`: how many lanes a process delivers at the same time.

    `lease_seconds`: after how long without a word others take over what a process had in hand; clocks of machines may
    differ by less than a third of it.
    """

    together: int = Field(default=16, gt=0, le=500)
    lease_seconds: float = Field(default=30.0, ge=3.0)


class CredentialSettings(_Section):
    username: str = ""
    password: Secret = SecretStr("")
    client_certificate: str = ""
    client_key: str = ""
    ca: str = ""
    peer_subjects: tuple[str, ...] = ()


class PlaceSettings(_Section):
    """What holds for all places of an operator that do not say it themselves."""

    always_open: bool | None = None
    renewable_energy: bool | None = None
    access: Access | None = None
    authentication_methods: tuple[AuthenticationMethod, ...] = ()
    payment_options: tuple[PaymentOption, ...] = ()
    value_added_services: tuple[ValueAddedService, ...] = ()
    calibration_law: CalibrationLaw | None = None
    hub_compatible: bool | None = None
    dynamic_info: DynamicInfo | None = None


class OperatorSettings(_Section):
    id: Party
    name: str = ""
    country: str = ""
    hotline: str = ""
    places: PlaceSettings = PlaceSettings()
    registered_at_authority: bool | None = None
    authority_reference: str = ""
    state: RegistrationState = RegistrationState.ACTIVE
    since: date | None = None
    note: str = ""


class ConnectionSettings(_Section):
    hub: str
    protocol: str = ""
    role: Role
    party: Party
    tenant: str = "default"
    model: str = "hub"
    operators: tuple[OperatorSettings, ...] = ()
    urls: dict[str, str] = {}
    credentials: CredentialSettings = CredentialSettings()
    insecure_loopback: bool = False
    guest_charging: bool = True
    options: dict[str, Any] = {}


class BackendSettings(_Section):
    """The platform's object: `module:attribute`, a class without arguments or an instance."""

    factory: str = ""


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="ROAMING_GATEWAY_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    store: StoreSettings = StoreSettings()
    journal: JournalSettings = JournalSettings()
    server: ServerSettings = ServerSettings()
    workers: WorkerSettings = WorkerSettings()
    monitor: MonitorSettings = MonitorSettings()
    backend: BackendSettings = BackendSettings()
    connections: dict[str, ConnectionSettings] = {}
    log_level: str = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return env_settings, init_settings


def load(path: Path | str) -> Settings:
    """The settings of a TOML file and the environment. Raises Invalid with a pointer for each fault."""
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise _fault("", f"{path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _fault("", f"{path}: not TOML: {error}") from error
    return parsed(document)


def parsed(document: Mapping[str, Any]) -> Settings:
    """The settings of a document that is already read. Raises Invalid."""
    try:
        return Settings(**document)
    except ValidationError as error:
        raise Invalid(
            [
                Finding("/" + "/".join(map(str, fault["loc"])), Severity.ERROR, "setting", fault["msg"])
                for fault in error.errors(include_input=False)
            ]
        ) from None
    except SettingsError as error:
        raise _fault("", f"environment: {error}") from None


def _fault(pointer: str, text: str) -> Invalid:
    return Invalid([Finding(pointer, Severity.ERROR, "setting", text)])


def operator(settings: OperatorSettings, connection: str) -> Operator:
    """The operator with its registration at the connection's hub."""
    registration = Registration(state=settings.state, since=settings.since, note=settings.note or None)
    return Operator(
        id=PartyId.parse(settings.id),
        name=settings.name or None,
        country=settings.country or None,
        registered_at_authority=settings.registered_at_authority,
        authority_reference=settings.authority_reference or None,
        hotline=settings.hotline or None,
        places=PlaceFacts(**dict(settings.places)),
        registrations={connection: registration},
    )
