"""``python -m chebtucker`` is the command line."""

import sys

from chebtucker.cli import main

sys.exit(main())
