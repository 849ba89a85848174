"""Three ways to a service, cheapest first: a copied deployment, its app in this process, a real BentoML process."""

import asyncio
import json
import shutil
import uuid
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from features.errors import InputError
from ledger.keys import create_key
from serving.app import create_app
from serving.http.middleware import Outermost
from serving.launch import Service, free_port, running
from serving.profiles.stored import StoredProfiles
from serving.settings import Settings
from tests.waiting import GUARD_SECONDS, until_answered

TERMS = {"amount": "66000.00", "currency": "CNY", "days": 90}
ROLES = ("bank", "data_scientist", "validator", "risk_officer", "operator", "supplier", "auditor")


@dataclass(frozen=True)
class DeploymentFolder:
    """A home of one's own, with keys of two banks."""

    home: Path
    tenant: str
    keys: dict[str, str] = field(default_factory=dict)

    def settings(self, **changed: Any) -> Settings:
        return Settings(home=self.home, facts=changed.pop("facts", self.home / "facts"), port=free_port(), **changed)

    def without_facts(self, **changed: Any) -> Settings:
        """Settings that serve no facts: quicker to open."""
        return self.settings(facts=self.home / "none", **changed)

    @property
    def fleet(self) -> Path:
        """The folder of the stored profiles in force."""
        return self.home / "profiles" / json.loads((self.home / "profiles" / "current.json").read_text())["folder"]

    @asynccontextmanager
    async def opened(self, settings: Settings, key: str):
        """The app in this process, without a socket, and its opened `Deployment`."""
        app = create_app(settings)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(Outermost(app))
            async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
                http.headers["Authorization"] = f"Bearer {key}"
                yield http, app.state.deployment

    def refusal(self) -> str:
        """The one line with which this home is refused at start."""

        async def start() -> None:
            async with self.opened(self.without_facts(), "none"):
                pass

        with pytest.raises(InputError) as refused:
            asyncio.run(start())
        assert "\n" not in str(refused.value)
        return str(refused.value)

    @property
    def suppliers(self) -> list[str]:
        """Suppliers with a history, in the order of their ids."""
        folder = next((self.home / "profiles").glob("fleet-*"))
        return [name.decode() for name in np.load(folder / "ids.npy")]


@dataclass(frozen=True)
class Client:
    """A caller with a key."""

    http: httpx.Client
    keys: dict[str, str]

    def score(self, body: Any = None, *, key: str | None = None, role: str = "bank", **changed: Any) -> httpx.Response:
        fields = {"supplier_id": "unknown", "purpose": "contract_loan", "request": TERMS} if body is None else body
        headers = self.headers(role) | {"Idempotency-Key": key or uuid.uuid4().hex}
        return until_answered(lambda: self.http.post("/v1/scores", json={**fields, **changed}, headers=headers))

    def get(self, path: str, *, role: str | None = "bank") -> httpx.Response:
        return self.http.get(path, headers=self.headers(role) if role else {})

    def headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[role]}"}


def deploy(demo_market, folder: Path) -> DeploymentFolder:
    home = folder / "home"
    shutil.copytree(demo_market.home, home, ignore=shutil.ignore_patterns("mlflow*", "ledger*"))
    stored = StoredProfiles.open(home / "profiles")
    assert stored is not None
    tenants = sorted(stored._tenants)
    made = DeploymentFolder(home, tenants[0])
    for role in ROLES:
        made.keys[role] = create_key(home, tenant=tenants[0], role=role).secret
    made.keys["other bank"] = create_key(home, tenant=tenants[1], role="bank").secret
    return made


@pytest.fixture
def deployment(demo_market, tmp_path) -> DeploymentFolder:
    return deploy(demo_market, tmp_path)


@pytest.fixture(scope="session")
def served(demo_market, tmp_path_factory) -> DeploymentFolder:
    """The deployment behind `service`; its log is `<home>/log`."""
    return deploy(demo_market, tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="session")
def service(served):
    """One real BentoML process for the whole session."""
    with (served.home / "log").open("wb") as log, running(served.settings(), output=log) as started:
        yield started


@pytest.fixture(scope="session")
def client(service: Service, served: DeploymentFolder):
    with httpx.Client(base_url=service.url, trust_env=False, timeout=GUARD_SECONDS) as http:
        yield Client(http, served.keys)


@pytest.fixture
def log(served: DeploymentFolder):
    """What the service has logged."""
    return lambda: (served.home / "log").read_text()
