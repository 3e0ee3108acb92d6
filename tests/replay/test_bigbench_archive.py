"""Score files inside archives on a disk and at addresses, honest and hostile ones."""

import gzip
import io
import random
import tarfile
import tracemalloc

import pytest

from replay import bigbench, bigbench_archive
from replay.bigbench import Options
from replay.bigbench_rows import Collector
from replay.bigbench_source import read_address
from simlab import lab
from simlab.data.transfer import Patience
from simlab.errors import DataError, UsageError
from tests.benchmarks.bigbench_tree import MODELS, write_tree
from tests.data.conftest import Reply, _listening, server  # noqa: F401 - fixtures
from tests.replay.test_bigbench_damage import PROBLEMS, text_of
from tests.replay.test_bigbench_files import FILE

QUICK = Patience(stall=0.3, attempts=2, wait=0.0)
GOOD = text_of()
NAME = "BIG-bench-main/bigbench/benchmark_tasks/logic/results/scores_PaLM_8b.json"


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("SIMLAB_CACHE", str(tmp_path / "cache"))


def member(name, data=GOOD, **fields):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def packed(*members, mode="w:gz"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, format=tarfile.PAX_FORMAT) as archive:
        for info, data in members:
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def of(model):
    return text_of(model=FILE["model"] | {"model_name": model})


@pytest.fixture
def read(tmp_path):
    def read(data, name="bench.tar.gz", **options):
        (tmp_path / name).write_bytes(data)
        return bigbench.read(tmp_path / name, Options(**options))

    return read


def test_an_archive_reads_as_its_folder(tmp_path, read):
    root = tmp_path / "benchmark_tasks"
    root.mkdir()
    write_tree(root, n_tasks=7, models=MODELS[::6], n_odd=3)
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.add(root, "main/benchmark_tasks")
    folder = bigbench.read(root, Options(normalise=True))
    for name in ("bench.tar.gz", "bench.TGZ", "main"):
        reading = read(file.getvalue(), name, normalise=True)
        assert set(reading.tables[PROBLEMS]["outcome"]) == {"used"}
        key = ["task", "family", "model"]
        ours, theirs = reading.table.frame.sort(key), folder.table.frame.sort(key)
        assert ours.equals(theirs, null_equal=True)


def test_members_that_are_not_read(read):
    folder = NAME.rpartition("/")[0]
    reading = read(
        packed(
            member(NAME),
            member("../logic/results/scores_PaLM_64b.json", of("64b")),
            member("/logic/results/scores_PaLM_64b.json", of("64b")),
            member("a/../../logic/results/scores_PaLM_64b.json", of("64b")),
            member("a\\logic/results/scores_PaLM_64b.json", of("64b")),
            member(f"{folder}/scores_link.json", b"", type=tarfile.SYMTYPE, linkname=NAME),
            member(f"{folder}/scores_hard.json", b"", type=tarfile.LNKTYPE, linkname=NAME),
            member(f"{folder}/scores_pipe.json", b"", type=tarfile.FIFOTYPE),
            member(f"{folder}/scores_device.json", b"", type=tarfile.CHRTYPE),
            member(f"{folder}/scores_folder.json", b"", type=tarfile.DIRTYPE),
            member(f"{folder}/full-log_PaLM_8b.json"),
            member("bigbench/scores_PaLM_64b.json", of("64b")),
            member("logic/results/scores_\udcff.json", b"{"),
            member(NAME),
        )
    )
    assert reading.table.frame["model"].to_list() == ["8b"]
    out, link = "its path leads out of the archive", "is a link, a device or sparse, and is not "
    problems = [(f.rpartition("/")[2], p) for f, p, _ in reading.tables[PROBLEMS].rows()]
    assert sorted(problems) == sorted(
        [
            *[("scores_PaLM_64b.json", out)] * 4,
            *[(f"scores_{x}.json", f"{link}followed") for x in ("link", "hard", "pipe", "device")],
            ("scores_\\xff.json", problems_of("scores_\\xff.json", problems)),
            ("scores_PaLM_8b.json", f"repeats {NAME}: the same task, family and model"),
        ]
    )


def problems_of(name, problems):
    (text,) = [problem for file, problem in problems if file == name]
    assert text.startswith("line 1, column 2: not JSON, or cut off")
    return text


def test_large_members_are_listed_and_never_held(read, monkeypatch):
    monkeypatch.setattr(bigbench_archive, "MOST_BYTES", 3000)
    reading = read(packed(member(NAME.replace("8b", "9b"), b" " * 3001), member(NAME)))
    assert reading.table.frame["score"].to_list() == [0.5]
    assert "has 3,001 bytes, more than" in reading.tables[PROBLEMS]["problem"][0]


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [
        ("_MOST_FILES", 1, "more than 1 score files"),
        ("_MOST_TOTAL", len(GOOD) + 1, "of them; it is refused"),
    ],
)
def test_too_many_files_or_bytes(read, monkeypatch, limit, value, message):
    monkeypatch.setattr(bigbench_archive, limit, value)
    with pytest.raises(DataError, match=message):
        read(packed(member(NAME), member(NAME.replace("8b", "64b"), of("64b"))))


