// The form of a milestone: real Frappe controls made from its questions, and the answers that come out of them.
// What may be answered, and what is missing, the server decides; here it is shown while typing.

/* global format_currency, format_number */
frappe.provide("sales_activity.milestones");

const { milestones } = sales_activity;
const DATES = ["Date", "Datetime"];
const NUMBERS = ["Int", "Float", "Currency", "Percent", "Duration", "Check"];

/**
 * `parent`: DOM or jQuery element; `questions`: as the server gives them; `answers`: field name > answer in Frappe's
 * notation; `read_only`: show the answers, ask nothing; `milestone`: name of the Sales Milestone that files
 * are attached to; `currency`; `on_change()`: something was typed.
 *
 * `rows()` gives {fieldname, value} of every question, "" for one without an answer; `check()` a sentence for every
 * mandatory question without one; `set(answers)` fills in what is known, `fill(answers)` what was typed; `ready`
 * resolves when the controls stand.
 */
milestones.AnswerForm = class AnswerForm {
	constructor({ parent, questions, answers, read_only, milestone, currency, on_change }) {
		Object.assign(this, { questions, read_only, milestone, currency, on_change });
		this.$parent = $(parent).empty().addClass("sa-answers");
		this.given = { ...(answers || {}) };
		this.typed = {};
		this.ready = Promise.resolve();
		if (read_only) this.show();
		else this.ask();
	}

	/** The answers as a table: nothing that looks as if it could be changed. */
	show() {
		const rows = this.questions.map((question) => {
			const answer = milestones.answer_html(question, this.given[question.fieldname], this.currency);
			return `<tr><th scope="row">${milestones.escape(__(question.label))}</th><td>${answer}</td></tr>`;
		});
		if (rows.length)
			this.$parent.html(`<table class="table table-sm"><tbody>${rows.join("")}</tbody></table>`);
	}

	ask() {
		this.group = new frappe.ui.FieldGroup({
			fields: in_columns(this.questions.map((question) => this.field(question))),
			body: this.$parent.get(0),
			no_submit_on_enter: true,
		});
		this.group.make();
		this.ready = this.set(this.given);
	}

	field(question) {
		return {
			...field_of(question),
			reqd: question.mandatory ? 1 : 0,
			change: () => this.changed(),
			...(question.fieldtype === "Attach" && { options: this.upload_options() }),
		};
	}

	/** Private at once; attached where it belongs. */
	upload_options() {
		const target = this.milestone && { doctype: "Sales Milestone", docname: this.milestone };
		return { folder: "Home/Attachments", make_attachments_public: false, ...target };
	}

	/** Fills in answers; those that aren't named stay. Resolves when they stand there. */
	async set(answers) {
		this.filling = true;
		for (const { fieldname, fieldtype } of this.questions) {
			if (!(fieldname in answers)) continue;
			const value = answers[fieldname];
			this.given[fieldname] = value;
			await this.group?.set_value(fieldname, as_input(fieldtype, value));
		}
		this.filling = false;
		// controls round and format: what nobody touched goes back as it came
		for (const question of this.questions) this.typed[question.fieldname] = this.read(question);
		this.mark_mandatory();
	}

	/** Fills in answers as if they were typed. */
	async fill(answers) {
		for (const { fieldname, fieldtype } of this.questions) {
			if (!(fieldname in answers)) continue;
			await this.group?.set_value(fieldname, as_input(fieldtype, answers[fieldname]));
		}
		this.mark_mandatory();
	}

	changed() {
		if (this.filling) return;
		this.mark_mandatory();
		this.on_change?.();
	}

	rows() {
		return this.questions.map((question) => ({
			fieldname: question.fieldname,
			value: this.answer(question),
		}));
	}

	/** The answer to a question in Frappe's notation, "" for none. */
	answer(question) {
		const given = this.given[question.fieldname] ?? "";
		if (!this.group || this.filling) return given;
		const value = this.read(question);
		return value === this.typed[question.fieldname] ? given : value;
	}

	read({ fieldname, fieldtype }) {
		const control = this.group?.get_field(fieldname);
		if (!control) return "";
		if (fieldtype === "Check") return control.get_value() ? "1" : "0";
		// an empty Duration says that it is 0
		const value = fieldtype === "Duration" ? control.value : control.get_value();
		return value === null || value === undefined ? "" : String(value);
	}

	check() {
		const values = this.values();
		return this.questions
			.filter((question) => this.is_mandatory(question, values) && !is_set(values[question.fieldname]))
			.map((question) =>
				question.fieldtype === "Check"
					? __("{0} is not ticked.", [__(question.label)])
					: __("{0} is not answered.", [__(question.label)])
			);
	}

	/** What conditions compare: numbers, truth values and texts. */
	values() {
		const values = {};
		for (const question of this.questions) {
			const answer = this.answer(question);
			if (question.fieldtype === "Check") values[question.fieldname] = answer === "1";
			else if (answer === "") values[question.fieldname] = null;
			else values[question.fieldname] = NUMBERS.includes(question.fieldtype) ? Number(answer) : answer;
		}
		return values;
	}

	is_mandatory(question, values) {
		const { mandatory, when_field, when_operator, when_value } = question;
		if (mandatory || !when_field) return Boolean(mandatory);
		const asked = this.questions.find((one) => one.fieldname === when_field);
		return milestones.holds(
			when_operator,
			values[when_field],
			when_value || "",
			DATES.includes(asked?.fieldtype)
		);
	}

	/** Questions become mandatory, or not any more, while others are answered. */
	mark_mandatory() {
		if (!this.group || this.filling) return;
		const values = this.values();
		for (const question of this.questions.filter((one) => one.when_field)) {
			const reqd = this.is_mandatory(question, values) ? 1 : 0;
			const field = this.group.get_field(question.fieldname);
			if (field.df.reqd === reqd) continue;
			field.df.reqd = reqd;
			field.$wrapper.find(".control-label").first().toggleClass("reqd", Boolean(reqd));
			field.set_mandatory?.(field.value);
		}
	}
};

