"""Where sentences go, what audits change, and thresholds that stay with their model."""

import json
from pathlib import Path

import numpy as np
import pytest

from livener.errors import InputError
from livener.learning.acceptance import lowest_threshold, upper_bound
from livener.learning.routing import FILE, Group, Judged, Routing, RoutingRules, Verdict, model_key
from livener.text import Span


def group(errors: int, count: int, *, seed: int = 0) -> Group:
    """Scores from 1.0 down to 0.5; the errors among the unsurest half."""
    scores = np.linspace(1.0, 0.5, count)
    right = np.full(count, True)
    right[np.random.default_rng(seed).choice(np.arange(count // 2, count), errors, replace=False)] = False
    held_out = Judged(tuple(scores.tolist()), tuple(right.tolist()))
    return Group(lowest_threshold(scores, right), held_out)


@pytest.fixture
def routing() -> Routing:
    return Routing("", 0.02, 0.95, 0.1, {"ORG": group(5, 1000), "PER": group(0, 50)}, group(5, 2000))


ORG, PER = Span(0, 4, "ORG", 0.9), Span(5, 9, "PER", 0.999)


def test_a_sentence_goes_where_it_must(routing: Routing) -> None:
    rules = RoutingRules(reviewer=frozenset({"DRUG"}), expert=frozenset({"DOSE"}))
    drug, dose = Span(10, 12, "DRUG", 1.0), Span(13, 14, "DOSE", 1.0)
    cases = [
        ([ORG], 0.9, "accept", "the sentence is at 0.9000"),
        ([ORG], 0.1, "annotator", "something may be missed"),
        ([ORG, PER], 0.1, "annotator", "PER has no threshold"),
        ([Span(0, 4, "ORG", 0.2)], 0.1, "annotator", "ORG is not sure enough"),
        ([Span(0, 4, "ORG")], 0.1, "annotator", "ORG is not sure enough"),
        ([ORG, drug], 0.9, "reviewer", "DRUG always goes to the reviewer"),
        ([ORG, drug, dose], 0.9, "expert", "DOSE always goes to the expert"),
        ([], 0.1, "annotator", "something may be missed"),
        ([], 0.9, "accept", "the sentence is at 0.9000"),
    ]
    for spans, score, tier, reason in cases:
        decision = routing.decide(spans, score, key="k", rules=rules)
        assert (decision.tier, decision.reason[: len(reason)]) == (tier, reason)
        assert set(decision.accepted) == {ORG} & set(spans)
    assert routing.decide([ORG], 0.9, key="k", disputed=True).tier == "reviewer"
    assert Routing("", 0.02, 0.95, 0.1, {}, group(0, 50)).decide([], 1.0, key="k").tier == "annotator"


def test_high_impact_spans_are_never_accepted(routing: Routing) -> None:
    rules = RoutingRules(reviewer=frozenset({"ORG"}))
    assert routing.decide([ORG], 0.9, key="k", rules=rules).accepted == ()


def test_a_fixed_share_is_audited(routing: Routing) -> None:
    decisions = [routing.decide([ORG], 0.9, key=f"d{n}:0") for n in range(3000)]
    assert decisions == [routing.decide([ORG], 0.9, key=f"d{n}:0") for n in range(3000)]
    for drawn in (sum(one.audit for one in decisions), sum(bool(one.audited) for one in decisions)):
        assert 240 < drawn < 360
    assert not any(routing.decide([], 0.1, key=f"d{n}:0").audit for n in range(300))  # people see it anyway


def test_good_audits_tighten_the_bound_and_leave_the_threshold(routing: Routing) -> None:
    before = routing.labels["ORG"].acceptance
    after, alerts = routing.audited([Verdict("ORG", 0.95, True)] * 300)
    now = after.labels["ORG"].acceptance
    assert not alerts
    assert (now.threshold, now.errors, now.accepted) == (before.threshold, before.errors, before.accepted + 300)
    assert now.bound == upper_bound(now.errors, now.accepted) < before.bound


def test_audits_that_break_the_limit_raise_the_threshold_at_once() -> None:
    routing = Routing("", 0.02, 0.95, 0.1, {"ORG": group(10, 1000)}, group(5, 2000))
    before = routing.labels["ORG"].acceptance.threshold
    assert before is not None
    low = [Verdict("ORG", before + 0.01, n % 20 > 0) for n in range(280)]  # 5 % wrong
    after, (alert,) = routing.audited(low + [Verdict("ORG", 0.9, True)] * 300 + [Verdict(None, 0.9, True)])
    now = after.labels["ORG"].acceptance
    assert alert.before == before
    assert now.threshold == alert.after > before + 0.01
    assert (alert.errors, alert.audited) == (14, 580)
    assert now.bound <= 0.02 < alert.bound
    assert "ORG: 14 of 580 audited are wrong" in str(alert)
    assert after.alerts == (alert,)
    assert after.sentences.acceptance.threshold == routing.sentences.acceptance.threshold


def test_audits_that_prove_another_time_outweigh_what_was_held_out() -> None:
    """A large calibration would hide a break for long."""
    old = Routing("", 0.02, 0.95, 0.1, {"ORG": group(0, 20_000)}, group(0, 50))
    after, (alert,) = old.audited([Verdict("ORG", 0.9, n % 10 > 0) for n in range(100)])
    assert alert.after is None
    assert "nothing is accepted any more" in str(alert)
    assert not after.labels["ORG"].accepts(1.0)
    assert after.audited([Verdict("ORG", 0.9, True)] * 1000)[1] == ()  # calibrating anew is what lowers it
    assert not after.audited([Verdict("ORG", 0.9, True)] * 1000)[0].labels["ORG"].accepts(1.0)


def test_audits_of_unknown_labels_are_refused(routing: Routing) -> None:
    with pytest.raises(InputError, match="DRUG"):
        routing.audited([Verdict("DRUG", 0.9, True)])


def test_thresholds_stay_with_their_model(routing: Routing, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no routing thresholds"):
        Routing.load(tmp_path)
    (tmp_path / "model.json").write_text("{}")
    kept = Routing(model_key(tmp_path), 0.02, 0.95, 0.1, routing.labels, routing.sentences)
    kept, _ = kept.audited([Verdict(None, 0.9, n % 2 > 0) for n in range(30)])
    kept.save(tmp_path)
    assert Routing.load(tmp_path) == kept
    (tmp_path / "pipeline.toml").write_text("other stages give other scores")
    with pytest.raises(InputError, match="another model"):
        Routing.load(tmp_path)
    (tmp_path / FILE).write_text(json.dumps({"limit": 1}))
    with pytest.raises(InputError, match="broken"):
        Routing.load(tmp_path)


def test_rules_are_checked() -> None:
    with pytest.raises(InputError, match=r"routing\.limit"):
        RoutingRules.of({"routing": {"limit": 2}})
    with pytest.raises(InputError, match=r"routing\.experts"):
        RoutingRules.of({"routing": {"experts": []}})
    assert RoutingRules.of({}) == RoutingRules()
