"""How tests draw random histories of documents, each step of which takes a moment.

SA_HISTORIES=200 draws so many, others each time; SA_SHRINK=1 looks for the shortest history that fails.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings


def histories(examples: int) -> settings:
	"""The settings of such a test: so many histories, always the same, unless SA_HISTORIES says otherwise."""
	wanted = os.environ.get("SA_HISTORIES")
	return settings(
		max_examples=int(wanted or examples),
		deadline=None,
		database=None,
		derandomize=not wanted,
		suppress_health_check=list(HealthCheck),
		phases=list(Phase) if os.environ.get("SA_SHRINK") else [Phase.explicit, Phase.generate],
	)
