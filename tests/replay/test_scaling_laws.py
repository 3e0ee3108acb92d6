"""Published scaling laws: which claims pass, which contradict, and what a wrong number does."""

import polars as pl
import pytest

from replay.published import load
from replay.scaling_laws import (
    SOURCE,
    besiroglu2024,
    besiroglu2024_claims,
    besiroglu2024_tables,
    bnsl2022,
    exercises,
    hoffmann2022,
    kaplan2020,
    porian2024,
    schaeffer2025,
)
from replay.scaling_laws.printed import half_unit, misses, rounds_to
from simlab.claims.claim import Claim
from simlab.errors import DataError
from simlab.fitting.besiroglu_bootstrap import RESAMPLES
from simlab.laws.chinchilla import HOFFMANN_TEX, compute_optimum
from simlab.parameters import Parameters


def verdicts(claims: list[Claim]) -> dict[str, str]:
    found = {claim.id: claim.verdict for claim in claims}
    assert len(found) == len(claims)
    return found


@pytest.mark.parametrize(
    ("text", "half"),
    [("1.92e19", 5e16), (".46", 0.005), ("40e9", 5e8), ("12", 0.5), ("8.0e9", 5e7), ("-.5", 0.05)],
)
def test_half_a_unit_of_the_last_digit(text, half):
    assert half_unit(text) == pytest.approx(half, rel=1e-12)


@pytest.mark.parametrize(("value", "same"), [(0.4551, True), (0.4649, True), (0.4549, False)])
def test_a_number_rounds_to_its_print_or_contradicts_it(value, same):
    words = {"observed": value, "printed": ".46", "source": "table"}
    assert rounds_to("a", "a", **words).passed is same
    assert misses("a", "a", **words).passed is not same


def test_hoffmann_claims():
    claims = hoffmann2022.claims(hoffmann2022.read(None, Parameters()))
    found = verdicts(claims)
    assert "fail" not in found.values()
    against = {id for id, verdict in found.items() if verdict == "contradiction"}
    assert against > {"budget-1-67b", "budget-3-175b", "closed-form-400m", "table2-a-rounded"}
    assert {
        f"budget-1-{s}" for s in ("400m", "1b", "10b", "175b", "280b", "520b", "1t", "10t")
    } <= {id for id, verdict in found.items() if verdict == "pass"}


@pytest.mark.parametrize("approach", [1, 2, 3])
@pytest.mark.parametrize("column", ["flops", "six_n_d"])
def test_a_wrong_budget_is_caught(approach, column):
    frame = hoffmann2022.budgets()
    here = (pl.col("approach") == approach) & (pl.col("n_params") == 1e9)
    wrong = frame.with_columns(
        pl.when(here).then(pl.col(column) * 1.03).otherwise(column).alias(column)
    )
    found = verdicts(list(hoffmann2022._six_n_d(wrong)))
    assert [id for id, verdict in found.items() if verdict == "fail"] == [f"budget-{approach}-1b"]


def test_a_corrected_misprint_is_no_contradiction_any_more():
    frame = hoffmann2022.budgets().with_columns(
        pl.when(pl.col("flops") == 1.26e24).then(1.26e25).otherwise("flops").alias("flops")
    )
    found = verdicts(list(hoffmann2022._six_n_d(frame)))
    assert found["budget-3-175b"] == "fail"


def test_the_closed_form_of_the_budget_inverts_the_optimum():
    frame = hoffmann2022.budgets()
    n = compute_optimum(frame["closed_form"].to_numpy(), constants=HOFFMANN_TEX).n_params
    assert n == pytest.approx(frame["n_params"].to_numpy(), rel=1e-12)


def test_printed_tables_keep_their_digits():
    text = load("hoffmann2022_budgets", as_text=True)
    assert text["n_tokens"][0] == "8.0e9"
    assert load("hoffmann2022_budgets")["n_tokens"][0] == 8.0e9
    assert text.height == 27


def test_kaplan_claims():
    found = verdicts(kaplan2020.claims(kaplan2020.read(None, Parameters())))
    assert "fail" not in found.values()
    assert found["alpha-c-appendix"] == "pass"
    assert {id for id, v in found.items() if v == "contradiction"} == {
        "alpha-c-text", "exponent-n-c", "tokens-equation",
    }  # fmt: skip


@pytest.fixture(scope="module")
def besiroglu(data):
    path = data / "scaling" / "epoch_svg_extracted_data.csv"
    return besiroglu2024.read(path, besiroglu2024.Options(resamples=10, starts=20))


def test_besiroglu_claims(besiroglu):
    found = verdicts(besiroglu2024.claims(besiroglu))
    assert "fail" not in found.values()
    assert {id for id, v in found.items() if v == "contradiction"} == {
        "published-e", "published-not-huber",
    }  # fmt: skip
    assert {"huber-objective", "lad-a", "squares-exponent-of-n"} <= set(found)
    left_out = {"chi2", "standard-error-a"}
    assert not left_out & set(found), "ten resamples cannot tell"


