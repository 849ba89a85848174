"""What is not promoted, and why."""

import shutil
from dataclasses import replace

import pytest

from models.catalogue import Catalogue, Sentences
from models.errors import PromotionError
from models.spec import Gate


def refused(sign, candidate, **how):
    with pytest.raises(PromotionError) as told:
        sign(candidate, **how)
    return str(told.value)


@pytest.mark.parametrize(
    ("figures", "gate"),
    [
        ({"model": {"auc": 0.5, "brier": 0.1}, "constant": {"auc": 0.5, "brier": 0.2}}, "auc"),
        ({"model": {"auc": 0.8, "brier": 0.2}, "constant": {"auc": 0.5, "brier": 0.2}}, "brier"),
        ({"model": {"auc": None, "brier": 0.1}, "constant": {"auc": 0.5, "brier": 0.2}}, "auc"),
        ({"constant": {"auc": 0.5, "brier": 0.2}}, "auc"),
    ],
)
def test_no_better_than_the_constant_is_not_promoted(home, made, tmp_path, sign, figures, gate):
    made.write(tmp_path / "c", figures=figures)
    told = refused(sign, tmp_path / "c")
    assert f"Gate {gate}:" in told
    assert "Train" in told
    assert not (home / "promotions.jsonl").exists()
    assert not (home / "releases").exists()


def test_a_figure_that_could_not_be_evaluated_is_said_to_be_so(made, tmp_path, sign):
    made.write(tmp_path / "c", figures={"model": {"auc": None, "brier": 0.1}, "constant": {"auc": None, "brier": 0.2}})
    assert "Gate auc: The out-of-time auc could not be evaluated" in refused(sign, tmp_path / "c")


def test_a_slope_that_may_be_nothing_is_not_promoted(made, tmp_path, sign):
    made.write(tmp_path / "c", gates={"slope": Gate(False, "Interval -0.1 to 0.4.", "More bads.")})
    assert "Gate slope: Interval -0.1 to 0.4. More bads." in refused(sign, tmp_path / "c")


def test_a_slope_that_nobody_judged_is_not_promoted(made, tmp_path, sign):
    made.write(tmp_path / "c", gates={})
    assert "Gate slope" in refused(sign, tmp_path / "c")


def test_any_gate_that_training_failed_counts(made, tmp_path, sign):
    made.write(tmp_path / "c", gates={**made.spec.gates, "drift": Gate(False, "It drifted.")})
    assert "Gate drift" in refused(sign, tmp_path / "c")


def test_a_column_without_sentences_is_not_promoted(made, tmp_path, sign):
    silent = {c: s for c, s in made.catalogue.sentences.items() if c != "I101"}
    mute = Catalogue(
        {**silent, "D101": Sentences(silent["D101"].adverse, {"zh": "有", "en": ""})}, made.catalogue.silences
    )
    made.write(tmp_path / "c", catalogue=mute)
    told = refused(sign, tmp_path / "c", catalogue=mute)
    assert "Gate reasons" in told
    assert "misconducts (I101)" in told
    assert "late_delivery_rate_180d (D101)" in told


def test_a_family_without_a_code_for_missing_data_is_not_promoted(made, tmp_path, sign):
    deaf = Catalogue(made.catalogue.sentences, {k: v for k, v in made.catalogue.silences.items() if k != "I"})
    made.write(tmp_path / "c", catalogue=deaf)
    told = refused(sign, tmp_path / "c", catalogue=deaf)
    assert "Gate reasons" in told
    assert "(family I)" in told


def test_another_codes_features_are_not_promoted(written, sign):
    assert "Gate features" in refused(sign, written, digest="sha256:" + "9" * 64)


def test_other_constraints_than_the_declared_are_not_promoted(made, tmp_path, sign):
    turned = tuple(replace(c, risk="unsigned") if c.name == "days" else c for c in made.spec.columns)
    made.write(tmp_path / "c", columns=turned)
    assert "Gate constraints" in refused(sign, tmp_path / "c")


def test_golden_cases_that_are_answered_otherwise_are_not_promoted(made, written, sign):
    said = {c: Sentences({"zh": "改", "en": "new"}, {"zh": "改", "en": "new"}) for c in made.catalogue.sentences}
    assert "Gate golden" in refused(sign, written, catalogue=replace(made.catalogue, sentences=said))


def test_an_altered_candidate_is_not_promoted(tmp_path, written, sign):
    folder = shutil.copytree(written, tmp_path / "altered")
    (folder / "card.md").write_text("better")
    assert "card.md was altered" in refused(sign, folder)


def test_a_stranger_promotes_nothing(home, written, sign):
    assert "people add 'Eve'" in refused(sign, written, by="Eve")
    assert not (home / "promotions.jsonl").exists()


def test_several_failed_gates_are_named_together(made, tmp_path, sign):
    figures = {"model": {"auc": 0.5, "brier": 0.3}, "constant": {"auc": 0.5, "brier": 0.2}}
    made.write(tmp_path / "c", figures=figures)
    told = refused(sign, tmp_path / "c")
    assert "Gate auc" in told
    assert "Gate brier" in told
