frappe.ui.form.on("Sales Person", {
	refresh(frm) {
		if (frm.is_new()) return;
		sales_activity.add_attainment_button(frm, () => ({ sales_person: frm.doc.name }));
	},
});
