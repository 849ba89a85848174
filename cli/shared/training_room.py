"""Whether this installation can train: the service's image holds neither training nor the sandbox."""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Final

from features.errors import InputError

SANDBOX: Final = ("sandbox",)
TRACKING: Final = ("training", "mlflow")
TRAINING: Final = ("training", "mlflow", "shap", "matplotlib", "optuna", "sklearn")


def require(names: Iterable[str], verb: str) -> None:
    """Raise an InputError that says what to install, where a module that a verb needs is not installed."""
    missing = [name for name in names if not installed(name)]
    if missing:
        raise InputError(
            f"This installation lacks training (not installed: {', '.join(missing)}).",
            where=f"supplier-credit {verb}",
            fix="Run `make install` in a clone of the project; it installs requirements/py311.txt.",
        )


def installed(name: str) -> bool:
    """Whether a package can be imported; a folder of that name without a module is no package."""
    try:
        spec = find_spec(name)
    except ModuleNotFoundError:
        return False
    return spec is not None and spec.origin is not None
