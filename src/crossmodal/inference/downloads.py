"""Fetching what is at an http or https address, through the proxy that is set."""

import urllib.request
from collections.abc import Iterator
from http.client import HTTPException
from ipaddress import ip_address
from typing import IO
from urllib.error import HTTPError
from urllib.parse import urlsplit

from crossmodal.errors import DataError, ParameterError, one_line

SECONDS = 60  # without a byte, after which a download is given up
CHUNK = 2**20  # bytes


def download(address: str, most: int) -> Iterator[bytes]:
    """What is at an address, piece by piece.

    Args:
        most: bytes.

    Raises:
        ParameterError: it holds a user name.
        DataError: it cannot be fetched whole, or is larger than `most`.
    """
    size = 0
    try:
        if urlsplit(address).username is not None:
            raise ParameterError("an address with a user name cannot be used; fetch the file first")
        with open_address(address) as response:
            while chunk := response.read(CHUNK):
                size += len(chunk)
                if size > most:
                    raise DataError(f"{address} has more than {most:,} bytes")
                yield chunk
            if getattr(response, "length", None):
                raise DataError(f"{address} was cut off after {size:,} bytes; try again")
    except HTTPError as error:
        raise DataError(f"{address} cannot be fetched: HTTP {error.code} {error.reason}") from None
    except (OSError, HTTPException, ValueError) as error:
        reason = one_line(getattr(error, "reason", error))
        raise DataError(f"{address} cannot be fetched: {reason}") from None


def open_address(address: str) -> IO[bytes]:
    """An open response; raises OSError, HTTPException or ValueError."""
    # This machine is reached directly, whatever proxy is set for the world outside.
    direct = [urllib.request.ProxyHandler({})] if is_this_machine(address) else []
    # Some hosts refuse the name that Python gives itself.
    request = urllib.request.Request(address, headers={"User-Agent": "crossmodal"})  # noqa: S310
    response: IO[bytes] = urllib.request.build_opener(*direct).open(request, timeout=SECONDS)
    return response


def is_this_machine(address: str) -> bool:
    """Whether its host is a loopback address or localhost; raises ValueError."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
