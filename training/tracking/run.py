"""MLflow runs. `store` is the only place that opens the database.

Runs are for people to compare; serving never loads anything from here, and nothing is pickled.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from models.canonical_json import sha256
from training.tracking.process_identity import is_gone, this_process

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

EXPERIMENT = "supplier-credit"
SCORECARD, REPORT = "scorecard", "report"  # folders beside a run
PROCESS = "process"  # tag: the process that the run belongs to
SILENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # on by default; sends data when MLflow is imported
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


def database(home: Path) -> Path:
    """Return the file that MLflow keeps under a home."""
    return home / "mlflow.db"


def store_uri(home: Path) -> str:
    """Return MLflow's address of that file; always passed, because MLflow's default is the working directory."""
    return f"sqlite:///{database(home.resolve())}"


def artifact_uri(home: Path) -> str:
    """Return the address of the files beside runs."""
    return (home.resolve() / "mlflow-artifacts").as_uri()


def store(home: Path) -> "MlflowClient":
    """Open MLflow's database under a home, with telemetry and other network use switched off."""
    os.environ.update(SILENT)
    from mlflow.tracking import MlflowClient

    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        return MlflowClient(tracking_uri=store_uri(home))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Lock the home while its database is opened: MLflow creates and migrates tables without a lock of its own."""
    handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY)  # the folder itself, so that there is no lock file
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Run:
    """One training run in `<home>/mlflow.db`, its files under `<home>/mlflow-artifacts`; failed if the block raises.

    A run whose process was killed gets the status KILLED when the next run starts.
    """

    def __init__(self, home: Path, name: str) -> None:
        self._client = store(home)
        with _alone(home):
            experiment = self._client.get_experiment_by_name(EXPERIMENT)
            self._experiment = (
                experiment.experiment_id
                if experiment
                else self._client.create_experiment(EXPERIMENT, artifact_location=artifact_uri(home))
            )
            self._end_killed()
        tags = {PROCESS: process} if (process := this_process()) else {}
        self.id: str = self._client.create_run(self._experiment, run_name=name, tags=tags).info.run_id

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.set_terminated(self.id, "FAILED" if kind else "FINISHED")

    def dataset(self, *, name: str, digest: str, source: str) -> None:
        """Log which facts were used."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        short = digest.removeprefix("sha256:")[:36]  # MLflow's digests are short
        dataset = Dataset(name=name, digest=short, source_type="local", source=source)
        tags = [InputTag("mlflow.data.context", "training"), InputTag("digest", digest)]
        self._client.log_inputs(self.id, [DatasetInput(dataset, tags)])

    def log(self, *, params: Mapping[str, Any], metrics: Mapping[str, float | None], tags: Mapping[str, str]) -> None:
        """Write parameters, metrics (those that could be evaluated) and tags in one batch."""
        from mlflow.entities import Metric, Param, RunTag
        from mlflow.utils.time import get_current_time_millis

        now = get_current_time_millis()
        metric_entries = [Metric(k, float(v), now, 0) for k, v in metrics.items() if v is not None]
        param_entries = [Param(k, str(v)) for k, v in params.items()]
        self._client.log_batch(self.id, metric_entries, param_entries, [RunTag(k, v) for k, v in tags.items()])

    def _end_killed(self) -> None:
        """Set the status KILLED for every running run whose process has ended."""
        for run in self._client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
            if is_gone(run.data.tags.get(PROCESS, "")):
                self._client.set_terminated(run.info.run_id, "KILLED")

    def log_candidate(self, folder: Path) -> None:
        """Copy a candidate's files beside the run, with an `MLmodel` that shows what goes in and what comes out."""
        from training.tracking.mlmodel import mlmodel

        self._client.log_artifacts(self.id, str(folder), SCORECARD)
        content = (folder / "scorecard.json").read_bytes()
        text = mlmodel(json.loads(content), digest=sha256(content), run_id=self.id, artifact_path=SCORECARD)
        self._client.log_text(self.id, text, f"{SCORECARD}/MLmodel")

    def log_report(self, folder: Path) -> None:
        """Copy a report's pages and plots beside the run."""
        self._client.log_artifacts(self.id, str(folder), REPORT)
