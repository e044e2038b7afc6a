"""What the scripts that make something on a site for the tests have in common.

	<script>.py SITE make FILE     (writes to FILE, as JSON, what was made)
	<script>.py SITE clear

They run with the bench's Python in `sites/`, and commit.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import frappe


def run(clear: Callable[[], None], make: Callable[[], dict]) -> None:
	"""Do what the command line says, after taking away what an earlier run left."""
	site, command, *file = sys.argv[1:]
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	clear()
	if command == "make":
		Path(*file).write_text(json.dumps(make()))
	frappe.db.commit()
	frappe.destroy()
