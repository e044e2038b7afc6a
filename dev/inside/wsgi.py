"""Serves the site named by SA_SITE with any WSGI server, static files included; started in `sites/`."""

import importlib.util
import os

import frappe.app
from frappe.middlewares import StaticDataMiddleware
from werkzeug.middleware.shared_data import SharedDataMiddleware

SITE = os.environ["SA_SITE"]
SITES = os.path.abspath(".")

# Frappe takes the site from the Host header, unless told; a browser may call it 127.0.0.1 or localhost.
frappe.app._site = SITE
frappe.app._sites_path = SITES

application = SharedDataMiddleware(frappe.app.application, {"/assets": os.path.join(SITES, "assets")})
application = StaticDataMiddleware(application, {"/files": SITES})

if importlib.util.find_spec("socketio"):  # a bench of somebody's own may not have it
	import realtime

	application = realtime.wrap(application, SITE)