def test_standard_errors_and_chi2_of_all_resamples(besiroglu):
    n = RESAMPLES
    errors = pl.DataFrame(
        {
            "parameter": besiroglu2024_tables.NAMES,
            "standard_error": [124.507, 1293.12, 0.02566, 0.0154, 0.0206],
            "monte_carlo_error": [0.0] * 5,
            "resamples": [n] * 5,
        }
    )
    rows = besiroglu.tables[besiroglu2024_tables.ROWS]
    found = verdicts(list(besiroglu2024_claims._bootstrap_claims(rows, errors)))
    assert set(found.values()) == {"pass"}
    other = errors.with_columns(pl.col("standard_error") * 1.7)
    found = verdicts(list(besiroglu2024_claims._bootstrap_claims(rows, other)))
    assert sum(v == "fail" for v in found.values()) == 5
    tests = pl.DataFrame({"constants": ["rounded", "unrounded"], "chi2": [294.134, 238.403]})
    found = verdicts(list(besiroglu2024_claims._wald_claims(tests, n)))
    assert (found["chi2"], found["chi2-rounded"]) == ("pass", "contradiction")


def test_all_runs_are_in_the_table_each_at_its_budget(besiroglu):
    frame = besiroglu.table.frame
    assert frame.height == 245
    assert frame["task"].n_unique() == len(besiroglu2024_tables.BUDGETS)
    flops = 6 * frame["scale"] * frame["n_tokens"]
    budget = frame["task"].str.strip_suffix(" FLOPs").cast(pl.Float64)
    assert ((flops / budget).log().abs() < 0.6).sum() >= 235


@pytest.mark.parametrize(
    ("title", "column"),
    [
        ("OPTIMA", "A"),
        ("ROWS", "beta"),
        ("STOPPING", "sum_huber"),
        ("WALD", "chi2"),
        ("APPROACH_2", "a_without_5_highest"),
        ("APPROACH_2", "a_without_0_highest"),
    ],
)
def test_a_wrong_result_fails(besiroglu, title, column):
    key = getattr(besiroglu2024_tables, title)
    frame = besiroglu.tables[key]
    wrong = besiroglu._replace(
        tables={**besiroglu.tables, key: frame.with_columns(pl.col(column) * 0.01)}
    )
    assert "fail" in verdicts(besiroglu2024.claims(wrong)).values()


@pytest.fixture(scope="module")
def porian(data):
    return porian2024.read(data / "scaling", Parameters())


def test_porian_claims(porian):
    found = verdicts(porian2024.claims(porian))
    assert set(found.values()) == {"pass"}
    assert len(found) == 13
    assert porian.table.frame.height == 1745
    assert len(porian.files) == 3


def test_a_file_stands_for_its_folder(data, porian):
    again = porian2024.read(data / "scaling" / porian2024.PAIRS, Parameters())
    (ours,), (theirs,) = again.tables.values(), porian.tables.values()
    assert ours.equals(theirs)


def test_another_published_exponent_fails(porian):
    ((title, frame),) = porian.tables.items()
    wrong = porian._replace(tables={title: frame.with_columns(pl.col("from_pairs") + 0.001)})
    found = verdicts(porian2024.claims(wrong))
    assert {id for id, v in found.items() if v == "fail"} == {
        *(f"step-{i}" for i in range(1, 6)), "all-weighted",
    }  # fmt: skip


def test_slope_is_weighted_least_squares():
    import numpy as np

    generator = np.random.default_rng(3)
    c, n, w = (
        10 ** generator.uniform(16, 20, 9),
        10 ** generator.uniform(6, 9, 9),
        np.arange(1, 10.0),
    )
    expected = np.polyfit(np.log(c), np.log(n), 1, w=np.sqrt(w))[0]
    assert porian2024.slope(c, n, w) == pytest.approx(expected, rel=1e-10)


def test_missing_and_damaged_porian_files(tmp_path, data):
    with pytest.raises(DataError, match="no such file; PATH is the folder with"):
        porian2024.read(tmp_path, Parameters())
    for name in (porian2024.POINTS, porian2024.PAIRS, porian2024.FITS):
        (tmp_path / name).write_bytes((data / "scaling" / name).read_bytes())
    fits = tmp_path / porian2024.FITS
    fits.write_text(fits.read_text().replace("n_exponent", "exponent_n"))
    with pytest.raises(DataError, match=r"no column n_exponent"):
        porian2024.read(tmp_path, Parameters())
    points = tmp_path / porian2024.POINTS
    points.write_text(points.read_text().replace("4.709075571728609", "much"))
    with pytest.raises(DataError, match=porian2024.POINTS):
        porian2024.read(tmp_path, Parameters())


@pytest.fixture(scope="module")
def schaeffer(data):
    return schaeffer2025.read(data / "scaling", Parameters())


def test_schaeffer_claims(schaeffer):
    found = verdicts(schaeffer2025.claims(schaeffer))
    assert "fail" not in found.values()
    assert [id for id, v in found.items() if v == "contradiction"] == ["largest-difference"]
    assert len(found) == 23


