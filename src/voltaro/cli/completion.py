"""What the shell offers while a command is typed: ids that the server knows just now."""

import os
from pathlib import Path

from voltaro.cli.options import DEFAULT_URL

_MOST = 200


def station_ids(incomplete: str) -> list[str]:
    """Stations whose id begins so; none when the server cannot be asked at once."""
    from voltaro.cli.client import Client, find_key

    url = os.environ.get("VOLTARO_URL", DEFAULT_URL)
    data_dir = os.environ.get("VOLTARO_DATA_DIR")
    try:
        with Client(
            url, find_key(url, Path(data_dir) if data_dir else None), timeout_s=2
        ) as client:
            found = client.items("/api/v1/stations", {"limit": 100}, limit=5000)
            ids = [row["station_id"] for row in found if row["station_id"].startswith(incomplete)]
    except Exception:  # completion must never print an error into the line being typed
        return []
    return ids[:_MOST]
