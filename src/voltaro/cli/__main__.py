"""`python -m voltaro.cli` is `voltaro`."""

from voltaro.cli import main

main()