def test_the_standard_formula_is_the_published_column(data, schaeffer):
    path = data / "scaling" / schaeffer2025.MODELS
    column = pl.read_csv(path)["Tied (Un)Embed, No Gating"].cast(pl.Float64) * 1e6
    assert schaeffer.tables[schaeffer2025._COUNTS]["standard formula"].equals(
        column.alias("standard formula")
    )


@pytest.mark.parametrize(("title", "column"), [("_FITS", "B"), ("_COUNTS", "reported")])
def test_other_counts_or_fits_fail(schaeffer, title, column):
    key = getattr(schaeffer2025, title)
    frame = schaeffer.tables[key].with_columns(pl.col(column) * 1.01)
    wrong = schaeffer._replace(tables={**schaeffer.tables, key: frame})
    assert "fail" in verdicts(schaeffer2025.claims(wrong)).values()


def test_missing_and_damaged_counts(tmp_path, data):
    with pytest.raises(DataError, match="not a folder"):
        schaeffer2025.read(tmp_path / "none", Parameters())
    with pytest.raises(DataError, match="no epoch_svg_extracted_data"):
        schaeffer2025.read(tmp_path, Parameters())
    for name in (schaeffer2025.RUNS[0], schaeffer2025.MODELS):
        (tmp_path / name).write_bytes((data / "scaling" / name).read_bytes())
    counts = tmp_path / schaeffer2025.MODELS
    text = counts.read_text()
    counts.write_text(text.replace("n_layers", "layers"))
    with pytest.raises(DataError, match="no column n_layers"):
        schaeffer2025.read(tmp_path, Parameters())
    counts.write_text(text.replace("16470016", "many"))
    with pytest.raises(DataError, match="numbers are expected"):
        schaeffer2025.read(tmp_path, Parameters())


def test_bnsl_claims(data):
    reading = bnsl2022.read(data / "scaling", Parameters())
    assert set(verdicts(bnsl2022.claims(reading)).values()) == {"pass"}
    assert reading.tables["Root mean squared error of ln loss"]["part"].len() == 2


def test_bnsl_notices_another_point(data, tmp_path):
    frame = pl.read_csv(data / "scaling" / bnsl2022.POINTS)
    file = tmp_path / "curve.csv"
    last = pl.col(bnsl2022.EXAMPLES) == pl.col(bnsl2022.EXAMPLES).max()
    loss = pl.when(last).then(0.6).otherwise(bnsl2022.LOSS).alias(bnsl2022.LOSS)
    frame.with_columns(loss).write_csv(file)
    found = verdicts(bnsl2022.claims(bnsl2022.read(file, Parameters())))
    assert found["rmsle-extrapolated"] == "fail"
    assert found["rmsle-fitted"] == "pass"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "no column"),
        ("train_dataset_size,test_cross_entropy\n1,2\n", "more than 14 points"),
    ],
)
def test_bnsl_refuses_another_file(tmp_path, text, said):
    file = tmp_path / "curve.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=said):
        bnsl2022.read(file, Parameters())


def test_exercises():
    found = verdicts(exercises.exercise_claims())
    assert "fail" not in found.values()
    assert found["wiki-six-n-d"] == found["slide-alpha"] == found["mixtral-56b"] == "contradiction"


def test_everything_without_a_folder():
    reading = SOURCE.read(None, SOURCE.options())
    found = verdicts(SOURCE.claims(reading))
    assert len(found) >= 120
    assert "fail" not in found.values()
    assert sum("is left out" in note for note in reading.notes) == 4


def test_everything_with_the_data(data):
    reading = SOURCE.read(data / "scaling", SOURCE.options(resamples=10))
    claims = SOURCE.claims(reading)
    found = verdicts(claims)
    assert len(found) >= 200
    assert "fail" not in found.values()
    counts = reading.tables["Claims by publication"]
    total = [sum(v == word for v in found.values()) for word in ("pass", "fail", "contradiction")]
    assert counts.row(-1) == ("all", len(claims), *total)
    assert counts.height == 8


def test_a_file_is_no_folder(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("a")
    with pytest.raises(DataError, match="not a folder"):
        SOURCE.read(file, SOURCE.options())


def test_figures_of_every_publication(data, porian):
    reading = SOURCE.read(None, SOURCE.options())
    names = [figure.name for figure in SOURCE.charts(reading)]
    assert names == ["loss-against-size", "optimal-size"]
    whole = SOURCE.charts(SOURCE.read(data / "scaling", SOURCE.options(resamples=10)))
    assert [figure.name for figure in whole] == [*names, "exponent-by-correction", "broken-law"]
    (steps,) = porian2024.SOURCE.charts(porian)
    shown = [layer["data"]["values"] for layer in steps.spec()["layer"]]
    assert len(shown[-1]) == 3 * len(porian2024.STEPS)
    for figure in whole:
        assert all(layer["data"]["values"] for layer in figure.spec()["layer"])
