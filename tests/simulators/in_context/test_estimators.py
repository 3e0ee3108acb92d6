"""Each estimator, prefix by prefix and task by task, against NumPy's solvers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simlab.simulators.in_context.iterative import gradient_descent, lasso, newton
from simlab.simulators.in_context.posterior import gaussian_posterior
from simlab.simulators.in_context.recursive import least_squares, ridge
from simlab.simulators.in_context.simple import average, nearest
from simlab.simulators.in_context.tasks import draw_tasks
from simlab.streams import seed_key

shapes = st.tuples(st.integers(1, 6), st.integers(1, 14), st.integers(1, 4), st.integers(0, 10**6))


def problems(d, n_points, n_tasks, seed):
    key = seed_key(seed, "estimators")
    x, _, y = draw_tasks("gaussian", d, n_points, n_tasks, key=key)
    return x, y


def by_prefix(weights_of, x, y):
    """Predictions of a function of one task's examples that returns its weights."""
    n_points, _, n_tasks = x.shape
    found = np.zeros((n_points, n_tasks))
    for i in range(1, n_points):
        for t in range(n_tasks):
            found[i, t] = weights_of(x[:i, :, t], y[:i, t]) @ x[i, :, t]
    return found


def agree(ours, theirs, rtol=1e-8):
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * (1 + np.abs(theirs).max()))


def solved_ridge(penalty):
    return lambda X, y: np.linalg.solve(X.T @ X + penalty * np.eye(X.shape[1]), X.T @ y)


@settings(max_examples=40)
@given(shapes, st.floats(0.01, 10.0))
def test_ridge_and_the_posterior_mean_are_the_solution_of_the_normal_equations(shape, penalty):
    x, y = problems(*shape)
    theirs = by_prefix(solved_ridge(penalty), x, y)
    for kernel in (ridge, gaussian_posterior):
        ours = np.empty_like(y)
        kernel(x, y, penalty, ours)
        agree(ours, theirs)


@settings(max_examples=40)
@given(shapes)
def test_least_squares_is_the_shortest_solution(shape):
    x, y = problems(*shape)
    ours = np.empty_like(y)
    least_squares(x, y, ours)
    theirs = by_prefix(lambda X, y: np.linalg.pinv(X) @ y, x, y)
    d = x.shape[1]
    # rank-one updates lose as many digits as the worst of the prefixes has
    worst = max(
        np.linalg.cond(x[:i, :, t]) for i in range(1, len(x)) for t in range(x.shape[2])
    ) if len(x) > 1 else 1.0  # fmt: skip
    if worst < 1e3:
        agree(ours, theirs, rtol=1e-7)
    if len(x) > 2 * d:
        agree(ours[-1], theirs[-1], rtol=1e-4)


def test_least_squares_fits_all_examples_up_to_d():
    x, y = problems(6, 7, 20, 0)
    for n in range(1, 7):
        again = np.concatenate([x[:n], x[:1]])  # ask for the first example once more
        values = np.concatenate([y[:n], y[:1]])
        ours = np.empty_like(values)
        least_squares(again, values, ours)
        agree(ours[n], y[0], rtol=1e-6)


@settings(max_examples=30)
@given(shapes)
def test_gradient_descent_is_that_of_numpy(shape):
    x, y = problems(*shape)
    steps = (1, 3, 7)
    ours = np.empty((3, *y.shape))
    gradient_descent(x, y, np.array(steps), ours)

    def descend(m):
        def weights(X, y):
            rate = 1.0 / np.abs(X.T @ X).sum(axis=1).max()
            w = np.zeros(X.shape[1])
            for _ in range(m):
                w -= rate * X.T @ (X @ w - y)
            return w

        return weights

    for found, m in zip(ours, steps, strict=True):
        agree(found, by_prefix(descend(m), x, y))


