"""Certificates of a Dask cluster, from Dask's own configuration."""

from typing import Any

from simlab.errors import UsageError

_FIELDS = ("ca-file", "client.cert", "client.key")


def security_for(address: str) -> Any:
    """Return the `distributed.Security` with which a client reaches a scheduler.

    Parameters
    ----------
    address : str
        Of the scheduler; tls:// and wss:// addresses need certificates.

    Raises
    ------
    UsageError
        Dask's configuration names no certificates for an encrypted address, or some that cannot be
        read; or it demands encryption, and the address is plain.

    >>> security_for("tcp://127.0.0.1:8786").require_encryption
    False
    """
    import dask
    from distributed import Security

    try:
        security = Security()
        context = security.get_connection_args("client")["ssl_context"]
    except (OSError, ValueError) as error:
        names = {name: dask.config.get(f"distributed.comm.tls.{name}") for name in _FIELDS}
        files = ", ".join(f"{name} {value}" for name, value in names.items() if value)
        raise UsageError(
            f"--cluster {address}: Dask's configuration distributed.comm.tls cannot be used "
            f"({error}): {files or 'no files'}; see docs/cluster.md"
        ) from None
    encrypted = address.startswith(("tls:", "wss:"))
    if encrypted and context is None:
        raise UsageError(
            f"--cluster {address}: Dask's configuration names no certificates; set "
            "distributed.comm.tls.ca-file, client.cert and client.key, see docs/cluster.md"
        )
    if security.require_encryption and not encrypted:
        raise UsageError(
            f"--cluster {address}: Dask's configuration demands encryption; give a tls:// address"
        )
    return security
