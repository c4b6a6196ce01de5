"""``python -m adapters.national_portal.twin``."""

from adapters.national_portal.twin import main

raise SystemExit(main())
