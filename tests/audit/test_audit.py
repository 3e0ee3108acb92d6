import numpy as np
import polars as pl
import pytest

from simlab.audit import audit as module
from simlab.audit import evidence_task
from simlab.audit.audit import COLUMNS, Question, audit
from simlab.audit.count_curves import count_curves
from simlab.audit.evidence_task import TASK, Batch
from simlab.audit.smooth_evidence import CURVE_COLUMNS, POINT_COLUMNS, smooth_evidence
from simlab.errors import DataError, UsageError
from simlab.scenario import Context
from simlab.sweep import parts
from simlab.sweep.engine import Engine, EngineChoice
from simlab.sweep.keys import cell_keys
from simlab.table import ScoreTable

SCALES = 10.0 ** np.arange(6, 14)
N = 400
QUICK = Question(replicates=199)
TRUTHS = {
    "flat": np.full(8, 0.25),
    "smooth": np.exp(-1.6 * (SCALES / 1e10) ** -0.15),
    "step": np.array([0.02, 0.02, 0.02, 0.02, 0.02, 0.75, 0.75, 0.75]),
    "mirage": np.exp(-1.6 * (SCALES / 1e12) ** -0.4) ** 5,
}


def curve(task, p, seed=0, **columns):
    right = np.random.default_rng(seed).binomial(N, p)
    given = {"family": "toy", "task": task, "metric": "accuracy", "scale": SCALES.tolist(),
             "score": (right / N).tolist(), "n_items": N, "chance": 0.0,
             "higher_is_better": True}  # fmt: skip
    return ScoreTable.from_columns({**given, **columns})


@pytest.fixture(scope="module")
def table():
    curves = [curve(task, p) for task, p in TRUTHS.items()]
    curves.append(curve("bare", TRUTHS["smooth"], n_items=None))
    return ScoreTable.concat(curves)


@pytest.fixture(scope="module")
def found(table):
    return audit(table, question=QUICK)


def test_verdicts(found):
    verdict = dict(found.verdicts.select("task", "verdict").iter_rows())
    assert verdict == {
        "flat": "no_improvement", "smooth": "smooth", "step": "survives",
        "mirage": verdict["mirage"], "bare": "undecided",
    }  # fmt: skip
    assert verdict["mirage"] in ("smooth", "resolution_limited")
    assert found.n_tested == 4
    assert sum(found.counts.values()) == 5


def test_columns(found):
    assert found.verdicts.columns[: len(COLUMNS)] == list(COLUMNS)
    row = found.verdicts.filter(task="step").row(0, named=True)
    assert row["breakpoint_low"] < row["breakpoint"] < row["breakpoint_high"]
    assert 1e9 < row["breakpoint"] < 1e12
    assert row["q_sharp"] >= row["p_sharp"]
    assert row["n_scales"] == 8


def test_points(found, table):
    assert found.points.height == 4 * 8
    step = found.points.filter(pl.col("curve") == 2)
    assert step["scale"].to_numpy() == pytest.approx(SCALES)
    assert step["share"].to_list() == pytest.approx(table.frame["score"][16:24].to_list())
    assert step["fitted"].null_count() == 0
    assert 0 < step["predicted"].null_count() < 8


