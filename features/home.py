"""The folder of a deployment's state."""

import os
from pathlib import Path


def home() -> Path:
    """Return `$SUPPLIER_CREDIT_HOME`, or `./var` where it is not set."""
    return Path(os.environ.get("SUPPLIER_CREDIT_HOME", "var"))
