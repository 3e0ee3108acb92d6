"""Published data sets that simlab can fetch: where each comes from, and how it is recognised.

A set is one file, recognised by its sha256, or the files of one folder of a repository's archive.
Nothing is published to recognise the latter by; see `simlab.data.lock`.
"""

from fnmatch import fnmatchcase
from typing import NamedTuple

from simlab.errors import UsageError, did_you_mean


class DataSet(NamedTuple):
    """One published data set at one commit of a GitHub repository."""

    name: str
    about: str
    """What it is, in a few words."""
    repository: str
    """``owner/name``."""
    commit: str
    """40 hex digits, or the branch ``main``, whose content changes."""
    path: str
    """The file, or the folder of the archive, inside the repository."""
    place: str
    """Where it lies below the folder of data; see `simlab.data.folder`."""
    licence: str
    sha256: str | None = None
    """Of the file as published; None for files of an archive."""
    n_bytes: int | None = None
    """Size of the file."""
    keep: str = ""
    """Which files of an archive's folder are kept, as a pattern in which * also stands for /."""
    cost: str = ""
    """What fetching takes, where it is more than the file itself."""
    replay: str = ""
    """The command that reads it; empty if no source does."""

    @property
    def is_archive(self) -> bool:
        """Whether the set is a folder of files, taken from an archive."""
        return bool(self.keep)

    @property
    def pinned(self) -> bool:
        """Whether the origin names a commit and not a branch."""
        return len(self.commit) == 40

    def wants(self, path: str) -> bool:
        """Return whether a file at ``path`` below the archive's folder is kept."""
        return fnmatchcase(path, self.keep)


_OBSSCALING = ("ryoungj/ObsScaling", "4d6e1e43fd2635d04654aa77d1df9d5266ea0382")

DATA_SETS = {
    pin.name: pin
    for pin in (
        DataSet(
            name="bigbench-lite",
            about="BIG-bench Lite: 24 tasks by 55 models, preferred metrics",
            repository="smolix/benchmark-selection",
            commit="f339e73fead83337dba21ab78518df3e1fd40a05",
            path="data/bigbench.csv",
            place="bigbench/bigbench_lite_wide.csv",
            licence="Apache-2.0",
            sha256="714c6a1ab443f327566f67bec2c5a213deac687a32c3efb2177cfd37ee0d6a89",
            n_bytes=15_044,
            replay="simlab replay bigbench bigbench-lite",
        ),
        DataSet(
            name="bigbench",
            about="BIG-bench: score files of about 200 tasks by 55 models",
            repository="google/BIG-bench",
            commit="main",
            path="bigbench/benchmark_tasks",
            place="bigbench/benchmark_tasks",
            licence="Apache-2.0",
            keep="*/results/scores_*.json",
            cost="an archive of about 2.6 GB is streamed, about 150 MB of it are kept",
            replay="simlab replay bigbench bigbench",
        ),
        DataSet(
            name="pythia-evals",
            about="Pythia: lm-evaluation-harness results over sizes and training steps",
            repository="EleutherAI/pythia",
            commit="a19eecb807ec2c79a39ebf18108816e6ffffc1d5",
            path="evals/pythia-v1",
            place="lm_eval/pythia-v1",
            licence="Apache-2.0",
            keep="*.json",
            cost="the repository's archive is streamed, its result files are kept",
            replay="simlab replay lm-eval pythia-evals",
        ),
        DataSet(
            name="obsscaling-models",
            about="ObsScaling: benchmark scores, sizes, tokens and FLOPs of open models",
            repository=_OBSSCALING[0],
            commit=_OBSSCALING[1],
            path="eval_results/base_llm_benchmark_eval.csv",
            place="obsscaling/base_llm_benchmark_eval.csv",
            licence="Apache-2.0",
            sha256="511996815735a4c46251dc585dcc525e370d148201f86561e6f927f9df2d0db8",
            n_bytes=28_155,
            replay="simlab replay obsscaling obsscaling-models",
        ),
        DataSet(
            name="obsscaling-emergent",
            about="ObsScaling: open models on BIG-bench tasks called emergent",
            repository=_OBSSCALING[0],
            commit=_OBSSCALING[1],
            path="eval_results/base_llm_emergent_capability_eval.csv",
            place="obsscaling/base_llm_emergent_capability_eval.csv",
            licence="Apache-2.0",
            sha256="a156beee73c39b7833c3c53535c473939105512d85e90b0143be7325e516ef7c",
            n_bytes=7_984,
            replay="simlab replay obsscaling obsscaling-emergent",
        ),
        DataSet(
            name="on-emergence",
            about="23 tasks, 24 models: exact match, BERTScore, edit distance on the same outputs",
            repository="UKPLab/on-emergence",
            commit="f791b653c42251a4dbd0bdc7a064c41ea0a3c51b",
            path="evaluation_scores.csv",
            place="on_emergence/evaluation_scores.csv",
            licence="CC BY-SA 4.0",
            sha256="43159449c7c9a52e25f0f8499441f325ab72fbfdea55f51cf9547f3f24474a99",
            n_bytes=1_082_482,
            replay="simlab replay on-emergence on-emergence",
        ),
        DataSet(
            name="chinchilla-runs",
            about="245 training runs read off figure 4 of Hoffmann et al. 2022",
            repository="epoch-research/analyzing-chinchilla",
            commit="92258837425e1b5f2851d624287f0120583a3d0e",
            path="data/svg_extracted_data.csv",
            place="scaling/epoch_svg_extracted_data.csv",
            licence="none stated",
            sha256="193478df4e90f040016431996c45682659306840ecdadf83cfb9cd5ca0aa1b30",
            n_bytes=23_224,
            replay="simlab replay besiroglu2024 chinchilla-runs",
        ),
    )
}
"""By name."""


def find(name: str) -> DataSet:
    """Return the data set of this name; raise UsageError with the nearest name otherwise.

    >>> find("bigbench-lite").licence
    'Apache-2.0'
    """
    if name not in DATA_SETS:
        raise UsageError(
            f"no data set {name!r}{did_you_mean(name, list(DATA_SETS))}; "
            f"there are {', '.join(DATA_SETS)}"
        )
    return DATA_SETS[name]
