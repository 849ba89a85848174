"""The command line: one file per verb. Importing it switches telemetry off, before any room is imported."""

import os

# The words matter: BentoML listens to "true" alone.
for _switch in ("BENTOML_DO_NOT_TRACK", "MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):
    os.environ[_switch] = "true"
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
# Threads that wait by spinning make training ten times slower on a machine that does anything else besides.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
