// What is done with one lead or several of them, after asking what it needs: a response, a program, a score.

frappe.provide("sales_activity.leads");

const { leads } = sales_activity;

/** Records what somebody heard or saw of a lead. `done()` is called when it stands there. */
leads.record_response = (lead, done) => {
	// of the dialog: two clicks, or a second one after the connection broke off, are one response
	const key = `desk-${frappe.session.user}-${frappe.utils.get_random(20)}`;
	const dialog = new frappe.ui.Dialog({
		title: __("Record Response"),
		fields: [
			{
				fieldname: "response_type",
				fieldtype: "Link",
				options: "Response Type",
				label: __("Response Type"),
				reqd: 1,
				only_select: 1,
				get_query: () => ({ filters: { disabled: 0 } }),
			},
			{
				fieldname: "responded_on",
				fieldtype: "Datetime",
				label: __("When"),
				description: __("Left empty: now"),
			},
			{
				fieldname: "title",
				fieldtype: "Data",
				label: __("What"),
				length: 140,
				description: __("What they read, attended or asked"),
			},
			{ fieldname: "details", fieldtype: "Small Text", label: __("Details") },
			{ fieldname: "url", fieldtype: "Data", label: __("Link"), description: __("https://...") },
		],
		primary_action_label: __("Record"),
		primary_action: async (values) => {
			const recorded = await leads.call("responses.record_by_hand", { ...values, lead, key }, true);
			if (!recorded) return;
			dialog.hide();
			frappe.show_alert({ message: __("The response is recorded."), indicator: "green" });
			done?.();
		},
	});
	dialog.show();
};

/** Enrols leads (names) in a program of `company`; says who was left out and why. */
leads.enrol = (names, company, done) => {
	const filters = { status: ["in", ["Running", "Paused"]], ...(company && { company }) };
	const dialog = new frappe.ui.Dialog({
		title: __("Enrol in Program"),
		fields: [
			{
				fieldname: "program",
				fieldtype: "Link",
				options: "Nurture Program",
				label: __("Nurture Program"),
				reqd: 1,
				only_select: 1,
				get_query: () => ({ filters }),
				description: names.length > 1 ? __("{0} leads are chosen.", [names.length]) : "",
			},
		],
		primary_action_label: __("Enrol"),
		primary_action: async ({ program }) => {
			const found = await leads.call("programs.enrol", { program, leads: names }, true);
			if (!found) return;
			dialog.hide();
			leads.tell_enrolled(program, found);
			done?.();
		},
	});
	dialog.show();
};

/** Who was enrolled, and who not. */
leads.tell_enrolled = (program, { enrolled, skipped, message }) => {
	if (!skipped.length) {
		frappe.show_alert({ message, indicator: "green" });
		return;
	}
	const lines = skipped.map(
		({ lead, why }) => `<li>${leads.link("Lead Nurture", lead)}: ${leads.escape(why)}</li>`
	);
	frappe.msgprint({
		title: leads.escape(program),
		message: `<p>${message}</p><ul>${lines.join("")}</ul>`,
		indicator: enrolled ? "orange" : "red",
	});
};

/** Sets the score by hand. */
leads.set_score = ({ name, score }, done) => {
	const dialog = new frappe.ui.Dialog({
		title: __("Set Score"),
		fields: [
			{
				fieldname: "score",
				fieldtype: "Float",
				label: __("Score"),
				precision: 2,
				reqd: 1,
				default: score,
			},
			{
				fieldname: "until",
				fieldtype: "Date",
				label: __("Valid Until"),
				reqd: 1,
				default: frappe.datetime.add_days(frappe.datetime.get_today(), 30),
				description: __("Afterwards the score is again what it comes to."),
			},
			{
				fieldname: "reason",
				fieldtype: "Small Text",
				label: __("Reason"),
				reqd: 1,
				description: __("Who opens the lead reads it."),
			},
		],
		primary_action_label: __("Set Score"),
		primary_action: async (values) => {
			if (!(await leads.call("scores.override", { ...values, lead: name }, true))) return;
			dialog.hide();
			done?.();
		},
	});
	dialog.show();
};

/** Lets the score be what it comes to again. */
leads.end_score = ({ name }, done) =>
	frappe.confirm(__("Let the score be what it comes to again?"), async () => {
		if (await leads.call("scores.end_override", { lead: name }, true)) done?.();
	});

/** Gives leads to somebody of the qualification team. */
leads.assign = async (names, done) => {
	const options = await leads.call("leads.qualifiers");
	if (!options) return;
	const dialog = new frappe.ui.Dialog({
		title: __("Assign to Qualifier"),
		fields: [
			{
				fieldname: "qualifier",
				fieldtype: "Autocomplete",
				options,
				label: __("Qualifier"),
				reqd: 1,
				description: __("{0} leads are chosen.", [names.length]),
			},
		],
		primary_action_label: __("Assign"),
		primary_action: async ({ qualifier }) => {
			const count = await leads.call("leads.assign", { leads: names, qualifier }, true);
			if (count === null) return;
			dialog.hide();
			frappe.show_alert({ message: __("{0} leads were assigned.", [count]), indicator: "green" });
			done?.();
		},
	});
	dialog.show();
};

/** Measures leads by the active definition of their company. */
leads.score_again = async (names, done) => {
	const found = await leads.call("leads.score_again", { leads: names }, true);
	if (!found) return;
	const { scored, unchanged } = found;
	frappe.show_alert({
		message: __("{0} leads were scored again, {1} needed no new score.", [
			scored.length,
			unchanged.length,
		]),
		indicator: scored.length ? "green" : "blue",
	});
	done?.();
};

/** Says how many Leads have no Lead Nurture, and makes them in the background. */
leads.make_missing = async (done) => {
	const missing = await leads.call("leads.count_without_nurture", {}, true);
	if (missing === null) return;
	if (!missing) {
		frappe.show_alert({ message: __("Every Lead has its Lead Nurture."), indicator: "green" });
		return;
	}
	frappe.confirm(
		__("{0} Leads have no Lead Nurture. Make them in the background?", [missing]),
		async () => {
			const made = await leads.call("leads.make_missing", {}, true);
			if (made) frappe.show_alert({ message: made.message, indicator: "blue" });
			done?.();
		}
	);
};
