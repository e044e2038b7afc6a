// Deciding on many expenses at once, and replying to questions. What may be decided, and what must be said with it, the
// server says.

/* global format_number */
frappe.provide("sales_activity.expenses");

const { expenses, milestones } = sales_activity;
const EXPENSES = "sales_activity.api.expenses";

// what stands on the button of a decision, for the area manager and for Accounts
const VERBS = {
	"Area Manager": { Approved: "Approve", Clarification: "Ask", Denied: "Deny" },
	Accounts: {
		Approved: "Approve and Lock",
		Denied: "Deny and Lock",
		"Ask Manager": "Ask Manager",
		"Ask Employee": "Ask Employee",
	},
};

const plain = (value) => format_number(value || 0, null, 2);

/**
 * A line that is decided on: its buttons, the amount, the reason or question. `$parent`: where it is appended; `row`; `doc`:
 * its claim; `side`: who decides, as the server says it; `before`: what was decided and typed on it earlier, see `typed`;
 * `on_change()`.
 */
expenses.DecidedLine = class DecidedLine {
	constructor(options) {
		Object.assign(this, options);
		this.kind = null;
		this.draw();
		if (this.before) this.restore(this.before);
	}

	get most() {
		return this.row[this.side.most] || 0;
	}

	draw() {
		this.$line = $(expenses.line_html(this.row, this.doc)).appendTo(this.$parent);
		const $choice = $(`<div class="sa-expense__choice" role="group">`).appendTo(this.$line);
		for (const kind of this.side.kinds) {
			$(`<button type="button" class="btn btn-default btn-sm" aria-pressed="false">`)
				.attr("data-kind", kind.name)
				.text(expenses.verb(this.side, kind))
				.on("click", () => this.choose(this.kind === kind ? null : kind))
				.appendTo($choice);
		}
		$(`<div class="sa-expense__decision hidden">
			<label class="sa-expense__grant">${__("Amount in {0}", [milestones.escape(this.doc.currency)])}
				<input type="text" inputmode="decimal" class="form-control"></label>
			<label class="sa-expense__text"><span></span>
				<textarea rows="2" class="form-control"></textarea></label>
		</div>`).appendTo(this.$line);
		this.$amount = this.$line.find(".sa-expense__grant input").val(plain(this.most));
		this.$text = this.$line.find("textarea");
		for (const $field of [this.$amount, this.$text]) $field.on("input", () => this.on_change());
	}

	restore({ kind, amount, text }) {
		this.$amount.val(amount);
		this.$text.val(text);
		this.choose(this.side.kinds.find((one) => one.name === kind) || null);
	}

	/** `kind`: null for undecided. */
	choose(kind) {
		this.kind = kind;
		this.$line.find("[data-kind]").each((_index, button) => {
			const chosen = button.dataset.kind === kind?.name;
			$(button).toggleClass("btn-primary", chosen).toggleClass("btn-default", !chosen);
			button.ariaPressed = String(chosen);
		});
		this.$line.find(".sa-expense__decision").toggleClass("hidden", !kind);
		this.$line.find(".sa-expense__grant").toggleClass("hidden", !kind?.takes_amount);
		this.$line.find(".sa-expense__text span").text(label_of(kind));
		this.on_change();
	}

	/** What was chosen and typed, to draw the line again with it; null where nothing was. */
	typed() {
		const [amount, text] = [this.$amount.val(), this.$text.val()];
		if (!this.kind && !text && amount === plain(this.most)) return null;
		return { kind: this.kind?.name, amount, text };
	}

	/** What is decided, as the server takes it. */
	decision() {
		const decision = { decision: this.kind.name, text: this.$text.val().trim() };
		const typed = this.$amount.val();
		if (this.kind.takes_amount && typed !== plain(this.most)) decision.amount = flt(typed);
		return decision;
	}

	granted() {
		return this.kind?.takes_amount ? this.decision().amount ?? this.most : 0;
	}

	/** What is missing in the decision; "" if nothing is. */
	problem() {
		const { text, amount } = this.decision();
		if (this.kind.says && !text)
			return expenses.said_with(this.kind) === "question"
				? __("Row {0}: write what you ask.", [this.row.idx])
				: __("Row {0}: give the reason.", [this.row.idx]);
		if (amount !== undefined && !(amount > 0 && amount <= this.most))
			return __("Row {0}: the amount must be above 0 and at most {1}.", [
				this.row.idx,
				plain(this.most),
			]);
		return "";
	}
};