function field_of({ fieldname, label, fieldtype, options, help }) {
	const field = {
		fieldname,
		fieldtype,
		label: milestones.escape(__(label)),
		description: help ? milestones.lines(__(help)) : "",
	};
	if (fieldtype === "Text") field.fieldtype = "Small Text";
	else if (fieldtype === "Select") field.options = ["", ...choices(options)];
	else if (fieldtype === "Link") field.options = options;
	if (["Float", "Percent"].includes(fieldtype)) field.precision = 3;
	return field;
}

/** A long form stands in two columns, below each other on a phone. */
function in_columns(fields) {
	if (fields.length <= 5) return fields;
	const half = Math.ceil(fields.length / 2);
	return [...fields.slice(0, half), { fieldtype: "Column Break" }, ...fields.slice(half)];
}

const choices = (options) =>
	(options || "")
		.split("\n")
		.map((line) => line.trim())
		.filter(Boolean);

function as_input(fieldtype, value) {
	if (value === null || value === undefined || value === "") return fieldtype === "Check" ? 0 : null;
	if (fieldtype === "Check") return cint(value);
	return NUMBERS.includes(fieldtype) ? flt(value) : value;
}

/** An answer for people to read, as HTML with everything escaped; a dash for none. */
milestones.answer_html = ({ fieldtype }, value, currency) => {
	if (value === null || value === undefined || value === "") return "–";
	if (fieldtype === "Attach") return file_link(String(value));
	return milestones.lines(plain(fieldtype, String(value), currency));
};

function plain(fieldtype, value, currency) {
	if (fieldtype === "Check") return value === "1" ? __("Yes") : __("No");
	if (fieldtype === "Date") return frappe.datetime.str_to_user(value);
	if (fieldtype === "Datetime")
		return frappe.datetime.str_to_user(frappe.datetime.convert_to_user_tz(value));
	if (fieldtype === "Duration") return frappe.utils.get_formatted_duration(value) || "0s";
	const places = (value.split(".")[1] || "").length;
	if (fieldtype === "Currency") return format_currency(flt(value), currency, Math.max(2, places));
	if (fieldtype === "Percent") return `${format_number(flt(value), null, places)} %`;
	return ["Int", "Float"].includes(fieldtype) ? format_number(flt(value), null, places) : value;
}

