"""Writes docs/openapi.json from the code; `--check` only tells whether it is as it should be."""

import json
import sys
from pathlib import Path

from voltaro.api.app import openapi_document

FILE = Path(__file__).parents[1] / "docs" / "openapi.json"


def main() -> int:
    text = json.dumps(openapi_document(), indent=2, ensure_ascii=False) + "\n"
    if "--check" in sys.argv[1:]:
        if FILE.is_file() and FILE.read_text() == text:
            return 0
        print(f"{FILE.name} is not what the code says; run: make openapi")
        return 1
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
