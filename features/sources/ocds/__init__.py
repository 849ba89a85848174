"""Open Contracting Data Standard: releases and records to canonical rows."""
