frappe.ui.form.on("Universal Lead Definition", {
	async setup(frm) {
		const { message } = await frappe.call("sales_activity.api.leads.lead_fields");
		frm.fields_dict.criteria.grid.update_docfield_property("lead_field", "options", message);
	},

	refresh(frm) {
		if (frm.doc.docstatus !== 1 || !frappe.model.can_create(frm.doctype)) return;
		frm.add_custom_button(__("New Version"), async () => {
			const { message } = await frappe.call({
				method: "sales_activity.api.leads.new_version",
				args: { name: frm.doc.name },
				freeze: true,
			});
			if (message) frappe.set_route("Form", frm.doctype, message);
		});
	},
});
