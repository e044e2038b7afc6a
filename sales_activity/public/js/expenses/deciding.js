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

/** `frm`, `$parent`, `shown`: the server's screen; `on_done(parts)` when the server took the decisions. */
expenses.Deciding = class Deciding {
	constructor(options) {
		Object.assign(this, options);
		this.side = this.shown.side;
		this.decided = {};
		this.draw();
	}

	get rows() {
		return this.frm.doc.expenses || [];
	}

	draw() {
		const $all = $(`<div class="sa-expenses sa-deciding">`).appendTo(this.$parent.empty());
		const [granting] = this.side.kinds.filter((kind) => kind.takes_amount);
		$(
			`<div class="sa-expenses__buttons"><button type="button" class="btn btn-default sa-approve-all"></button></div>`
		)
			.appendTo($all)
			.find("button")
			.text(this.side.name === "Accounts" ? __("Approve All the Rest") : __("Approve All Undecided"))
			.on("click", () => this.rest().forEach((row) => this.choose(row, granting)));
		for (const row of this.rows) this.draw_line($all, row);
		this.$summary = $(`<p class="sa-expenses__sum" aria-live="polite">`).appendTo($all);
		this.$submit = $(`<button type="button" class="btn btn-primary btn-lg sa-decide">`)
			.text(__("Send Decisions"))
			.on("click", () => this.submit())
			.appendTo($all);
		this.sum_up();
	}

	draw_line($all, row) {
		const $line = $(expenses.line_html(row, this.frm.doc)).appendTo($all);
		const $choice = $(`<div class="sa-expense__choice" role="group">`).appendTo($line);
		for (const kind of this.side.kinds) {
			$(`<button type="button" class="btn btn-default btn-sm" aria-pressed="false">`)
				.attr("data-kind", kind.name)
				.text(__(VERBS[this.side.name][kind.name]))
				.on("click", () => this.choose(row, this.decided[row.line_key]?.kind === kind ? null : kind))
				.appendTo($choice);
		}
		$(`<div class="sa-expense__decision hidden">
			<label class="sa-expense__grant">${__("Amount in {0}", [milestones.escape(this.frm.doc.currency)])}
				<input type="text" inputmode="decimal" class="form-control"></label>
			<label class="sa-expense__text"><span></span>
				<textarea rows="2" class="form-control"></textarea></label>
		</div>`).appendTo($line);
		$line.find("input").val(plain(row[this.side.most]));
		$line.find("input").on("input", () => this.sum_up());
	}

	$line(row) {
		return this.$parent.find(`.sa-expense[data-name="${row.name}"]`);
	}

	rest() {
		return this.rows.filter((row) => !this.decided[row.line_key]);
	}

	choose(row, kind) {
		if (kind) this.decided[row.line_key] = { kind };
		else delete this.decided[row.line_key];
		const $line = this.$line(row);
		$line.find("[data-kind]").each((_index, button) => {
			const chosen = button.dataset.kind === kind?.name;
			$(button).toggleClass("btn-primary", chosen).toggleClass("btn-default", !chosen);
			button.ariaPressed = String(chosen);
		});
		$line.find(".sa-expense__decision").toggleClass("hidden", !kind);
		$line.find(".sa-expense__grant").toggleClass("hidden", !kind?.takes_amount);
		$line.find(".sa-expense__text span").text(label_of(kind));
		this.sum_up();
	}

	/** What is decided on a line, as the server takes it. */
	decision(row) {
		const { kind } = this.decided[row.line_key];
		const $line = this.$line(row);
		const decision = { decision: kind.name, text: $line.find("textarea").val().trim() };
		const typed = $line.find("input").val();
		if (kind.takes_amount && typed !== plain(row[this.side.most])) decision.amount = flt(typed);
		return decision;
	}

	sum_up() {
		const counts = {};
		let granted = 0;
		for (const row of this.rows) {
			const kind = this.decided[row.line_key]?.kind;
			const name = kind ? __(VERBS[this.side.name][kind.name]) : __("undecided");
			counts[name] = (counts[name] || 0) + 1;
			if (kind?.takes_amount) granted += this.decision(row).amount ?? row[this.side.most];
		}
		const parts = Object.entries(counts).map(([name, count]) => `${count} × ${name}`);
		const sum = expenses.money(granted, this.frm.doc.currency);
		this.$summary.text(`${parts.join(", ")}. ${__("Together: {0}", [sum])}`);
		this.$submit.prop("disabled", !Object.keys(this.decided).length);
	}

	async submit() {
		const chosen = this.rows.filter((row) => this.decided[row.line_key]);
		const problems = chosen.map((row) => this.problem(row)).filter(Boolean);
		if (problems.length) {
			frappe.msgprint({
				title: __("Something is missing"),
				message: problems.join("<br>"),
				indicator: "orange",
			});
			return;
		}
		const decisions = Object.fromEntries(chosen.map((row) => [row.line_key, this.decision(row)]));
		const args = { claim: this.frm.doc.name, decisions, modified: this.frm.doc.modified };
		this.$submit.prop("disabled", true);
		const parts = await expenses.call(`${EXPENSES}.decide`, args, true);
		if (parts) this.on_done(parts);
		else this.sum_up();
	}

	problem(row) {
		const { kind } = this.decided[row.line_key];
		const { text, amount } = this.decision(row);
		if (kind.says && !text)
			return expenses.said_with(kind) === "question"
				? __("Row {0}: write what you ask.", [row.idx])
				: __("Row {0}: give the reason.", [row.idx]);
		if (amount !== undefined && !(amount > 0 && amount <= row[this.side.most]))
			return __("Row {0}: the amount must be above 0 and at most {1}.", [
				row.idx,
				plain(row[this.side.most]),
			]);
		return "";
	}
};

function label_of(kind) {
	const said = kind ? expenses.said_with(kind) : "";
	return { question: __("Question"), reason: __("Reason") }[said] || __("Reason (if any)");
}

/** Where each part of a claim went that was decided on, above its lines. */
expenses.show_parts = ($parent, parts, own) => {
	const rows = parts.map(({ claim, status, lines }) => {
		const count = lines.length === 1 ? __("1 expense") : __("{0} expenses", [lines.length]);
		const name = claim === own ? milestones.escape(claim) : expenses.link(claim);
		return `<li>${count}: ${expenses.pill(status)} ${name}</li>`;
	});
	$parent.prepend(`<div class="sa-decided" role="status"><b>${__("Decided")}</b>
		<ul class="sa-parts">${rows.join("")}</ul></div>`);
};

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
