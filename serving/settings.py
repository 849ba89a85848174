"""What a deployment may set, read once from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PREFIX: Final = "SUPPLIER_CREDIT_"


@dataclass(frozen=True)
class Settings:
    """Where the service finds its state and how it is reached.

    Attributes:
        home: the deployment's folder: profiles, releases, promotions, ledger.
        facts: imported facts for requests with `as_of`; without this folder such requests are refused.
        unapproved: a candidate scorecard served for study in place of every champion.
        host: address to listen on; loopback unless the operator says otherwise.
        port: port to listen on.
        refusal: file in which a worker that refuses to start writes the reason, for its launcher.
        launcher: process that started the service; when it has ended the service stops, so that no orphan holds the
            ledger.
    """

    home: Path
    facts: Path
    unapproved: Path | None = None
    host: str = "127.0.0.1"
    port: int = 3000
    refusal: Path | None = None
    launcher: int | None = None

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from `SUPPLIER_CREDIT_*` variables."""
        given = {name: value for name, value in (os.environ if env is None else env).items() if value}
        home = Path(given.get(f"{PREFIX}HOME", "var"))
        return cls(
            home=home,
            facts=Path(given.get(f"{PREFIX}FACTS", home / "facts")),
            unapproved=Path(given[f"{PREFIX}UNAPPROVED"]) if f"{PREFIX}UNAPPROVED" in given else None,
            host=given.get(f"{PREFIX}HOST", "127.0.0.1"),
            port=int(given.get(f"{PREFIX}PORT", "3000")),
            refusal=Path(given[f"{PREFIX}REFUSAL"]) if f"{PREFIX}REFUSAL" in given else None,
            launcher=int(given[f"{PREFIX}LAUNCHER"]) if f"{PREFIX}LAUNCHER" in given else None,
        )

    def to_env(self) -> dict[str, str]:
        """Return the variables that give a child process these settings."""
        paths = {"HOME": self.home, "FACTS": self.facts, "UNAPPROVED": self.unapproved, "REFUSAL": self.refusal}
        env = {f"{PREFIX}{name}": str(path.resolve()) for name, path in paths.items() if path is not None}
        numbers = {"HOST": self.host, "PORT": self.port, "LAUNCHER": self.launcher}
        return env | {f"{PREFIX}{name}": str(value) for name, value in numbers.items() if value is not None}
