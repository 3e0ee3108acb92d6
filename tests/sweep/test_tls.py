"""Clusters over TLS: the same bits, and one line for whoever has not the right certificates."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from simlab.errors import SimlabError, UsageError
from simlab.lab import run
from simlab.sweep.engine import EngineChoice, LostWorkerError

dask = pytest.importorskip("dask", reason="the extra dask is not installed")
pytest.importorskip("distributed", reason="the extra dask is not installed")
if shutil.which("openssl") is None:
    pytest.skip("openssl makes the certificates, and is missing", allow_module_level=True)

TLS = "distributed.comm.tls"
ENCRYPT = "distributed.comm.require-encryption"


def settings(name: str, folder: Path) -> dict[str, Any]:
    """Return Dask's configuration for a key and a certificate of that name, which it makes."""
    key, certificate = str(folder / f"{name}.key"), str(folder / f"{name}.pem")
    words = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    subprocess.run(
        ["openssl", "req", "-x509", *words, "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    roles = {
        f"{TLS}.{role}.{part}": file
        for role in ("scheduler", "worker", "client")
        for part, file in (("cert", certificate), ("key", key))
    }
    return {f"{TLS}.ca-file": certificate, ENCRYPT: True, **roles}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def ours(folder: Path) -> dict[str, Any]:
    return settings("ours", folder)


@pytest.fixture(scope="module")
def cluster(ours: dict[str, Any]) -> Iterator[str]:
    """The address of a scheduler with one worker, which show and demand our certificate."""
    from simlab.sweep.cluster import _local_cluster

    with dask.config.set(ours):
        own = _local_cluster(1, 1)
    with own:
        yield own.scheduler_address


def test_the_same_bits_over_tls(cluster: str, ours: dict[str, Any]) -> None:
    assert cluster.startswith("tls://127.0.0.1:")
    grid = {"K": [1, 4], "items": [2000]}
    here = run("compounding", grid, seeds=2, out=None)
    with dask.config.set(ours):
        there = run("compounding", grid, seeds=2, out=None, cluster=cluster)
    assert there.table.frame.equals(here.table.frame)


def refused(address: str, **configuration: Any) -> SimlabError:
    with dask.config.set(configuration), pytest.raises(SimlabError) as caught:
        EngineChoice(cluster=address).open()
    assert str(caught.value).startswith(f"--cluster {address}: ")
    assert "\n" not in str(caught.value)
    return caught.value


def test_who_has_no_certificate_is_refused(cluster: str) -> None:
    plain = refused(cluster.replace("tls:", "tcp:"))
    assert isinstance(plain, LostWorkerError)
    assert "no scheduler answers" in str(plain)
    none = refused(cluster)
    assert isinstance(none, UsageError)
    assert "names no certificates; set distributed.comm.tls.ca-file" in str(none)


def test_who_has_another_certificate_is_refused(
    cluster: str, ours: dict[str, Any], folder: Path
) -> None:
    theirs = settings("theirs", folder)
    no_trust = refused(cluster, **theirs)
    assert isinstance(no_trust, LostWorkerError)
    assert "certificate does not match" in str(no_trust)
    unknown = refused(cluster, **{**theirs, f"{TLS}.ca-file": ours[f"{TLS}.ca-file"]})
    assert isinstance(unknown, LostWorkerError)
    assert "no scheduler answers" in str(unknown)


def test_a_configuration_that_cannot_work(ours: dict[str, Any], folder: Path) -> None:
    address = "tls://127.0.0.1:1"
    missing = {**ours, f"{TLS}.client.cert": str(folder / "none.pem")}
    assert f"client.cert {folder / 'none.pem'}" in str(refused(address, **missing))
    own = ours[f"{TLS}.ca-file"]
    assert "client.cert" in str(refused(address, **{**ours, f"{TLS}.client.key": own}))
    plain = refused("tcp://127.0.0.1:1", **ours)
    assert str(plain).endswith("demands encryption; give a tls:// address")
    assert "Scheduler failed to start" in str(refused("local", **{ENCRYPT: True}))