def test_a_bomb_is_refused_before_it_is_unpacked(read):
    filler = member("main/filler", bytes(100 << 20))
    data = packed(filler, member(NAME))
    assert len(data) < 200_000
    tracemalloc.start()
    with pytest.raises(DataError, match=r"unpacks to more than 67,108,864 bytes; it is refused"):
        read(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the archive ends in the middle"),
        (b"PK\x03\x04", "no gzip archive, or damaged"),
        (gzip.compress(b""), "the archive ends in the middle"),
        (gzip.compress(b"text" * 200), "member 1: damaged header"),
        (packed(member(NAME))[:-20], "the archive ends in the middle"),
        (packed(member(NAME), mode="w"), "no gzip archive, or damaged"),
        (packed(member("readme", b"text")), r"holds no \*/results/scores_\*.json"),
        (packed(member(NAME, b"{")), r"scores_PaLM_8b.json: line 1, .*; no file can be read"),
    ],
    # gzip writes the time: ids made of bytes would differ between the workers that run the suite
    ids=["empty", "zip", "no tar", "text", "cut off", "plain tar", "no scores", "damaged scores"],
)
def test_a_damaged_archive_is_one_line(read, data, message):
    with pytest.raises(DataError, match=message) as caught:
        read(data)
    assert "bench.tar.gz" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_flipped_byte_is_found_by_the_checksum(read):
    data = bytearray(packed(*(member(NAME.replace("8b", f"{k}b"), of(f"{k}b")) for k in range(9))))
    data[-6] ^= 1
    with pytest.raises(DataError, match="damaged"):
        read(bytes(data))


def test_memory_does_not_grow_with_the_archive(tmp_path):
    def peak(n):
        path = tmp_path / f"{n}.tar.gz"
        path.write_bytes(
            packed(*(member(f"t{k}/results/scores_PaLM_8b.json", long(k)) for k in range(n)))
        )
        tracemalloc.start()
        bigbench_archive.collect_archive(path, Collector(hashed=True, quick_after=0))
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    def long(k):
        """A file of 160 kB with one score: the rest is a text that is not kept."""
        model = FILE["model"] | {"description": str(k % 10) * 160_000}
        return text_of(task={"task_name": f"t{k}"}, model=model)

    peak(2)
    assert peak(100) < peak(10) + 500_000 < 100 * 160_000


def test_an_address(server, tmp_path):  # noqa: F811
    data = packed(member(NAME), member(NAME.replace("8b", "64b"), of("64b")))
    server.replies["/bench.tar.gz"] = [Reply(data)]
    server.replies["/moved"] = [Reply(status=302, headers={"Location": "/bench.tar.gz"})]
    server.replies["/chunks"] = [Reply(data, chunked=True)]
    for path in ("/bench.tar.gz", "/moved", "/chunks"):
        result = lab.replay("bigbench", server.url + path, out=tmp_path / "runs")
        assert result.table.frame["model"].to_list() == ["8b", "64b"]
        inputs = result.directory.manifest.inputs
        assert list(inputs) == [server.url + path]
        assert len(inputs[server.url + path]) == 64


def test_an_address_that_breaks_off_goes_on(server):  # noqa: F811
    data = packed(*(member(NAME.replace("8b", f"{k}b"), of(f"{k}b")) for k in range(40)))
    server.replies["/x"] = [Reply(data, cut=len(data) // 2), Reply(data)]
    assert read_address(server.url + "/x", patience=QUICK).files.height == 40
    assert len(server.asked) == 2


def test_progress_counts_the_bytes_that_arrive(server, tmp_path):  # noqa: F811
    noise = random.Random(0).randbytes(300_000)  # a member that is passed over
    data = packed(member(NAME), member("noise", noise), member(NAME.replace("8b", "9b"), of("9b")))
    server.replies["/x"] = [Reply(data)]
    server.replies["/chunks"] = [Reply(data, chunked=True)]
    (tmp_path / "x.tar.gz").write_bytes(data)
    for path, total in (
        (server.url + "/x", len(data)),
        (server.url + "/chunks", None),
        (tmp_path / "x.tar.gz", len(data)),
    ):
        told = []

        def tell(here, total, told=told):
            told.append((here, total))

        lab.replay("bigbench", path, {"cache": [False]}, out=None, progress=tell)
        here = [t[0] for t in told]
        assert len(here) > 3
        assert here == sorted(here)
        assert here[-1] == len(data)
        assert {t[1] for t in told} == {total}


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(status=404), "the server answers 404"),
        (Reply(packed(member(NAME)), stall=40), "no byte for 0.3 seconds"),
        (Reply(packed(member(NAME)), cut=40), "the connection broke off"),
        (Reply(b"<html>"), "no gzip archive, or damaged"),
        (Reply(packed(member("a", bytes(100 << 20)))), "unpacks to more than 67,108,864 bytes"),
        (Reply(status=302, headers={"Location": "file:///etc/passwd"}), "the server answers 302"),
    ],
)
def test_an_address_that_fails_is_one_line(server, reply, message):  # noqa: F811
    server.replies["/x"] = [reply]
    with pytest.raises(DataError, match=message) as caught:
        read_address(server.url + "/x", patience=QUICK)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    ["ftp://host/x.tar.gz", "http:///x", "http://a:b@host/x", "http://host:x/", "file://x"],
)
def test_what_is_no_address(address):
    with pytest.raises(UsageError):
        lab.replay("bigbench", address, out=None)


def test_other_sources_take_no_address():
    with pytest.raises(UsageError, match="PATH is a file or a folder, not an address"):
        lab.replay("table", "http://127.0.0.1/x.csv", out=None)
