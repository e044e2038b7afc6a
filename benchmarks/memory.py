"""Prints how many bytes the report needs beyond the idle process: SITE USER. Runs in `sites/`."""

import gc
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import frappe

from benchmarks import load, report


def main(site: str, user: str) -> None:
	"""A report on a company without anything makes it an idle worker; then the one that is measured."""
	frappe.init(site=site)
	frappe.connect()
	frappe.set_user(user)
	report.run(load.masters.COMPANY)
	gc.collect()
	idle = _status("VmRSS")
	Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far (proc(5))
	report.run(load.COMPANY)
	print(_status("VmHWM") - idle)


def _status(field: str) -> int:
	kibibytes = re.search(rf"^{field}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
	return int(kibibytes[1]) * 1024


if __name__ == "__main__":
	main(*sys.argv[1:])
