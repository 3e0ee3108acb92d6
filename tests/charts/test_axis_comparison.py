import vl_convert

from simlab.charts.axis_comparison import axis_figures
from simlab.emergence.score import emergence_scores
from simlab.table import ScoreTable


def table(**columns: object) -> ScoreTable:
    held = {
        "family": ["a"] * 3 + ["b"] * 3,
        "scale": [1e7, 1e8, 1e9] * 2,
        "task": "sum",
        "metric": "accuracy",
        "score": [0.1, 0.2, 0.8, 0.2, 0.3, 0.9],
    }
    return ScoreTable.from_columns({**held, **columns})


def test_a_column_an_axis_with_the_same_scores() -> None:
    held = table(flops=[1e20, 2e20, 1e21, 1e21, 1e22, None])
    (figure,) = axis_figures(held, scores=emergence_scores(held))
    (row,) = figure.spec()["vconcat"]
    params, flops = row["hconcat"]
    assert [p["encoding"]["x"]["title"] for p in (params, flops)] == [
        "parameters",
        "training FLOPs",
    ]
    assert params["encoding"]["y"]["scale"] == flops["encoding"]["y"]["scale"]
    spec = figure.spec()
    values = [spec["datasets"][p["data"]["name"]] if "name" in p["data"] else p["data"]["values"]
              for p in (params, flops)]  # fmt: skip
    assert [len(v) for v in values] == [6, 5]
    assert vl_convert.vegalite_to_svg(spec).startswith("<svg")


def test_no_figure_for_one_axis() -> None:
    held = table()
    assert axis_figures(held, scores=emergence_scores(held)) == []


def test_tasks_and_families_are_chosen_and_counted() -> None:
    held = table(
        task=[f"t{i}" for i in range(6)] * 1, tokens=[1e9, 2e9, 3e9] * 2, family="a", scale=1e7
    )
    assert axis_figures(held, scores=emergence_scores(held)) == []  # one scale a task
    many = ScoreTable.from_columns(
        {
            "family": [f"f{f}" for f in range(3) for _ in range(15)],
            "task": [f"t{t}" for _ in range(3) for t in range(5) for _ in range(3)],
            "scale": [1e7, 1e8, 1e9] * 15,
            "tokens": [1e9, 2e9, 3e9] * 15,
            "metric": "accuracy",
            "score": [0.1, 0.2, 0.9] * 15,
        }
    )
    (figure,) = axis_figures(many, scores=emergence_scores(many), max_panels=2, max_curves=2)
    assert len(figure.spec()["vconcat"]) == 2
    assert "Shown: 2 of 5 tasks, 2 of 3 families" in figure.caption


def _values(spec: dict, panel: dict) -> list[dict]:
    data = panel["data"]
    return spec["datasets"][data["name"]] if "name" in data else data["values"]


def test_over_steps_a_curve_is_one_model_in_training() -> None:
    steps = (1, 10, 100, 1000)
    held = ScoreTable.from_columns(
        {
            "family": [f"m step{s}" for s in steps for _ in range(3)],
            "scale": [1e6, 1e7, 1e8] * 4,
            "steps": [s for s in steps for _ in range(3)],
            "family_on_steps": ["m-100m", "m-10m", "m-1m"] * 4,
            "task": "sum",
            "metric": "accuracy",
            "score": [0.01 * (i + 1) ** 2 for i in range(12)],
        }
    )
    (figure,) = axis_figures(held, scores=emergence_scores(held), max_curves=3)
    spec = figure.spec()
    params, over_steps = spec["vconcat"][0]["hconcat"]
    # every n-th of the steps, from the first to the last
    assert {v["curve"] for v in _values(spec, params)} == {"m step1", "m step100", "m step1000"}
    curves = [v["curve"] for v in _values(spec, over_steps)]
    assert {name: curves.count(name) for name in curves} == {"m-100m": 4, "m-10m": 4, "m-1m": 4}
    domain = over_steps["encoding"]["color"]["scale"]["domain"]
    assert domain[3:] == ["m-100m", "m-10m", "m-1m"]  # in the order of their sizes
    assert "Against training steps a curve is one model over its training." in figure.caption
    assert vl_convert.vegalite_to_svg(spec).startswith("<svg")


def test_perplexities_have_a_log_axis_and_shares_do_not() -> None:
    for metric, score, kind in (
        ("ppl", [1e6, 1e4, 10.0] * 2, "log"),
        ("accuracy", [1e-5, 0.1, 0.9] * 2, None),
    ):
        held = table(metric=metric, score=score, flops=[1e20, 2e20, 1e21] * 2)
        (figure,) = axis_figures(held, scores=emergence_scores(held))
        panel = figure.spec()["vconcat"][0]["hconcat"][0]
        assert panel["encoding"]["y"]["scale"].get("type") == kind
