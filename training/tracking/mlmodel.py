"""The `MLmodel` file of a candidate in MLflow: its inputs and output, for MLflow's pages.

Written by hand and never read by serving. Of MLflow's flavours it names the one for LightGBM's text format, which
needs no pickle and no code from the artifact; the calibration that makes a `pd` of its margin is in scorecard.json.
"""

from collections.abc import Mapping
from typing import Any


def mlmodel(scorecard: Mapping[str, Any], *, digest: str, run_id: str, artifact_path: str) -> str:
    """Return the text of `MLmodel` for the content of a scorecard.json."""
    # Not at the top: tracking switches MLflow's telemetry off before anything of it is imported.
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, DataType, Schema

    inputs: Any = [ColSpec(DataType.double, column["name"], required=False) for column in scorecard["columns"]]
    signature = ModelSignature(Schema(inputs), Schema([ColSpec(DataType.double, "pd")]))
    flavour = {
        "lgb_version": scorecard["libraries"].get("lightgbm"),
        "data": "booster.txt",
        "model_class": "lightgbm.basic.Booster",
    }
    metadata = {"digest": digest, **{key: scorecard[key] for key in ("name", "unit", "outcome", "horizon", "basis")}}
    model = Model(
        artifact_path=artifact_path,
        run_id=run_id,
        signature=signature,
        flavors={"lightgbm": flavour},
        metadata=metadata,
    )
    return str(model.to_yaml())
