"""Run the command line: `python -m exporter`."""

import sys

from .cli.main import main

sys.exit(main())
