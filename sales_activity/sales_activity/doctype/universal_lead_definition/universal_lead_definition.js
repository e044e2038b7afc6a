const { leads } = sales_activity;

frappe.ui.form.on("Universal Lead Definition", {
	async setup(frm) {
		const fields = await leads.call("leads.lead_fields");
		if (fields) frm.fields_dict.criteria.grid.update_docfield_property("lead_field", "options", fields);
	},

	refresh(frm) {
		if (frm.doc.docstatus !== 1) return;
		if (frappe.model.can_create(frm.doctype))
			frm.add_custom_button(__("New Version"), () => new_version(frm));
		if (frm.doc.status === "Active" && leads.OPERATIONS.some((role) => frappe.user.has_role(role)))
			show_older(frm);
	},
});

async function new_version(frm) {
	const name = await leads.call("leads.new_version", { name: frm.doc.name }, true);
	if (name) frappe.set_route("Form", frm.doctype, name);
}

/** How many leads are still measured by an older version, and the way to change that. */
async function show_older(frm) {
	const { name } = frm.doc;
	const older = await leads.call("leads.count_older", { definition: name });
	if (!older || frm.doc.name !== name) return;
	const text = __("{0} leads are still measured by an older version.", [older]);
	leads.headline(frm, leads.escape(text));
	frm.add_custom_button(__("Score Again All"), () => score_again_all(frm, text));
}

function score_again_all(frm, text) {
	const question = __("Measure them by this one, in the background? Qualified leads stay as they are.");
	frappe.confirm(`${leads.escape(text)} ${question}`, async () => {
		const found = await leads.call("leads.score_again_all", { definition: frm.doc.name }, true);
		if (found) frappe.show_alert({ message: found.message, indicator: "blue" });
	});
}
