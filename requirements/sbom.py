"""Write an SBOM (CycloneDX, JSON) of each lock to requirements/sbom/; run by `make sbom` in the tool's own venv.

The same locks give the same bytes: no time, no serial number, no address of an index. Each component is named by its
package URL; the hashes of its files are in the lock.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

REQUIREMENTS = Path(__file__).parent
LOCKS = ("serving", "py311", "test")
DROPPED = ("bom-ref", "description", "externalReferences")


def made_by_tool(lock: Path) -> dict[str, Any]:
    """What the tool reads from a lock."""
    command = [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--spec-version", "1.6"]
    command += ["--pyproject", str(REQUIREMENTS.parent / "pyproject.toml"), "--short-PURLs", str(lock)]
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


def without_addresses(part: Any) -> Any:
    """The same object without line numbers, addresses and hashes of files, at every depth."""
    if isinstance(part, dict):
        return {name: without_addresses(value) for name, value in part.items() if name not in DROPPED}
    return [without_addresses(value) for value in part] if isinstance(part, list) else part


def sbom(lock: Path) -> str:
    """The SBOM of a lock as text; ValueError where it does not fit CycloneDX's schema."""
    made = made_by_tool(lock)
    description = made["metadata"]["component"].get("description", "")
    made = without_addresses(made)
    made["metadata"]["component"] |= {"bom-ref": "supplier-credit", "description": description}
    made["components"] = [{"bom-ref": part["purl"], **part} for part in made["components"]]
    made["dependencies"] = [{"ref": "supplier-credit", "dependsOn": sorted(c["purl"] for c in made["components"])}]
    text = json.dumps(made, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if error is not None:
        raise ValueError(f"{lock}: {error}")
    return text


if __name__ == "__main__":
    (REQUIREMENTS / "sbom").mkdir(exist_ok=True)
    for name in LOCKS:
        file = REQUIREMENTS / "sbom" / f"{name}.cdx.json"
        file.write_text(sbom(REQUIREMENTS / f"{name}.txt"), encoding="utf-8")
        print(file.relative_to(REQUIREMENTS.parent))
