"""What every test shares."""

import os

from hypothesis import settings

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before LightGBM is loaded: spinning threads starve one another
settings.register_profile("project", deadline=None)  # a shared machine makes timings meaningless
settings.load_profile("project")
