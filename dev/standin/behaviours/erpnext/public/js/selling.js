// Fills in on the form what the server fills in on saving, because mandatory fields are checked before that.
frappe.provide("erpnext.standin");

erpnext.standin.fill_header = async (frm) => {
	if (!frm.is_new() || !frm.doc.company) return;
	const company = await frappe.db.get_value("Company", frm.doc.company, "default_currency");
	const price_list = await frappe.db.get_single_value("Selling Settings", "selling_price_list");
	const currency = company.message.default_currency;
	await frm.set_value({
		currency,
		conversion_rate: 1,
		selling_price_list: price_list,
		price_list_currency: currency,
		plc_conversion_rate: 1,
	});
};

erpnext.standin.fill_line = async (frm, doctype, name) => {
	const line = frappe.get_doc(doctype, name);
	if (!line.item_code) return;
	const fields = ["item_name", "description", "stock_uom", "item_group"];
	const item = (await frappe.db.get_value("Item", line.item_code, fields)).message;
	const values = { ...item, uom: item.stock_uom };
	if (frappe.meta.has_field(doctype, "conversion_factor")) values.conversion_factor = 1;
	frappe.model.set_value(doctype, name, values);
};

erpnext.standin.add_create = (frm, label, method) => {
	const open = () => frappe.model.open_mapped_doc({ method, frm });
	frm.add_custom_button(__(label), open, __("Create"));
};
