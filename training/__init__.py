"""Profiles and outcomes to validated scorecards."""

import os

# Before LightGBM loads its OpenMP: threads that spin while they wait make training thirty times slower on a machine
# whose cores are shared.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
