// How leads and programs are shown: colours of their states, numbers, moments; one way to call the server.

/* global format_number */
frappe.provide("sales_activity.leads");

const { leads, milestones } = sales_activity;

leads.STATES = {
	New: "gray",
	Qualifying: "orange",
	Qualified: "blue",
	"With Sales": "purple",
	Nurturing: "cyan",
	Converted: "green",
	Disqualified: "gray",
	"Do Not Contact": "red",
};
leads.RUNS = { Active: "blue", Paused: "orange", Completed: "green", Stopped: "gray" };
leads.PROGRAMS = { Draft: "gray", Running: "green", Paused: "orange", Ended: "gray" };
leads.OUTCOMES = { Sent: "green", Task: "blue", "Left Out": "orange", Failed: "red" };
leads.DEFINITIONS = { Draft: "red", Active: "green", Replaced: "gray", Withdrawn: "gray" };

// who may make what is missing for everybody
leads.OPERATIONS = ["Sales Operations", "Sales Master Manager", "System Manager"];

leads.escape = milestones.escape;
leads.points = (value) => format_number(value, null, 2);
leads.pill = (text, colour) =>
	`<span class="indicator-pill ${colour || "gray"}">${leads.escape(text)}</span>`;
leads.when = (moment) => (moment ? leads.escape(frappe.datetime.str_to_user(moment)) : "");
leads.link = (doctype, name, text) =>
	`<a href="${leads.escape(frappe.utils.get_form_link(doctype, name))}">${leads.escape(text || name)}</a>`;
leads.empty = (text) => `<p class="text-muted">${leads.escape(text)}</p>`;

/** Above the form, in place of what stood there (Frappe would add to it). `html`: inline, safe. */
leads.headline = (frm, html) => {
	frm.dashboard.clear_headline();
	frm.dashboard.set_headline(`<div>${html}</div>`);
};

/** Resolves to the server's answer, or to null when it refused (the user has been told why). */
leads.call = (method, args, freeze = false) =>
	frappe
		.call({ method: `sales_activity.api.${method}`, args, freeze })
		.then(({ message }) => message)
		.catch(() => null);