/** What stands on the button of a decision. */
expenses.verb = (side, kind) => __(VERBS[side.name][kind.name]);

/** The decision that grants an amount. */
expenses.granting = (side) => side.kinds.find((kind) => kind.takes_amount);

/** How many of the lines are decided on how, and what is granted together. */
expenses.sum_of = (lines) => {
	const [counts, granted] = [{}, {}];
	for (const line of lines) {
		const name = line.kind ? expenses.verb(line.side, line.kind) : __("undecided");
		counts[name] = (counts[name] || 0) + 1;
		granted[line.doc.currency] = (granted[line.doc.currency] || 0) + line.granted();
	}
	const parts = Object.entries(counts).map(([name, count]) => `${count} × ${name}`);
	const sums = Object.entries(granted).map(([currency, sum]) => expenses.money(sum, currency));
	return `${parts.join(", ")}. ${__("Together: {0}", [sums.join(" + ")])}`;
};

/** Tells what is missing in decisions; whether anything was. */
expenses.told_missing = (problems) => {
	const message = problems.filter(Boolean).join("<br>");
	if (message) frappe.msgprint({ title: __("Something is missing"), message, indicator: "orange" });
	return Boolean(message);
};

/** The lines of one claim. `frm`, `$parent`, `shown`: the server's screen; `before`: what was typed on them earlier, see
 * `typed`; `on_done(parts)` when the server took the decisions. */
expenses.Deciding = class Deciding {
	constructor(options) {
		Object.assign(this, options);
		this.side = this.shown.side;
		this.claim = this.frm.doc.name;
		this.draw();
	}

	/** What was chosen and typed, by key of the line. */
	typed() {
		const typed = this.lines.map((line) => [line.row.line_key, line.typed()]);
		return Object.fromEntries(typed.filter(([_key, value]) => value));
	}

	draw() {
		const $all = $(`<div class="sa-expenses sa-deciding">`).appendTo(this.$parent.empty());
		$(
			`<div class="sa-expenses__buttons"><button type="button" class="btn btn-default sa-approve-all"></button></div>`
		)
			.appendTo($all)
			.find("button")
			.text(this.side.name === "Accounts" ? __("Approve All the Rest") : __("Approve All Undecided"))
			.on("click", () => this.approve_rest());
		this.lines = (this.frm.doc.expenses || []).map(
			(row) =>
				new expenses.DecidedLine({
					$parent: $all,
					row,
					doc: this.frm.doc,
					side: this.side,
					before: this.before[row.line_key],
					on_change: () => this.$submit && this.sum_up(), // not while they are drawn
				})
		);
		this.$summary = $(`<p class="sa-expenses__sum" aria-live="polite">`).appendTo($all);
		this.$submit = $(`<button type="button" class="btn btn-primary btn-lg sa-decide">`)
			.text(__("Send Decisions"))
			.on("click", () => this.submit())
			.appendTo($all);
		this.sum_up();
	}

	approve_rest() {
		for (const line of this.lines) if (!line.kind) line.choose(expenses.granting(this.side));
	}

	sum_up() {
		this.$summary.text(expenses.sum_of(this.lines));
		this.$submit.prop("disabled", !this.lines.some((line) => line.kind));
	}

	async submit() {
		const chosen = this.lines.filter((line) => line.kind);
		if (expenses.told_missing(chosen.map((line) => line.problem()))) return;
		const decisions = expenses.decisions_of(chosen);
		const args = { claim: this.frm.doc.name, decisions, modified: this.frm.doc.modified };
		this.$submit.prop("disabled", true);
		const parts = await expenses.call(`${EXPENSES}.decide`, args, true);
		if (parts) this.on_done(parts);
		else this.sum_up();
	}
};

/** The decisions of lines by key, as the server takes them. */
expenses.decisions_of = (lines) =>
	Object.fromEntries(lines.map((line) => [line.row.line_key, line.decision()]));

