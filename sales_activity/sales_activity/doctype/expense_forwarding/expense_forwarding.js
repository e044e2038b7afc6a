frappe.ui.form.on("Expense Forwarding", {
	refresh(frm) {
		if (frm.doc.docstatus === 0)
			frm.set_intro(
				__(
					"Takes the approved claims of the company to Accounts: those that are there when it is submitted."
				),
				"blue"
			);
		if (frm.doc.docstatus === 1 && frappe.model.can_print("Expense Forwarding"))
			frm.add_custom_button(__("Print"), () => frm.print_doc()).addClass("btn-primary");
	},
});
