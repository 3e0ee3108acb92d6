"""Products on one thread: the setting, its end, and several users at once."""

import threading

import numpy as np
import pytest

from simlab.simulators.training.blas import blas_threads, single_thread_products


def test_the_setting_ends_with_the_last_user():
    before = blas_threads()
    with single_thread_products():
        assert set(blas_threads()) <= {1}
        with single_thread_products():
            assert set(blas_threads()) <= {1}
        assert set(blas_threads()) <= {1}
    assert blas_threads() == before


def test_an_error_takes_the_setting_back():
    before = blas_threads()
    with pytest.raises(ZeroDivisionError), single_thread_products():
        1 / 0  # noqa: B018
    assert blas_threads() == before


def test_the_libraries_of_this_environment_are_found():
    config = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    if "openblas" not in config:
        pytest.skip(f"NumPy is built with {config}")
    assert len(blas_threads()) >= 1


def test_many_threads_may_use_it_at_once():
    before, seen = blas_threads(), []

    def use():
        for _ in range(200):
            with single_thread_products():
                seen.append(set(blas_threads()) <= {1})

    threads = [threading.Thread(target=use) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 800
    assert all(seen)
    assert blas_threads() == before
