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

from sales_activity.tests.base import keep_caches_when_users_are_saved


def run(clear: Callable[[], None], make: Callable[[], dict]) -> None:
	"""Do what the command line says, after taking away what an earlier run left."""
	site, command, *file = sys.argv[1:]
	frappe.init(site=site)
	frappe.connect()
	frappe.flags.in_test = True
	keep_caches_when_users_are_saved()
	clear()
	if command == "make":
		Path(*file).write_text(json.dumps(make()))
	frappe.db.commit()
	frappe.destroy()