function file_link(url) {
	if (!/^\/(private\/)?files\//.test(url)) return milestones.escape(url);
	const name = milestones.escape(url.split("/").pop());
	return `<a href="${milestones.escape(encodeURI(url))}" target="_blank" rel="noopener">${name}</a>`;
}

// --- when a question is mandatory: the server's rule (milestones/conditions.py), for showing it at once --------

const is_set = (value) =>
	value !== null && value !== undefined && value !== false && String(value).trim() !== "";

/**
 * Whether `actual` (number, truth value, text or null; `is_date`: the text is a date) stands in the relation to the
 * text `wanted`.
 */
milestones.holds = (operator, actual, wanted, is_date = false) => {
	const equals = (one) => is_equal(actual, one, is_date);
	if (operator === "is set") return is_set(actual);
	if (operator === "is not set") return !is_set(actual);
	if (operator === "=") return equals(wanted);
	if (operator === "!=") return !equals(wanted);
	if (operator === "in") return listed(wanted).some(equals);
	if (operator === "not in") return !listed(wanted).some(equals);
	if (operator === "contains") {
		return is_set(actual) && wanted.trim() !== "" && folded(String(actual)).includes(folded(wanted));
	}
	const order = compare(actual, wanted, is_date);
	if (order === null) return false;
	return { ">": order > 0, ">=": order >= 0, "<": order < 0, "<=": order <= 0 }[operator] ?? false;
};

function is_equal(actual, wanted, is_date) {
	if (!is_set(actual) && actual !== false) return wanted.trim() === "";
	if (typeof actual === "string" && !is_date) return folded(actual) === folded(wanted);
	return compare(actual, wanted, is_date) === 0;
}

/** -1, 0 or 1 as `actual` is below, at or above `wanted`; null where they can't be compared. */
function compare(actual, wanted, is_date) {
	if ((!is_set(actual) && actual !== false) || wanted.trim() === "") return null;
	const [one, other] = is_date ? days(actual, wanted) : numbers_or_texts(actual, wanted);
	if (other === null || Number.isNaN(one) || Number.isNaN(other)) return null;
	return (one > other) - (one < other);
}

function numbers_or_texts(actual, wanted) {
	if (typeof actual !== "string") return [Number(actual), number(wanted)];
	const are_numbers = [actual, wanted].every((text) => NUMBER.test(text.trim()));
	return are_numbers ? [Number(actual), Number(wanted)] : [folded(actual), folded(wanted)];
}

/** Two moments as texts that are in order; only the days where either has no time of day. */
function days(actual, wanted) {
	const found = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(wanted.trim());
	if (!found) return [actual, null];
	const [year, month, day, hour, minute, second] = found
		.slice(1)
		.map((part) => (part || "00").padStart(2, "0"));
	const other = `${year}-${month}-${day}`;
	if (!found[4] || actual.length === 10) return [actual.slice(0, 10), other];
	return [actual.slice(0, 19), `${other} ${hour}:${minute}:${second}`];
}

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const folded = (text) => text.toLowerCase().split(/\s+/).filter(Boolean).join(" ");

/** The number that a text says, or that stands for one: Yes, No, 2h 30m. NaN for none. */
function number(wanted) {
	const text = wanted.trim().toLowerCase();
	if (NUMBER.test(text)) return Number(text);
	if (["yes", "true"].includes(text)) return 1;
	if (["no", "false"].includes(text)) return 0;
	const found = /^(?:(\d+)d)?\s*(?:(\d+)h)?\s*(?:(\d+)m)?\s*(?:(\d+)s)?$/.exec(text);
	if (!found || !text) return NaN;
	const seconds = [86400, 3600, 60, 1];
	return seconds.reduce((total, size, place) => total + size * Number(found[place + 1] || 0), 0);
}

/** The values of a list, separated by commas; one with a comma of its own stands in double quotes. */
function listed(wanted) {
	return [...wanted.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,]*))\s*(?:,|$)/g)]
		.map(([, quoted, bare]) => (quoted === undefined ? bare : quoted.replace(/""/g, '"')).trim())
		.filter(Boolean);
}
