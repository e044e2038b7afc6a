frappe.ui.form.on("Opportunity", {
	refresh(frm) {
		if (frm.is_new() || ["Lost", "Closed"].includes(frm.doc.status)) return;
		const method = "erpnext.crm.doctype.opportunity.opportunity.make_quotation";
		erpnext.standin.add_create(frm, "Quotation", method);
	},
});

frappe.ui.form.on("Opportunity Item", { item_code: (...line) => erpnext.standin.fill_line(...line) });