@settings(max_examples=30)
@given(shapes)
def test_newton_is_a_power_of_the_first_residual(shape):
    """M_k = (I - (I - M_0 G)^(2^k)) G^+, which the iteration never forms."""
    x, y = problems(*shape)
    steps = (1, 2, 5)
    ours = np.empty((3, *y.shape))
    newton(x, y, np.array(steps), ours)

    def iterate(k):
        def weights(X, y):
            values, vectors = np.linalg.eigh(X.T @ X)
            values = np.maximum(values, 0.0)
            rest = (1.0 - values**2 / (values**2).sum()) ** (2**k)
            with np.errstate(divide="ignore", invalid="ignore"):
                inverse = np.where(values > 1e-9 * values.max(), (1.0 - rest) / values, 0.0)
            return vectors @ (inverse * (vectors.T @ (X.T @ y)))

        return weights

    for found, k in zip(ours, steps, strict=True):
        agree(found, by_prefix(iterate(k), x, y), rtol=1e-6)


def test_many_steps_of_both_end_at_least_squares():
    x, y = problems(5, 31, 20, 7)
    exact, many = np.empty_like(y), np.empty((1, *y.shape))
    least_squares(x, y, exact)
    for kernel, steps in ((gradient_descent, 3000), (newton, 30)):
        kernel(x, y, np.array([steps]), many)
        agree(many[0, 20:], exact[20:], rtol=1e-6)


@settings(max_examples=30)
@given(shapes, st.floats(0.01, 1.0))
def test_lasso_satisfies_its_optimality_conditions(shape, penalty):
    """Asked for the unit vectors, it shows its weights; subgradients then say if they are best."""
    d, n_points, n_tasks, seed = shape
    x, y = problems(d, n_points, n_tasks, seed)
    for t in range(n_tasks):
        weights = np.empty(d)
        for j in range(d):
            asked = np.zeros((n_points + 1, d, 1))
            asked[:n_points] = x[:, :, t : t + 1]
            asked[n_points, j] = 1.0
            values = np.append(y[:, t], 0.0)[:, np.newaxis]
            found = np.empty_like(values)
            lasso(asked, values, penalty, found)
            weights[j] = found[n_points, 0]
        X = x[:, :, t]
        slope = X.T @ (y[:, t] - X @ weights) / n_points
        size = 1e-3 * (1 + np.abs(X.T @ X).max() / n_points)
        assert (np.abs(slope) <= penalty + size).all()
        active = weights != 0.0
        assert np.abs(slope[active] - penalty * np.sign(weights[active])).max(initial=0) <= size


@settings(max_examples=30)
@given(shapes, st.integers(1, 14))
def test_neighbours_and_average_are_those_of_numpy(shape, neighbours):
    x, y = problems(*shape)
    ours, theirs = np.empty_like(y), np.zeros_like(y)
    nearest(x, y, neighbours, ours)
    for i in range(1, len(x)):
        for t in range(x.shape[2]):
            far = ((x[:i, :, t] - x[i, :, t]) ** 2).sum(axis=1)
            theirs[i, t] = y[np.argsort(far, kind="stable")[:neighbours], t].mean()
    agree(ours, theirs)
    average(x, y, ours)
    agree(ours, by_prefix(lambda X, y: X.T @ y / len(y), x, y))


def test_tasks_side_by_side_do_not_touch_each_other():
    x, y = problems(4, 12, 6, 3)
    for kernel, extra, rows in (
        (ridge, (0.1,), ()),
        (gaussian_posterior, (0.1,), ()),
        (least_squares, (), ()),
        (gradient_descent, (np.array([4]),), (1,)),
        (newton, (np.array([4]),), (1,)),
        (average, (), ()),
        (nearest, (2,), ()),
    ):
        together, alone = np.empty((*rows, *y.shape)), np.empty((*rows, len(y), 1))
        kernel(x, y, *extra, together)
        for t in range(6):
            one = (np.ascontiguousarray(v[..., t : t + 1]) for v in (x, y))
            kernel(*one, *extra, alone)
            assert together[..., t].tolist() == alone[..., 0].tolist()


@pytest.mark.parametrize("kernel", [ridge, gaussian_posterior])
def test_a_strong_penalty_predicts_zero(kernel):
    x, y = problems(3, 10, 5, 1)
    found = np.empty_like(y)
    kernel(x, y, 1e12, found)
    assert np.abs(found).max() < 1e-9
