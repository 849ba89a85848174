"""What an OCDS reader repaired or left out stands in the report, with its first place."""

import json

from features.importing.import_facts import import_facts
from tests.features.quality.conftest import findings
from tests.features.sources.release import RELEASE


def test_a_contract_that_never_came_into_force_is_in_the_report(market) -> None:
    pending = json.loads(json.dumps(RELEASE))
    for contract in pending["contracts"]:
        contract["status"] = "pending"
    market.root.joinpath("releases.json").write_text(json.dumps({"releases": [pending]}), encoding="utf-8")
    import_facts(market.root / "releases.json", market.facts, max_bad=1)
    finding = findings(market)[("NEVER_IN_FORCE", "contracts", None)]
    assert (finding["action"], finding["of"]) == ("excluded", "import")
    assert finding["places"][0]["file"] == "releases.json"
    assert "never came into force" in finding["note"]


def test_a_stand_in_among_releases_is_in_the_report(market) -> None:
    release = json.loads(json.dumps(RELEASE).replace('"S1"', '"ID-<NA>"'))
    market.root.joinpath("releases.json").write_text(json.dumps({"releases": [release]}), encoding="utf-8")
    import_facts(market.root / "releases.json", market.facts, max_bad=1)
    finding = findings(market)[("STAND_IN_ID", "contracts", "supplier_id")]
    assert finding["suppliers"] == 1
    assert finding["places"][0]["file"] == "releases.json"
