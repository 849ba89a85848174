"""A copy of the promotion ledger in MLflow's model registry, for people to read.

One registered model per scorecard name, one model version per release. The aliases `champion` and `challenger` are
written from the ledger and never read: a change in MLflow has no effect here, and the next copy reverts it.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.errors import ScorecardError
from models.promotion.champions import read_release, release_folder
from models.promotion.high_water import verified_lines
from models.promotion.record import APPROVE, PROPOSE, ROLLBACK, Line, Record
from models.promotion.state import PromotionState
from training.tracking.run import SCORECARD, store

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel
    from mlflow.tracking import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
OURS = {"kept_by": "supplier-credit mlflow-sync"}  # marks a registered model whose aliases are the ledger's

Release = tuple[str, str]  # a scorecard's name and version


@dataclass(frozen=True)
class Synced:
    """The result of a copy.

    Attributes:
        added: model versions that MLflow did not have.
        aliases: by scorecard name, the version of each alias.
    """

    added: int
    aliases: Mapping[str, Mapping[str, str]]


def sync(home: Path) -> Synced:
    """Copy the promotion ledger into MLflow's registry; doing it again adds nothing.

    Raises:
        LedgerError: the ledger is not valid; nothing is copied.
    """
    lines = verified_lines(home)
    client = store(home)
    wanted = aliases_of(lines)
    added = 0
    for name in sorted(wanted):
        model = _registered(client, name)
        copied = _versions(client, name)
        for release, line in _releases(lines, name).items():
            version = copied.get(line.record["digest"])
            if version is None:
                version = copied[line.record["digest"]] = _created(client, home, line.record)
                added += 1
            _tag(client, version, _tags(lines, release))
        by_version = {version.tags["version"]: version.version for version in copied.values()}
        _point(client, model, {alias: by_version[version] for alias, version in wanted[name].items()})
    for model in _all_registered(client):
        if model.name not in wanted and OURS.items() <= model.tags.items():
            _point(client, model, {})
    return Synced(added, wanted)


def aliases_of(lines: Sequence[Line]) -> dict[str, dict[str, str]]:
    """Return, by scorecard name, the version that is champion and the one that is challenger, where there is one.

    A scorecard that serves several purposes may, after a rollback, be champion of them in two versions: the latest line
    counts. The challenger is the proposal that waits for a second person.
    """
    state = PromotionState.of(lines)
    aliases: dict[str, dict[str, str]] = {line.record["name"]: {} for line in lines}
    latest = [terms[-1].latest for terms in state.terms.values()]
    for line in sorted(latest, key=lambda line: line.serial):
        aliases[line.record["name"]][CHAMPION] = line.record["version"]
    for proposal in state.open_proposals:
        aliases[proposal.record["name"]][CHALLENGER] = proposal.record["version"]
    return aliases


def _releases(lines: Iterable[Line], name: str) -> dict[Release, Line]:
    """Every release of a name by its first proposal."""
    proposals: dict[Release, Line] = {}
    for line in lines:
        if line.act == PROPOSE and line.record["name"] == name:
            proposals.setdefault(_release(line.record), line)
    return proposals


def _release(record: Record) -> Release:
    return str(record["name"]), str(record["version"])


def _tags(lines: Iterable[Line], release: Release) -> dict[str, str]:
    """The tags of a release: its proposal, and the latest line that made it champion."""
    tags: dict[str, str] = {}
    for line in lines:
        if _release(line.record) != release:
            continue
        if line.act == PROPOSE:
            tags |= {"digest": line.record["digest"], "version": line.record["version"], "proposal": str(line.serial)}
        elif line.act in (APPROVE, ROLLBACK):
            tags |= {"approval_id": line.id, "serial": str(line.serial)}
    return tags


def _registered(client: "MlflowClient", name: str) -> "RegisteredModel":
    model = next((model for model in _all_registered(client) if model.name == name), None)
    return model or client.create_registered_model(name, tags=OURS)


def _all_registered(client: "MlflowClient") -> list["RegisteredModel"]:
    return _pages(client.search_registered_models)


def _versions(client: "MlflowClient", name: str) -> dict[str, "ModelVersion"]:
    """The versions that were copied before, by digest; other versions are left alone."""
    versions = _pages(client.search_model_versions, filter_string=f"name='{name}'")
    return {version.tags["digest"]: version for version in versions if {"digest", "version"} <= version.tags.keys()}


def _pages(search: Any, **filters: Any) -> list[Any]:
    results: list[Any] = []
    token = None
    while True:
        page = search(page_token=token, **filters)
        results += page
        token = page.token
        if not token:
            return results


def _created(client: "MlflowClient", home: Path, record: Record) -> "ModelVersion":
    """A version whose source is the run that trained it, or the release itself where MLflow does not know the run."""
    run = _run_of(client, home, record)
    source = f"{run.info.artifact_uri}/{SCORECARD}" if run else release_folder(home.resolve(), record).as_uri()
    tags = {"digest": record["digest"], "version": record["version"]}
    return client.create_model_version(
        record["name"], source, run_id=run.info.run_id if run else None, tags=tags, await_creation_for=0
    )


def _run_of(client: "MlflowClient", home: Path, record: Record) -> "Run | None":
    from mlflow.exceptions import MlflowException

    try:
        provenance = json.loads(read_release(home, record).content["provenance.json"])
        run = client.get_run(provenance["run_id"])
    except (ScorecardError, MlflowException, KeyError):
        return None
    return run if run.data.tags.get("scorecard") == record["digest"] else None


def _tag(client: "MlflowClient", version: "ModelVersion", tags: Mapping[str, str]) -> None:
    for key, value in tags.items():
        if version.tags.get(key) != value:
            client.set_model_version_tag(version.name, str(version.version), key, value)


def _point(client: "MlflowClient", model: "RegisteredModel", wanted: Mapping[str, Any]) -> None:
    """Set the two aliases to their versions, or delete them."""
    for alias in (CHAMPION, CHALLENGER):
        current, version = model.aliases.get(alias), wanted.get(alias)
        if version is None and current is not None:
            client.delete_registered_model_alias(model.name, alias)
        elif version is not None and str(current) != str(version):
            client.set_registered_model_alias(model.name, alias, str(version))
