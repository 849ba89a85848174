from pathlib import Path
from features.intake import Intake
from features.sources.report import SourceReport
def is_file_name(name: str) -> bool:
    """Whether."""
    return False
def read(source: Path, intake: Intake) -> SourceReport:
    """Read."""
    raise NotImplementedError
