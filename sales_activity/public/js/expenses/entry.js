// Expenses as the employee enters them: receipts, several at once, and a dialog with few fields for each.

frappe.provide("sales_activity.expenses");

const { expenses } = sales_activity;

// receipts are seen by whoever may read the claim
const UPLOAD = { folder: "Home/Attachments", make_attachments_public: false, allow_toggle_private: false };

/** A new claim whose expenses carry these tags: {sales_project, sales_milestone, lead, ...}. */
expenses.claim_for = (tags) => {
	expenses.tags_of_next = tags;
	frappe.new_doc(expenses.CLAIM);
};

/** Adds the button that makes a claim from a document; `tags()` says what its expenses are for. */
expenses.add_claim_button = (frm, tags) => {
	if (frm.is_new() || !frappe.model.can_create(expenses.CLAIM)) return;
	frm.add_custom_button(__("Expense Claim"), () => expenses.claim_for(tags()), __("Create"));
};

/**
 * The lines of a claim as cards. `frm`; `$parent`: jQuery element; `types` and `currencies` to choose from, as the server
 * gives them; `tags`: of new lines; `editable`; `only_said`: of a line only what it was for may change (Accounts asked).
 */
expenses.Entry = class Entry {
	constructor(options) {
		Object.assign(this, { types: [], currencies: [], tags: {} }, options);
		this.draw();
	}

	get rows() {
		return this.frm.doc.expenses || [];
	}

	draw() {
		this.$parent.empty();
		const $entry = $(`<div class="sa-expenses">`).appendTo(this.$parent);
		if (this.editable) this.draw_buttons($entry);
		for (const row of this.rows) this.draw_line($entry, row);
		if (!this.rows.length) $(`<p class="text-muted">`).text(this.nothing()).appendTo($entry);
		if (this.rows.length) $entry.append(this.sum());
	}

	nothing() {
		if (!this.editable) return __("No expenses.");
		return __("No expenses yet. Add your receipts: several files at once, each becomes an expense.");
	}

	draw_buttons($entry) {
		const $buttons = $(`<div class="sa-expenses__buttons">`).appendTo($entry);
		const button = (label, look, run) =>
			$(`<button type="button" class="btn ${look}">`).text(label).on("click", run).appendTo($buttons);
		button(__("Add Receipts"), "btn-primary btn-lg", () => this.add_receipts());
		button(__("Add Expense"), "btn-default btn-lg", () => this.add_expense());
	}

	draw_line($entry, row) {
		const $line = $(expenses.line_html(row, this.frm.doc)).appendTo($entry);
		if (!this.editable) return;
		const $actions = $(`<div class="sa-expense__actions">`).appendTo($line);
		const button = (label, run) =>
			$(`<button type="button" class="btn btn-default btn-sm">`)
				.text(label)
				.on("click", run)
				.appendTo($actions);
		button(__("Edit"), () => this.edit(row));
		button(__("Remove"), () => frappe.confirm(__("Remove this expense?"), () => this.remove(row)));
	}

	/** Before it is saved nobody knows what another currency is worth: each is added up by itself. */
	sum() {
		const own = this.frm.doc.currency;
		const sums = {};
		for (const { amount, currency } of this.rows)
			if (amount) sums[currency || own] = (sums[currency || own] || 0) + amount;
		if ($.isEmptyObject(sums)) sums[own] = 0;
		const texts = Object.entries(sums).map(([currency, value]) => expenses.money(value, currency));
		const shown = this.frm.is_dirty()
			? texts.join(" + ")
			: expenses.money(this.frm.doc.total_claimed, own);
		return `<p class="sa-expenses__sum">${__("Claimed: {0}", [`<b>${shown}</b>`])}</p>`;
	}

	/** Several files at once: each becomes an expense, and what is still missing is asked one after the other. */
	add_receipts() {
		const added = [];
		const uploader = new frappe.ui.FileUploader({
			...UPLOAD,
			allow_multiple: true,
			on_success: (file) => {
				added.push(this.add({ receipt: file.file_url }));
				// Frappe closes it only where the last file is the last to arrive
				if (added.length === uploader.uploader.files.length) uploader.dialog.hide();
			},
		});
		uploader.dialog.$wrapper.one("hidden.bs.modal", () => {
			this.put_in_order(added, uploader.uploader.files);
			this.complete(added);
		});
	}

	/** Receipts arrive in any order; they are wanted in the one in which they were chosen. */
	put_in_order(added, files) {
		const chosen = (row) => files.findIndex(({ doc }) => doc?.file_url === row.receipt);
		const place = new Map(added.map((row) => [row, chosen(row)]));
		for (const rows of [added, this.rows])
			rows.sort((one, other) => (place.get(one) ?? -1) - (place.get(other) ?? -1));
		if (added.length > 1) this.changed();
	}

	async complete(rows) {
		for (const [index, row] of rows.entries()) {
			const title = rows.length > 1 ? __("Expense {0} of {1}", [index + 1, rows.length]) : undefined;
			if (!(await this.edit(row, title))) return;
		}
	}

	async add_expense() {
		const values = await this.ask({ expense_date: frappe.datetime.get_today(), ...this.tags });
		if (values) this.add(values);
	}

	add(values) {
		const row = this.frm.add_child("expenses", {
			expense_date: frappe.datetime.get_today(),
			currency: this.frm.doc.currency,
			territory: null, // not the site's default: the project's
			...this.tags,
			...values,
		});
		this.changed();
		return row;
	}

	async edit(row, title) {
		const values = await this.ask(row, title);
		if (!values) return false;
		// the form may have been loaded anew meanwhile
		Object.assign(this.rows.find(({ name }) => name === row.name) || row, values);
		this.changed();
		return true;
	}

	remove(row) {
		frappe.model.clear_doc(row.doctype, row.name);
		this.changed();
	}

	changed() {
		this.rows.forEach((row, index) => (row.idx = index + 1));
		this.frm.dirty();
		this.frm.refresh_field("expenses");
		this.draw();
		this.on_change?.();
	}

	type(name) {
		return this.types.find((one) => one.name === name) || {};
	}

	/** The dialog of one expense; resolves to its values, to null when it was closed. */
	ask(row, title) {
		return new Promise((resolve) => {
			let values = null;
			const fields = this.only_said ? this.fields_said(row) : this.fields(row);
			const dialog = new frappe.ui.Dialog({
				title: title || __("Expense"),
				no_focus: true, // on a phone it would open the keyboard
				fields,
				primary_action_label: __("Done"),
				primary_action: (given) => {
					if (expenses.told_missing([this.zero(dialog)])) return;
					values = this.taken(given, fields);
					dialog.hide();
				},
			});
			dialog.$wrapper.addClass("sa-expense-dialog");
			this.offer_milestones(dialog);
			const follow = () => this.follow_type(dialog);
			if (dialog.fields_dict.expense_type) dialog.fields_dict.expense_type.df.onchange = follow;
			dialog.onhide = () => resolve(values);
			dialog.show();
			follow();
		});
	}

	/** Those of the project, where one is named. */
	offer_milestones(dialog) {
		const field = dialog.get_field("sales_milestone");
		const project = () => dialog.get_value("sales_project") || undefined;
		if (field) field.get_query = () => ({ filters: { sales_project: project() } });
	}

	fields(row) {
		const currency = row.currency || this.frm.doc.currency;
		const options = this.types.map((type) => ({ value: type.name, label: __(type.name) }));
		if (row.expense_type && !this.type(row.expense_type).name)
			options.push({ value: row.expense_type, label: __(row.expense_type) });
		return [
			{
				fieldname: "expense_type",
				fieldtype: "Select",
				label: __("Expense Type"),
				options: [{ value: "", label: "" }, ...options],
				default: row.expense_type,
				reqd: 1,
			},
			{
				fieldname: "expense_date",
				fieldtype: "Date",
				label: __("Date"),
				default: row.expense_date,
				reqd: 1,
			},
			{
				fieldname: "amount",
				fieldtype: "Currency",
				label: __("Amount"),
				default: row.amount || null,
				on_make: with_digits,
			},
			{
				fieldname: "currency",
				// no Link: what is typed into one is lost where Frappe is slower than who types
				fieldtype: "Select",
				options: [...new Set([...this.currencies, currency])],
				label: __("Currency"),
				default: currency,
			},
			{
				fieldname: "vehicle",
				fieldtype: "Select",
				label: __("Vehicle"),
				options: [],
				default: row.vehicle,
			},
			{
				fieldname: "distance",
				fieldtype: "Float",
				label: __("Kilometres"),
				precision: 1,
				default: row.distance || null,
				on_make: with_digits,
			},
			...this.fields_said(row),
		];
	}

	fields_said(row) {
		const link = (fieldname, options) => ({
			fieldname,
			fieldtype: "Link",
			options,
			label: __(frappe.meta.get_label("Sales Expense Line", fieldname)),
			default: row[fieldname],
		});
		const tags = [
			link("sales_project", "Sales Project"),
			link("sales_milestone", "Sales Milestone"),
			link("customer", "Customer"),
			link("lead", "Lead"),
			link("cost_center", "Cost Center"),
		].filter((field) => row[field.fieldname] || frappe.model.can_read(field.options));
		return [
			{
				fieldname: "description",
				fieldtype: "Small Text",
				label: __("Description"),
				default: row.description,
			},
			{
				fieldname: "receipt",
				fieldtype: "Attach",
				options: UPLOAD,
				label: __("Receipt"),
				default: row.receipt,
			},
			{
				fieldname: "tags",
				fieldtype: "Section Break",
				label: __("For What"),
				collapsible: 1,
			},
			...tags,
		];
	}

	/** Kilometres are asked for where the type pays for them, an amount where it doesn't. */
	follow_type(dialog) {
		if (!dialog.fields_dict.expense_type) return;
		const type = this.type(dialog.get_value("expense_type"));
		const by_distance = type.basis === "Distance";
		// a property that is set draws its field anew, and what is being typed into it is lost
		const set = (field, property, value) =>
			dialog.get_field(field).df[property] === value || dialog.set_df_property(field, property, value);
		const show = (field, shown) => {
			set(field, "hidden", shown ? 0 : 1);
			set(field, "reqd", shown ? 1 : 0);
		};
		for (const field of ["amount", "currency"]) show(field, !by_distance);
		if (by_distance) dialog.set_df_property("vehicle", "options", type.vehicles);
		for (const field of ["vehicle", "distance"]) show(field, by_distance);
		if (by_distance && !dialog.get_value("vehicle")) dialog.set_value("vehicle", type.vehicles[0]);
		dialog.set_df_property("expense_type", "description", type.description || "");
	}

	/** What is to be said where the number asked for is 0, which Frappe takes for given; "" otherwise. */
	zero(dialog) {
		const numbers = ["amount", "distance"].map((name) => dialog.get_field(name)).filter(Boolean);
		const field = numbers.find(({ df }) => df.reqd && !(dialog.get_value(df.fieldname) > 0));
		return field ? __("{0} must be above 0.", [field.df.label]) : "";
	}

	/** Every value of the dialog, which leaves out what is empty. */
	taken(given, fields) {
		const names = fields.map((field) => field.fieldname).filter((name) => name !== "tags");
		const values = Object.fromEntries(names.map((name) => [name, given[name] ?? null]));
		for (const field of ["description", "receipt"]) values[field] ??= "";
		if (this.only_said) return values;
		if (this.type(values.expense_type).basis === "Distance") return { ...values, amount: 0 };
		return { ...values, vehicle: "", distance: 0 };
	}
};

/** On a phone the keyboard of numbers opens. */
function with_digits(field) {
	field.$input.attr("inputmode", "decimal");
}
