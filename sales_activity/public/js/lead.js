frappe.ui.form.on("Lead", {
	refresh(frm) {
		if (frm.is_new() || !frappe.model.can_read("Lead Nurture")) return;
		frm.add_custom_button(
			__("Lead Nurture"),
			() => frappe.set_route("Form", "Lead Nurture", frm.doc.name),
			__("View")
		);
	},
});