def test_threads_batches_and_company_change_nothing(found, table, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    shuffled = ScoreTable(table.frame.sample(fraction=1.0, shuffle=True, seed=1))
    other = audit(shuffled, question=QUICK, engine=Engine(threads=2))
    both = [f.verdicts.sort("task").drop("reason") for f in (found, other)]
    assert both[0].equals(both[1], null_equal=True)


def test_of_many_curves_those_have_swap_intervals_that_need_them(monkeypatch):
    monkeypatch.setattr(module, "MANY", 1)
    accuracy = ScoreTable.concat([curve("smooth", TRUTHS["smooth"]), curve("step", TRUTHS["step"])])
    error = {"metric": "brier_score", "higher_is_better": False}
    brier = [curve(t, 1 - TRUTHS[t], seed=9, **error) for t in ("smooth", "step")]
    found = audit(ScoreTable.concat([accuracy, *brier]), question=QUICK).verdicts
    held = dict(found.filter(metric="accuracy").select("task", "interval_from").iter_rows())
    assert held == {"smooth": "none", "step": "counts"}


def test_seeds_are_replicates():
    seeds = [curve("step", TRUTHS["step"], seed=s, seed_=[s] * 8) for s in range(3)]
    frame = pl.concat([t.frame.with_columns(pl.col("seed_").alias("seed")) for t in seeds])
    found = audit(ScoreTable(frame.drop("seed_")), question=QUICK)
    row = found.verdicts.row(0, named=True)
    assert found.points.height == 24
    assert row["verdict"] == "survives"
    assert row["status"] == "ok"
    assert "3 seeds are replicates" in row["notes"]


def test_a_table_without_a_usable_curve():
    found = audit(curve("bare", TRUTHS["smooth"], n_items=None))
    assert found.counts["undecided"] == 1
    assert found.points.is_empty()
    assert found.n_tested == 0


def test_bad_options(table):
    with pytest.raises(UsageError, match="--alpha 2"):
        audit(table, alpha=2.0)
    with pytest.raises(UsageError, match="--fdr"):
        audit(table, fdr="holm")
    turned = pl.Series([True] * 4 + [False] * 4 + [True] * (len(table) - 8))
    with pytest.raises(DataError, match="true and false"):
        audit(ScoreTable(table.frame.with_columns(turned.alias("higher_is_better"))))


def test_an_audit_goes_on_with_what_is_kept(table, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(parts, "_MOST_CELLS", 1)
    whole = audit(table, question=QUICK)
    calls = []

    def counted(curves, *rest, **more):
        calls.append(len(curves))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return smooth_evidence(curves, *rest, **more)

    monkeypatch.setattr(evidence_task, "smooth_evidence", counted)
    with pytest.raises(KeyboardInterrupt):
        audit(table, question=QUICK, keep=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2
    again = audit(table, question=QUICK, keep=tmp_path / "kept")
    assert len(calls) == 3 + len(again.curves) - 2
    assert again.verdicts.equals(whole.verdicts, null_equal=True)
    assert not (tmp_path / "kept").exists()


def test_other_numbers_are_other_batches(table):
    curves, _ = count_curves(table)
    few = curves.take([0, 1])
    own = Batch.of(few, QUICK)
    keys = cell_keys(TASK, [own, Batch.of(few, QUICK), Batch.of(few, QUICK._replace(seed=1))])
    assert keys[0] == keys[1] != keys[2]
    other = Batch.of(curves.take([1, 0]), QUICK)
    assert cell_keys(TASK, [other])[0] != keys[0]
    assert TASK.unpack(TASK.pack(own)) == own
    assert str(own) == "a batch of 2 curves"
    here, there = smooth_evidence(few, QUICK), TASK.run(own, Context())
    assert there.columns == [*CURVE_COLUMNS, *POINT_COLUMNS]
    assert there.equals(here, null_equal=True)


def test_workers_change_no_verdict(table, found):
    with EngineChoice(workers=2).open() as engine:
        assert audit(table, question=QUICK, engine=engine).verdicts.equals(
            found.verdicts, null_equal=True
        )


def test_an_interrupted_audit_goes_on(table, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "BATCH", 2)
    whole = audit(table, question=QUICK)

    def stop(share):
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        audit(table, question=QUICK, keep=tmp_path / "kept", progress=stop)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    resumed = audit(table, question=QUICK, keep=tmp_path / "kept")
    assert resumed.verdicts.equals(whole.verdicts, null_equal=True)
    assert not (tmp_path / "kept").exists()


def test_more_replicates_where_only_they_can_decide(found):
    """40 curves with 19 replicates: a p of 1/20 has q = 1/20 * 40 / k at best."""
    flat = [curve(f"flat {i}", TRUTHS["smooth"], seed=i) for i in range(12)]
    table = ScoreTable.concat([curve("step", TRUTHS["step"]), *flat])
    row = audit(table, question=Question(replicates=19)).verdicts.row(0, named=True)
    assert row["replicates"] > 19
    assert row["p_sharp"] < 0.05
    assert row["verdict"] == "survives"
