"""What every test shares."""

from hypothesis import settings

settings.register_profile("project", deadline=None)  # a shared machine makes timings meaningless
settings.load_profile("project")
