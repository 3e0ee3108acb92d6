"""Errors that a user can mend: one line that names the place and the remedy."""

from simlab.visible import visible

EXIT_OK = 0
EXIT_CLAIM_FAILED = 1
EXIT_USAGE = 2
EXIT_DATA = 3
EXIT_LOST = 4
EXIT_INTERRUPTED = 130


class SimlabError(Exception):
    """Base of the errors that simlab reports as one line; ``exit_code`` is the process's.

    A message may quote a file, so its control characters are shown, never obeyed.

    >>> print(SimlabError("no column 'a\\nb'"))
    no column 'a\\x0ab'
    """

    exit_code = EXIT_USAGE

    def __init__(self, message: str) -> None:
        super().__init__(visible(message))


class UsageError(SimlabError):
    """The command or a parameter is off: an unknown name, a value out of its range (exit 2)."""

    exit_code = EXIT_USAGE


class DataError(SimlabError):
    """A file cannot be read, written, or believed (exit 3)."""

    exit_code = EXIT_DATA


def did_you_mean(name: str, known: list[str]) -> str:
    """Return ``"; did you mean 'x'?"`` for the nearest known name, else an empty string.

    >>> did_you_mean("compoundign", ["compounding", "mirage"])
    "; did you mean 'compounding'?"
    """
    import difflib

    near = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
