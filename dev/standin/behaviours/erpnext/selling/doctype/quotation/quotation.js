frappe.ui.form.on("Quotation", {
	onload: (frm) => frm.doc.conversion_rate || erpnext.standin.fill_header(frm),
	company: (frm) => erpnext.standin.fill_header(frm),
	refresh(frm) {
		if (frm.doc.docstatus !== 1 || ["Lost", "Ordered"].includes(frm.doc.status)) return;
		const method = "erpnext.selling.doctype.quotation.quotation.make_sales_order";
		erpnext.standin.add_create(frm, "Sales Order", method);
	},
});

frappe.ui.form.on("Quotation Item", { item_code: (...line) => erpnext.standin.fill_line(...line) });
