frappe.ui.form.on("Lead", {
	async refresh(frm) {
		sales_activity.expenses.add_claim_button(frm, () => ({ lead: frm.doc.name }));
		if (frm.is_new() || !frappe.model.can_read("Lead Nurture")) return;
		const { name } = frm.doc;
		const fields = ["name", "status", "score", "qualifies", "company"];
		const nurture = await find(name, fields);
		// a Lead from before the app may have none; others' are not to be seen
		if (!nurture || frm.doc.name !== name) return;
		show_state(frm, nurture);
		const go = () => frappe.set_route("Form", "Lead Nurture", name);
		frm.add_custom_button(__("Lead Nurture"), go, __("View"));
		if (!frappe.model.can_write("Lead Nurture")) return;
		const { leads } = sales_activity;
		const again = () => frm.refresh();
		frm.add_custom_button(
			__("Record Response"),
			() => leads.record_response(name, again),
			__("Lead Nurture")
		);
		frm.add_custom_button(
			__("Enrol in Program"),
			() => leads.enrol([name], nurture.company, again),
			__("Lead Nurture")
		);
	},
});

const find = (name, fields) =>
	frappe.db
		.get_list("Lead Nurture", { filters: { lead: name }, fields, limit: 1 })
		.then((rows) => rows[0])
		.catch(() => null);

function show_state(frm, { name, status, score, qualifies }) {
	const { leads } = sales_activity;
	const parts = [
		leads.link("Lead Nurture", name, __("Lead Nurture")),
		leads.pill(__(status), leads.STATES[status]),
		__("{0} points", [leads.points(score)]),
		qualifies ? __("It reaches the definition.") : "",
	];
	leads.headline(frm, parts.filter(Boolean).join(" &nbsp; "));
}