function label_of(kind) {
	const said = kind ? expenses.said_with(kind) : "";
	return { question: __("Question"), reason: __("Reason") }[said] || __("Reason (if any)");
}

/** Where each part of a claim went that was decided on; `own`: the claim that is open. */
expenses.parts_html = (parts, own) => {
	const rows = parts.map(({ claim, status, lines }) => {
		const name = claim === own ? milestones.escape(claim) : expenses.link(claim);
		return `<li>${expenses.count(lines.length)}: ${expenses.pill(status)} ${name}</li>`;
	});
	return `<ul class="sa-parts">${rows.join("")}</ul>`;
};

/** The same above the lines of a claim. */
expenses.show_parts = ($parent, parts, own) =>
	$parent.prepend(`<div class="sa-decided" role="status"><b>${__("Decided")}</b>
		${expenses.parts_html(parts, own)}</div>`);

/**
 * The questions that wait for the user, each with room for the reply. `action`: "Reply" of the employee, "Answer" of the
 * area manager, who may lower what they approved; `edit(row)`: changes an expense, if it may be; `on_done()`.
 */
expenses.Replies = class Replies {
	constructor(options) {
		Object.assign(this, options);
		this.draw();
	}

	draw() {
		const $all = $(`<div class="sa-expenses sa-replies">`).appendTo(this.$parent.empty());
		for (const row of this.frm.doc.expenses || []) this.draw_line($all, row);
		this.$submit = $(`<button type="button" class="btn btn-primary btn-lg sa-reply">`)
			.text(__(this.action))
			.on("click", () => this.submit())
			.appendTo($all);
	}

	draw_line($all, row) {
		const $line = $(expenses.line_html({ ...row, reply: "" }, this.frm.doc)).appendTo($all);
		$line.append(`<div class="sa-expense__decision">
			${this.action === "Answer" ? amount_field(row, this.frm.doc) : ""}
			<label class="sa-expense__text">${__("Reply")}
				<textarea rows="2" class="form-control"></textarea></label>
		</div>`);
		$line.find("textarea").val(this.typed?.[row.line_key] ?? row.reply ?? "");
		if (!this.edit) return;
		$(`<button type="button" class="btn btn-default btn-sm">`)
			.text(__("Change the Expense"))
			.on("click", () => this.edit(row))
			.appendTo($(`<div class="sa-expense__actions">`).appendTo($line));
	}

	/** What was typed, by key of the line. */
	replies() {
		return this.values((row, $line) => $line.find("textarea").val().trim());
	}

	amounts() {
		const lowered = (row, $line) =>
			$line.find("input").val() === plain(row.manager_amount)
				? row.manager_amount
				: flt($line.find("input").val());
		return this.action === "Answer" ? this.values(lowered) : undefined;
	}

	values(read) {
		const rows = this.frm.doc.expenses || [];
		const $line = (row) => this.$parent.find(`.sa-expense[data-name="${row.name}"]`);
		return Object.fromEntries(rows.map((row) => [row.line_key, read(row, $line(row))]));
	}

	async submit() {
		const [replies, amounts] = [this.replies(), this.amounts()];
		const open = (this.frm.doc.expenses || []).filter((row) => !replies[row.line_key]);
		if (open.length) {
			const message = open.map((row) => __("Row {0}: write a reply.", [row.idx])).join("<br>");
			frappe.msgprint({ title: __("Something is missing"), message, indicator: "orange" });
			return;
		}
		this.$submit.prop("disabled", true);
		if (this.frm.is_dirty()) await this.frm.save();
		const args = { claim: this.frm.doc.name, action: this.action, replies, amounts };
		const done = await expenses.call(
			`${EXPENSES}.act`,
			{ ...args, modified: this.frm.doc.modified },
			true
		);
		if (done === null) this.$submit.prop("disabled", false);
		else this.on_done(done);
	}
};

function amount_field(row, doc) {
	return `<label class="sa-expense__grant">${__("Approved, in {0}", [milestones.escape(doc.currency)])}
		<input type="text" inputmode="decimal" class="form-control" value="${plain(row.manager_amount)}"></label>`;
}
