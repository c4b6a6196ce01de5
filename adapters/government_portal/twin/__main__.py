"""``python -m adapters.government_portal.twin``."""

import sys

from adapters.government_portal.twin.cli import main

if __name__ == "__main__":
    sys.exit(main())
