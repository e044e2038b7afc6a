frappe.ui.form.on("Lead", {
	refresh(frm) {
		sales_activity.expenses.add_claim_button(frm, () => ({ lead: frm.doc.name }));
		if (frm.is_new() || !frappe.model.can_read("Lead Nurture")) return;
		frm.add_custom_button(
			__("Lead Nurture"),
			() => frappe.set_route("Form", "Lead Nurture", frm.doc.name),
			__("View")
		);
	},
});
