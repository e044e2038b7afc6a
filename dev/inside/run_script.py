"""Runs the Python script on standard input on a site, as `bench console` would. Runs in `sites/`: SITE.

Like the console it commits nothing by itself; a script that means to change the site calls
`frappe.db.commit()`.
"""

import sys

import frappe


def main(site: str) -> None:
	"""Connect to `site` as Administrator and execute the script."""
	frappe.init(site=site)
	frappe.connect()
	try:
		source = compile(sys.stdin.read(), "<standard input>", "exec")
		exec(source, {"__name__": "__main__", "frappe": frappe})
	finally:
		frappe.destroy()


if __name__ == "__main__":
	main(sys.argv[1])
