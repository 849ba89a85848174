"""MLflow: where runs are remembered. Its only door: `store` opens the database, and nothing else does.

Runs are for people to compare; nothing is ever loaded back from here into serving, and nothing is pickled.
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
PROCESS = "process"  # tag: which one it is a run of
SILENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # on by default, and it calls home while it is imported
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


def database(home: Path) -> Path:
    """Return the file that MLflow keeps under a home."""
    return home / "mlflow.db"


def store_uri(home: Path) -> str:
    """Return MLflow's address of that file: given to it each time, for by itself it looks in the working directory."""
    return f"sqlite:///{database(home.resolve())}"


def artifact_uri(home: Path) -> str:
    """Return the address of the files beside runs."""
    return (home.resolve() / "mlflow-artifacts").as_uri()


def store(home: Path) -> "MlflowClient":
    """Open MLflow's database under a home, with everything off by which it would speak to the outside."""
    os.environ.update(SILENT)
    from mlflow.tracking import MlflowClient

    home.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        return MlflowClient(tracking_uri=store_uri(home))


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    """Wait until nobody else opens the home's database: MLflow makes and migrates its tables without looking round."""
    handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY)  # the folder itself, so that no lock file lies about
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


class Run:
    """One training run in `<home>/mlflow.db`, its files under `<home>/mlflow-artifacts`; failed if the block raises.

    Runs whose process was killed, and could not say so, are told as killed when the next one starts.
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
        """Say which facts were learned from."""
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
        """Tell of every run that was left running by a process that is known to be gone."""
        for run in self._client.search_runs([self._experiment], "attributes.status = 'RUNNING'"):
            if is_gone(run.data.tags.get(PROCESS, "")):
                self._client.set_terminated(run.info.run_id, "KILLED")

    def keep(self, folder: Path) -> None:
        """Copy a candidate's files beside the run, with an `MLmodel` that shows what goes in and what comes out."""
        from training.tracking.mlmodel import mlmodel

        self._client.log_artifacts(self.id, str(folder), SCORECARD)
        content = (folder / "scorecard.json").read_bytes()
        text = mlmodel(json.loads(content), digest=sha256(content), run_id=self.id, artifact_path=SCORECARD)
        self._client.log_text(self.id, text, f"{SCORECARD}/MLmodel")

    def keep_report(self, folder: Path) -> None:
        """Copy a report's pages and plots beside the run."""
        self._client.log_artifacts(self.id, str(folder), REPORT)
