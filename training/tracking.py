"""MLflow: where runs are remembered. The only file that opens it.

Runs are for people to compare; nothing is ever loaded back from here into serving, and nothing is pickled.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

EXPERIMENT = "supplier-credit"
SILENT = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # on by default, and it calls home while it is imported
    "DO_NOT_TRACK": "true",
    "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}


class Run:
    """One training run in `<home>/mlflow.db`, its files under `<home>/mlflow-artifacts`; failed if the block raises."""

    def __init__(self, home: Path, name: str) -> None:
        os.environ.update(SILENT)
        from mlflow.tracking import MlflowClient

        home.mkdir(parents=True, exist_ok=True)
        home = home.resolve()
        self._client = MlflowClient(tracking_uri=f"sqlite:///{home / 'mlflow.db'}")
        found = self._client.get_experiment_by_name(EXPERIMENT)
        artifacts = (home / "mlflow-artifacts").as_uri()
        self._experiment = (
            found.experiment_id if found else self._client.create_experiment(EXPERIMENT, artifact_location=artifacts)
        )
        self.id: str = self._client.create_run(self._experiment, run_name=name).info.run_id

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
        told = [Metric(k, float(v), now, 0) for k, v in metrics.items() if v is not None]
        given = [Param(k, str(v)) for k, v in params.items()]
        self._client.log_batch(self.id, told, given, [RunTag(k, v) for k, v in tags.items()])

    def keep(self, folder: Path) -> None:
        """Copy a candidate's files beside the run."""
        self._client.log_artifacts(self.id, str(folder), "scorecard")
